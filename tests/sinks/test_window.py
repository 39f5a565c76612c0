"""The window, on a real X server: what is shown is what was given, and its keys arrive."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from moving import texture
from virtual_screen import screenshot, virtual_screen

from kaleidocam.sinks.window import with_lines

KEYS = ("i", "space", "question")
# GUI calls belong to a process's main thread and one screen, so each test runs its window in a process of its own.
PROGRAM = """
import sys, time
sys.path.insert(0, {tests!r})
from moving import texture
from kaleidocam.frame import Frame
from kaleidocam.sinks.window import Window
sink = Window(size=(640, 384))
frame = Frame(texture(2, (640, 384)), 0.0, 0)
pressed = []
def show(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pressed.extend(sink.keys())
        if "q" in pressed:
            break
        sink.write(frame)
        time.sleep(0.02)
show(1.0)
{body}
"""


@contextmanager
def run(display, body):
    """A window in its own process; `body` may call show(), which lets time pass as a live loop does."""
    code = PROGRAM.format(tests=str(Path(__file__).parents[1]), body=body)
    environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process, word):
    line = process.stdout.readline().strip()
    assert line.startswith(word), (line, process.stderr.read() if process.poll() is not None else "")
    return line


def find(screen, picture):
    """How surely `picture` (H, W, 3) stands somewhere on the screen, 1 being pixel for pixel."""
    score = cv2.matchTemplate(screen, picture, cv2.TM_CCOEFF_NORMED)
    return float(score.max())


def xdotool(display, *do):
    return subprocess.run(["xdotool", *do], capture_output=True, text=True, check=True,
                          env=os.environ | {"DISPLAY": display}).stdout


def window_of(display):
    """The window's number, as xdotool wants it."""
    return xdotool(display, "search", "--onlyvisible", "--name", "kaleidocam").split()[0]


def test_the_window_shows_what_it_is_given_and_hands_over_keys():
    with virtual_screen() as display, run(display, """
print("shown", flush=True); show(3.0)
print("keys", "".join(pressed), flush=True)
sink.status(["30.0 fps   0 dropped"]); show(0.5)
print("lines", flush=True); sys.stdin.readline()
sink.status([]); sink.press("f"); show(1.0)
print("full", flush=True); sys.stdin.readline()
sink.press("esc"); show(0.5)
sink.close(); print("closed", flush=True)
""") as process:
        told(process, "shown")
        plain = screenshot(display)
        assert find(plain, texture(2, (640, 384))[40:340, 40:600]) > 0.98
        window = window_of(display)
        for do in (["windowfocus", "--sync", window, "sleep", "0.5"], *(["key", k, "sleep", "0.2"] for k in KEYS)):
            xdotool(display, *do)
        assert told(process, "keys") == "keys i ?"
        told(process, "lines")
        lined = screenshot(display)
        assert find(lined, with_lines(texture(2, (640, 384)), ["30.0 fps   0 dropped"])[:100, :400]) > 0.95
        assert np.abs(lined.astype(int) - plain).max() > 100
        print(file=process.stdin, flush=True)
        told(process, "full")
        full = screenshot(display)
        wide = texture(2, (640, 384))
        assert (full[:, 300:1300].astype(int).sum(2) > 0).mean() > 0.9  # it fills the screen's height or width
        assert find(full, wide[40:340, 40:600]) < 0.9  # and is larger than it was
        assert full[:10].max() == 0 and full[-10:].max() == 0  # the bars above and below are black
        print(file=process.stdin, flush=True)
        told(process, "closed")
        assert process.wait(20) == 0


def test_closing_the_window_by_its_button_is_q():
    with virtual_screen() as display, run(display, """
print("shown", flush=True)
show(2.0)
print("keys", pressed[:1], flush=True)
sink.close()
""") as process:
        told(process, "shown")
        xdotool(display, "windowfocus", "--sync", window_of(display), "key", "alt+F4")  # the window manager's closing
        assert told(process, "keys") == "keys ['q']"
        assert process.wait(20) == 0


def test_without_a_screen_it_says_so():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    code = "from kaleidocam.sinks.window import Window\nWindow()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "UserError: no screen to open a window on (DISPLAY is not set); --to virtual" in done.stderr


def test_lines_leave_the_picture_itself_alone():
    picture = texture(3, (640, 360))
    kept = picture.copy()
    lined = with_lines(picture, ["30.0 fps", "12 ms added latency"])
    np.testing.assert_array_equal(picture, kept)
    assert (lined != picture).any() and (lined[200:] == picture[200:]).all()


@pytest.mark.parametrize("height", [180, 720, 1080])
def test_lines_are_readable_at_any_size(height):
    lined = with_lines(np.zeros((height, height * 2, 3), np.uint8), ["30.0 fps"])
    rows = lined.any(axis=(1, 2)).sum()
    assert height / 60 < rows < height / 10 + 10
