"""The window, on a real X server: what is shown is what was given, and its keys arrive."""

import os
import select
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from moving import texture
from virtual_screen import on_a_screen, screenshot, virtual_screen

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks import window
from kaleidocam.sinks.window import Window, with_lines

KEYS = ("i", "space", "question", "Shift_L")
# GUI calls belong to a process's main thread and one screen, so each test runs its window in a process of its own,
# which lives on, as a live loop does, until the test says go.
PROGRAM = """
import queue, sys, threading, time
sys.path.insert(0, {tests!r})
from moving import texture
from kaleidocam.frame import Frame
from kaleidocam.sinks.window import Window
said = queue.Queue()
threading.Thread(target=lambda: [said.put(line) for line in sys.stdin], daemon=True).start()
sink, frame, pressed = Window(size=(640, 384)), Frame(texture(2, (640, 384)), 0.0, 0), []
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
def run(display, body):
    """A window in its own process; in `body`, live() goes on until the test calls go()."""
    code = PROGRAM.format(tests=str(Path(__file__).parents[1]), body=body)
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
    return xdotool(display, "search", "--onlyvisible", "--name", "kaleidocam").split()[0]


def go(process):
    print(file=process.stdin, flush=True)


def seen(display, holds):
    """A screenshot for which `holds` is true, waited for: a window takes its time to appear."""
    deadline = time.monotonic() + 30
    while not holds(screen := screenshot(display)):
        if time.monotonic() > deadline:
            kept = Path(tempfile.mkdtemp()) / "screen.png"
            cv2.imwrite(str(kept), screen)
            pytest.fail(f"not seen on the screen, which is kept in {kept}")
        time.sleep(0.2)
    return screen


@on_a_screen
def test_the_window_shows_what_it_is_given_and_hands_over_keys():
    picture = texture(2, (640, 384))
    with (
        virtual_screen() as display,
        run(
            display,
            """
live()
print("keys", "".join(pressed), flush=True)
sink.status(["30.0 fps   0 dropped"]); live()
sink.status([]); sink.press("f"); live()
sink.press("esc"); live()
sink.close(); print("closed", flush=True)
""",
        ) as process,
    ):
        plain = seen(display, lambda screen: find(screen, picture[40:340, 40:600]) > 0.98)
        xdotool(display, "windowfocus", window_of(display), "sleep", "0.5")
        for key in KEYS:
            xdotool(display, "key", key, "sleep", "0.3")
        go(process)
        assert told(process, "keys") == "keys i ?"
        lined = with_lines(picture, ["30.0 fps   0 dropped"])[:100, :400]
        assert find(plain, lined) < 0.95
        seen(display, lambda screen: find(screen, lined) > 0.98)
        go(process)
        full = seen(display, lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95)  # edge to edge
        assert find(full, picture[40:340, 40:600]) < 0.9  # and larger than it was
        seen(display, lambda screen: screen[:10].max() == 0 and screen[-10:].max() == 0)  # the bars are black
        go(process)
        seen(display, lambda screen: find(screen, picture[40:340, 40:600]) > 0.98)  # Esc leaves it
        go(process)
        told(process, "closed")
        assert process.wait(20) == 0


@on_a_screen
def test_closing_the_window_by_its_button_is_q():
    with (
        virtual_screen() as display,
        run(
            display,
            """
live()
print("keys", pressed, flush=True)
sink.close()
""",
        ) as process,
    ):
        seen(display, lambda screen: find(screen, texture(2, (640, 384))[40:340, 40:600]) > 0.98)
        xdotool(display, "windowfocus", window_of(display), "sleep", "0.5")
        for _ in range(10):  # the manager takes a new keyboard in at the first key of all, and may miss that one
            xdotool(display, "key", "alt+F4")  # its own way of closing
            if heard(process, 2):
                break
        assert told(process, "keys") == "keys ['q']"
        assert process.wait(20) == 0


@pytest.mark.parametrize("missed", [True, False])
def test_a_toolkit_that_misses_the_end_of_full_screen_is_told(monkeypatch, missed):
    size, resized = [640, 360], []

    def full_screen(title, prop, how):
        size[:] = (1600, 900) if how == cv2.WINDOW_FULLSCREEN or missed else (640, 360)

    def resize(title, width, height):
        resized.append((width, height))
        size[:] = width, height

    for name, does in (
        ("namedWindow", lambda *a: None),
        ("resizeWindow", resize),
        ("pollKey", lambda: -1),
        ("imshow", lambda *a: None),
        ("setWindowProperty", full_screen),
        ("getWindowProperty", lambda *a: 1.0),
        ("getWindowImageRect", lambda title: (0, 0, *size)),
    ):
        monkeypatch.setattr(cv2, name, does)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(window, "SETTLED", 0.1)
    sink, frame = Window(size=(640, 360)), Frame(texture(2, (64, 36)), 0.0, 0)
    sink.write(frame)
    resized.clear()
    for key in ("f", "esc", "f", "f"):  # the third before the second is done
        sink.press(key)
        sink.write(frame)
    assert resized == []
    time.sleep(0.15)
    for _ in range(3):
        sink.write(frame)
    assert resized == ([(640, 360)] if missed else [])


def test_a_window_that_has_not_appeared_yet_is_not_closed(monkeypatch):
    there = iter([0.0, 0.0, 1.0, 0.0])  # mapped by a slow window manager, then closed
    for name, does in (
        ("namedWindow", lambda *a: None),
        ("resizeWindow", lambda *a: None),
        ("pollKey", lambda: -1),
        ("imshow", lambda *a: None),
        ("getWindowProperty", lambda *a: next(there, 0.0)),
    ):
        monkeypatch.setattr(cv2, name, does)
    monkeypatch.setenv("DISPLAY", ":0")
    sink, frame = Window(size=(640, 360)), Frame(texture(2, (64, 36)), 0.0, 0)
    sink.write(frame)
    assert [list(sink.keys()) for _ in range(4)] == [[], [], [], ["q"]]
    monkeypatch.setattr(window, "APPEARS", 0.0)
    sink = Window(size=(640, 360))
    assert list(sink.keys()) == []  # nothing was to be shown yet
    sink.write(frame)
    assert list(sink.keys()) == ["q"]  # it never came


def test_no_window_appears_before_its_first_picture(monkeypatch):
    done = []
    for name, gives in (
        *((name, None) for name in ("namedWindow", "resizeWindow", "imshow", "setWindowProperty", "destroyWindow")),
        ("pollKey", -1),
        ("getWindowProperty", 1.0),
    ):
        monkeypatch.setattr(cv2, name, lambda *a, name=name, gives=gives: done.append(name) or gives)
    monkeypatch.setenv("DISPLAY", ":0")
    with Window(size=(640, 360)) as sink:
        sink.status(["a line"])
        sink.press("f")
        assert list(sink.keys()) == [] and done == []
        sink.write(Frame(texture(2, (64, 36)), 0.0, 0))
        assert done == ["namedWindow", "resizeWindow", "imshow", "pollKey"]  # and drawn at once
    done.clear()
    with Window(size=(640, 360)):
        pass
    assert done == []  # one that nothing was shown in has nothing to close


def test_an_opencv_without_windows_is_told_before_the_first_picture(monkeypatch):
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    monkeypatch.setenv("DISPLAY", ":0")
    with pytest.raises(UserError, match="no windows: install opencv-python.*--to virtual"):
        Window()


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


def test_tabs_part_columns_and_a_long_line_moves_none():
    image = np.full((900, 1600, 3), 120, np.uint8)
    table = ["a\tfirst", "bbbbbb\tfirst"]
    alone, beside = (with_lines(image, lines).min(-1) > 200 for lines in (table, [*table, "a longer line than all"]))
    ends = 14 + 32 * 2  # pixels: of two lines
    np.testing.assert_array_equal(alone[:ends], beside[:ends])
    first, second = (np.flatnonzero(beside[row].any(0))[-1] for row in (slice(14, 44), slice(46, 76)))
    assert first == second and beside[ends:].any()  # the same word ends at the same place
