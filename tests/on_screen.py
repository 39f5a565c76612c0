"""A window in a process of its own, on the virtual screen: what it shows, and the keys that are pressed in it.

Invariant: the window's process ends with the test.
"""

import os
import select
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest
from virtual_screen import screenshot

SIZE = (1000, 580)  # of the picture: on this screen neither window enlarges it
# GUI calls belong to a process's main thread and one screen, so each test runs its window in a process of its own,
# which lives on, as a live loop does, until the test says go.
PROGRAM = """
import queue, sys, threading, time
{first}
sys.path.insert(0, {tests!r})
from moving import texture
from kaleidocam.frame import Frame
from {module} import {opens}
said = queue.Queue()
threading.Thread(target=lambda: [said.put(line) for line in sys.stdin], daemon=True).start()
size = {size}
sink, frame, pressed = {opens}(size=size{more}), Frame(texture(2, size), 0.0, 0), []
def live():
    until = time.monotonic() + 90  # should the test itself be gone
    while said.empty() and "q" not in pressed and time.monotonic() < until:
        sink.write(frame)
        pressed.extend(sink.keys())
        time.sleep(0.02)
    if "q" not in pressed:
        said.get()
{body}
"""


@contextmanager
def run(display, body, opens="kaleidocam.sinks.window.open_window", size=SIZE, *, first="", **more):
    """A window in its own process; in `body`, live() goes on until the test calls go(). `opens`: what makes it;
    `first`: what is done before it is imported; `more`: what else it is made with."""
    module, _, name = opens.rpartition(".")
    code = PROGRAM.format(
        tests=str(Path(__file__).parent),
        body=body,
        module=module,
        opens=name,
        size=size,
        first=first,
        more="".join(f", {key}={value!r}" for key, value in more.items()),
    )
    environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process, seconds):
    """Whether the process says something within that time."""
    return bool(select.select([process.stdout], [], [], seconds)[0])


def told(process, word):
    assert heard(process, 30), f"never said: {word}"
    line = process.stdout.readline().strip()
    assert line.startswith(word), (line, process.stderr.read() if process.poll() is not None else "")
    return line


def find(screen, picture):
    """How surely `picture` (H, W, 3) stands somewhere on the screen, 1 being pixel for pixel."""
    score = cv2.matchTemplate(screen, picture, cv2.TM_CCOEFF_NORMED)
    return float(score.max())


def xdotool(display, *do):
    return subprocess.run(
        ["xdotool", *do], capture_output=True, text=True, check=True, timeout=20, env=os.environ | {"DISPLAY": display}
    ).stdout


def window_of(display):
    """The window's number, as xdotool wants it."""
    for by in ("--class", "--name"):  # GLFW's, OpenCV's
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", by, "kaleidocam"],
            capture_output=True,
            text=True,
            env=os.environ | {"DISPLAY": display},
        )
        if found.stdout:
            return found.stdout.split()[0]
    raise AssertionError("no window on the screen")


def focus(display):
    """Gives the window the keyboard."""
    xdotool(display, "windowfocus", window_of(display), "sleep", "0.5")


def go(process):
    print(file=process.stdin, flush=True)


def seen(display, holds, size=(1600, 1000)):
    """A screenshot for which `holds` is true, waited for: a window takes its time to appear."""
    deadline = time.monotonic() + 30
    while not holds(screen := screenshot(display, size)):
        if time.monotonic() > deadline:
            kept = Path(tempfile.mkdtemp()) / "screen.png"
            cv2.imwrite(str(kept), screen)
            pytest.fail(f"not seen on the screen, which is kept in {kept}")
        time.sleep(0.2)
    return screen
