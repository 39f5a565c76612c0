"""A window on the screen: the best that can be opened here.

Invariant: what a window needs is imported when one is opened, never before; the first picture is what opens it.
"""

import logging
import os
import sys
import time
from collections.abc import Callable

from kaleidocam.errors import UserError, one_line
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.window_early import SCREENS, name_library

log = logging.getLogger(__name__)
MAIN = "main"  # of `screen`: whichever is the main one
AGAIN_SECONDS = 1.0  # before another look for a system of windows that is still starting
INSTEAD = "--to virtual or --to FILM.mp4 need no window"


def open_window(*, size: tuple[int, int] = (1280, 720), screen: int | str | None = None, keeps: bool = False) -> Sink:
    """A window for pictures of `size` (width, height). With `screen` it fills that one, by its number, counted from 1,
    by its name or a part of it; "main" is the main one. With `keeps` it waits for that screen, and for the system of
    windows, and comes back when it was unplugged. It is GLFW's, or OpenCV's where GLFW or OpenGL is missing.

    UserError if there is no screen, none of that name, or no window to be had.
    """
    _require_screen()
    name_library()
    try:
        from kaleidocam.sinks.window_glfw import GlfwWindow
        from kaleidocam.sinks.window_hints import NoWindow, start
    except (ImportError, OSError):  # without the packages, or without the libraries of the system that they load
        return _fallback(size, screen)
    if keeps:
        _wait_for(start)
    try:
        return GlfwWindow(size=size, screen=screen, keeps=keeps)
    except NoWindow:
        return _fallback(size, screen)


def _wait_for(start: Callable[[], None]) -> None:
    """Until the system of windows is there: a machine that has just been switched on may still be starting it."""
    told = False
    while True:
        try:
            return start()
        except Exception as error:  # NoWindow, GLFWError
            if not told:
                log.info(f"no screen answers yet ({one_line(error)}); waiting for it")
            told = True
            time.sleep(AGAIN_SECONDS)


def how_it_works() -> str:
    """What `doctor` says of it. UserError as for open_window."""
    with open_window() as window:
        kind = type(window).__name__
        if kind == "GlfwWindow":
            from kaleidocam.sinks.window_screens import Screens

            return f"works; displays: {Screens().told()}"
    return "works, by OpenCV, which may lose keys: for GLFW, pip install glfw moderngl and OpenGL 3.3 are needed"


def _fallback(size: tuple[int, int], screen: int | str | None) -> Sink:
    from kaleidocam.sinks.window_opencv import OpenCVWindow

    if screen not in (None, 1, MAIN):
        raise UserError(f"window:{screen} needs GLFW and OpenGL 3.3, which are missing here; give window, and drag it")
    return OpenCVWindow(size=size, full=screen is not None)


def _require_screen() -> None:
    """UserError if there is no screen; Qt would end the process."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in SCREENS):
        raise UserError(f"no screen to open a window on (DISPLAY is not set); {INSTEAD}")
