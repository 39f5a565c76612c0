"""The screen stays on while a performance stands, and where that can't be asked for, a line says so."""

import ctypes
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.kiosk import awake
from kaleidocam.kiosk.awake import Awake


def desktop(monkeypatch, active):
    """A stand-in for wakepy; returns the list of what was asked of it."""
    asked = []

    @contextmanager
    def presenting(**how):
        asked.append("awake")
        yield SimpleNamespace(active=active)
        asked.append("as before")

    keep = SimpleNamespace(presenting=presenting)
    monkeypatch.setitem(sys.modules, "wakepy", SimpleNamespace(keep=keep))
    return asked


def test_the_desktop_is_asked_and_let_go(monkeypatch, logged):
    monkeypatch.delenv("DISPLAY", raising=False)
    asked = desktop(monkeypatch, active=True)
    with Awake() as on:
        assert on.by == ["the desktop"] and asked == ["awake"]
    assert asked == ["awake", "as before"] and not logged.text


@pytest.mark.parametrize("there", [False, True])
def test_a_desktop_that_can_t_be_asked_is_told(monkeypatch, logged, there):
    monkeypatch.delenv("DISPLAY", raising=False)
    if there:
        desktop(monkeypatch, active=False)
    else:
        monkeypatch.setitem(sys.modules, "wakepy", None)
    with Awake() as on:
        assert on.by == []
    why = "it has no way that wakepy knows" if there else r"that needs wakepy: pip install 'kaleidocam[kiosk]'"
    assert f"the desktop is not asked to stay awake: {why}; switch its screen saver and sleep off" in logged.text


@on_a_screen
def test_the_screen_saver_of_x11_waits(monkeypatch):
    desktop(monkeypatch, active=True)
    with virtual_screen() as display:
        monkeypatch.setenv("DISPLAY", display)
        x11, saver = awake._library("X11"), awake._library("Xss")
        x11.XOpenDisplay.restype, saver.XScreenSaverAllocInfo.restype = ctypes.c_void_p, ctypes.c_void_p
        line = ctypes.c_void_p(x11.XOpenDisplay(None))

        def blank_within(seconds):
            """Whether the screen saver comes on."""
            info, root = ctypes.c_void_p(saver.XScreenSaverAllocInfo()), ctypes.c_ulong(x11.XDefaultRootWindow(line))
            x11.XSetScreenSaver(line, 1, 0, 1, 1)  # after a second
            x11.XForceScreenSaver(line, 0)
            x11.XSync(line, 0)
            time.sleep(seconds)
            saver.XScreenSaverQueryInfo(line, root, info)
            return ctypes.cast(info.value + ctypes.sizeof(ctypes.c_ulong), ctypes.POINTER(ctypes.c_int))[0] == 1

        with Awake() as on:
            assert on.by == ["the desktop", "X11"]
            assert not blank_within(2.5)
        assert blank_within(2.5)
        x11.XCloseDisplay(line)
