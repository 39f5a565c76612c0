"""Which window is opened, and what is said where none can be."""

import os
import subprocess
import sys

import pytest
from moving import texture
from on_screen import find, go, run, seen, told
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.kinds import kind_of
from kaleidocam.sinks.opening import open_sink
from kaleidocam.sinks.window import how_it_works, open_window

SAY = 'print("is", type(sink).__name__, flush=True); live(); sink.close(); print("closed", flush=True)'


def without_glfw(monkeypatch):
    monkeypatch.setitem(sys.modules, "kaleidocam.sinks.window_glfw", None)  # as an import that fails
    monkeypatch.setenv("DISPLAY", ":0")


@on_a_screen
@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("", "GlfwWindow"),
        ("sys.modules['glfw'] = None", "OpenCVWindow"),
        ("sys.modules['moderngl'] = None", "OpenCVWindow"),
        ("import os; os.environ['LIBGL_DRIVERS_PATH'] = '/none'", "OpenCVWindow"),
        ("import os; os.environ['MESA_GL_VERSION_OVERRIDE'] = '2.1'", "OpenCVWindow"),
    ],
)
def test_the_window_is_glfw_s_or_else_opencv_s(broken, kind):
    with virtual_screen() as display, run(display, SAY, first=broken) as process:
        assert told(process, "is") == f"is {kind}"
        seen(display, lambda screen: find(screen, texture(2, (1000, 580))[40:540, 40:900]) > 0.98)
        go(process)
        told(process, "closed")
        assert process.wait(20) == 0


@on_a_screen
def test_a_screen_that_is_filled_is_named_by_its_number():
    body = """
from kaleidocam.sinks.window import open_window
live()
print("alone", sink.alone, flush=True)
sink.close()
try:
    open_window(screen=2)
except Exception as error:
    print("error", type(error).__name__, error, flush=True)
"""
    with virtual_screen() as display, run(display, body, screen=1) as process:
        seen(display, lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95)
        go(process)
        assert told(process, "alone") == "alone True"
        line = told(process, "error")
        assert (
            line
            == "error UserError no screen 2; 'window:NUMBER' or 'window:NAME' fills one of these: 1 screen (1600x1000)"
        )


def test_opencv_s_window_fills_no_second_screen(monkeypatch):
    without_glfw(monkeypatch)
    with pytest.raises(UserError, match="window:2 needs GLFW and OpenGL 3.3"):
        open_window(screen=2)


def test_the_doctor_tells_of_keys_that_may_be_lost(monkeypatch):
    without_glfw(monkeypatch)
    assert how_it_works().startswith("works, by OpenCV, which may lose keys")


@pytest.mark.parametrize("text", ["window:", "window: "])
def test_a_screen_has_a_number_or_a_name(text):
    assert kind_of(text).name == "window"
    with pytest.raises(UserError, match="names no screen; give window:1"):
        open_sink(text, (640, 360), 25.0, Machine(), overwrite=False)


def test_without_a_screen_it_says_so():
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    code = "from kaleidocam.sinks.window import open_window\nopen_window()"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "UserError: no screen to open a window on (DISPLAY is not set); --to virtual" in done.stderr


def test_no_window_is_imported_before_one_is_opened():
    code = "import sys, kaleidocam.sinks.kinds, kaleidocam.sinks.window; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"glfw", "moderngl", "kaleidocam.sinks.window_opencv"} & set(done.stdout.split())
