"""OpenCV's window, on a real X server: what is shown is what was given, and its keys arrive."""

import time

import cv2
import pytest
from moving import texture
from on_screen import SIZE, find, focus, go, heard, run, seen, told, xdotool
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks import window_opencv
from kaleidocam.sinks.window_lines import with_lines
from kaleidocam.sinks.window_opencv import OpenCVWindow
from kaleidocam.sinks.window_shape import opening_size

OPENS = "kaleidocam.sinks.window_opencv.OpenCVWindow"
KEYS = ("i", "space", "question", "Shift_L")


@on_a_screen
def test_the_window_shows_what_it_is_given_and_hands_over_keys():
    picture = texture(2, SIZE)
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
            OPENS,
        ) as process,
    ):
        plain = seen(display, lambda screen: find(screen, picture[40:540, 40:900]) > 0.98)
        focus(display)
        for key in KEYS:
            xdotool(display, "key", key, "sleep", "0.3")
        go(process)
        assert told(process, "keys") == "keys i ?"
        lined = with_lines(picture, ["30.0 fps   0 dropped"])[:100, :400]
        assert find(plain, lined) < 0.95
        seen(display, lambda screen: find(screen, lined) > 0.98)
        go(process)
        full = seen(display, lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95)  # edge to edge
        assert find(full, picture[40:540, 40:900]) < 0.9  # and larger than it was
        seen(display, lambda screen: screen[:10].max() == 0 and screen[-10:].max() == 0)  # the bars are black
        go(process)
        seen(display, lambda screen: find(screen, picture[40:540, 40:900]) > 0.98)  # Esc leaves it
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
            OPENS,
        ) as process,
    ):
        seen(display, lambda screen: find(screen, texture(2, SIZE)[40:540, 40:900]) > 0.98)
        focus(display)
        for _ in range(10):  # the manager takes a new keyboard in at the first key of all, and may miss that one
            xdotool(display, "key", "alt+F4")  # its own way of closing
            if heard(process, 2):
                break
        assert told(process, "keys") == "keys ['q']"
        assert process.wait(20) == 0


def toolkit(monkeypatch, size, **does):
    """OpenCV's functions, of a window of that `size`, a list; it has settled after a tenth of a second."""
    usual = {
        "namedWindow": lambda *a: None,
        "pollKey": lambda: -1,
        "imshow": lambda *a: None,
        "getWindowProperty": lambda *a: 1.0,
        "getWindowImageRect": lambda title: (0, 0, *size),
    }
    for name, do in (usual | does).items():
        monkeypatch.setattr(cv2, name, do)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(window_opencv, "SETTLED", 0.1)


@pytest.mark.parametrize("missed", [True, False])
def test_a_toolkit_that_misses_the_size_at_opening_is_told(monkeypatch, missed):
    """Its first sizes are none of those that were asked for: seen were 400x114, 1000x285, 400x232."""
    opened, resized, size = opening_size((640, 360), window_opencv.SCREEN), [], [400, 114]

    def resize(title, width, height):
        resized.append((width, height))
        size[:] = (400, 232) if missed and len(resized) == 1 else (width, height)

    toolkit(monkeypatch, size, resizeWindow=resize)
    sink, frame = OpenCVWindow(size=(640, 360)), Frame(texture(2, (64, 36)), 0.0, 0)
    sink.write(frame)
    time.sleep(0.15)
    for _ in range(3):
        sink.write(frame)
    assert resized == [opened] * (2 if missed else 1)


@pytest.mark.parametrize("missed", [True, False])
def test_a_toolkit_that_misses_the_end_of_full_screen_is_told(monkeypatch, missed):
    opened, resized = opening_size((640, 360), window_opencv.SCREEN), []
    size = [*opened]

    def full_screen(title, prop, how):
        size[:] = (1600, 900) if how == cv2.WINDOW_FULLSCREEN or missed else opened

    def resize(title, width, height):
        resized.append((width, height))
        size[:] = width, height

    toolkit(monkeypatch, size, resizeWindow=resize, setWindowProperty=full_screen)
    sink, frame = OpenCVWindow(size=(640, 360)), Frame(texture(2, (64, 36)), 0.0, 0)
    sink.write(frame)
    resized.clear()
    for key in ("f", "esc", "f", "f"):  # the third before the second is done
        sink.press(key)
        sink.write(frame)
    assert resized == []
    time.sleep(0.15)
    for _ in range(3):
        sink.write(frame)
    assert resized == ([opened] if missed else [])


def test_a_window_that_has_not_appeared_yet_is_not_closed(monkeypatch):
    there = iter([0.0, 0.0, 1.0, 0.0])  # mapped by a slow window manager, then closed
    for name, does in (
        ("namedWindow", lambda *a: None),
        ("resizeWindow", lambda *a: None),
        ("pollKey", lambda: -1),
        ("imshow", lambda *a: None),
        ("getWindowProperty", lambda *a: next(there, 0.0)),
        ("getWindowImageRect", lambda *a: (0, 0, 400, 300)),
    ):
        monkeypatch.setattr(cv2, name, does)
    monkeypatch.setenv("DISPLAY", ":0")
    sink, frame = OpenCVWindow(size=(640, 360)), Frame(texture(2, (64, 36)), 0.0, 0)
    sink.write(frame)
    assert [list(sink.keys()) for _ in range(4)] == [[], [], [], ["q"]]
    monkeypatch.setattr(window_opencv, "APPEARS", 0.0)
    sink = OpenCVWindow(size=(640, 360))
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
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda *a: (0, 0, 400, 300))
    monkeypatch.setenv("DISPLAY", ":0")
    with OpenCVWindow(size=(640, 360)) as sink:
        sink.status(["a line"])
        sink.press("f")
        assert list(sink.keys()) == [] and done == []
        sink.write(Frame(texture(2, (64, 36)), 0.0, 0))
        assert done == ["namedWindow", "resizeWindow", "imshow", "pollKey"]  # and drawn at once
    done.clear()
    with OpenCVWindow(size=(640, 360)):
        pass
    assert done == []  # one that nothing was shown in has nothing to close


def test_an_opencv_without_windows_is_told_before_the_first_picture(monkeypatch):
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    monkeypatch.setenv("DISPLAY", ":0")
    with pytest.raises(UserError, match="no windows: install opencv-python.*--to virtual"):
        OpenCVWindow()


def test_it_pins_no_picture_and_says_so(monkeypatch, tmp_path):
    for name, gives in (
        *((name, None) for name in ("namedWindow", "resizeWindow", "imshow", "setWindowProperty", "destroyWindow")),
        ("pollKey", -1),
        ("getWindowProperty", 1.0),
    ):
        monkeypatch.setattr(cv2, name, lambda *a, gives=gives: gives)
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda *a: (0, 0, 400, 300))
    monkeypatch.setattr(window_opencv, "own_displays", lambda: tmp_path / "displays.toml")
    frame = Frame(texture(2, (64, 36)), 0.0, 0)
    with OpenCVWindow(size=(640, 360), full=True) as sink:
        sink.write(frame)
        assert sink.notice is None  # nothing was saved
        with pytest.raises(UserError, match="pins no picture; for that: pip install glfw moderngl"):
            sink.press("k")
    (tmp_path / "displays.toml").touch()
    with OpenCVWindow(size=(640, 360)) as sink:
        sink.write(frame)
        assert sink.notice is None
        sink.press("f")
        assert sink.notice == window_opencv.NOT_PINNED
