"""Keeps the screen and the machine awake while a performance stands.

Invariant: where that can't be had, the performance goes on, and a line in the log says so.
"""

import ctypes
import ctypes.util
import logging
import os
import sys
from contextlib import ExitStack, suppress
from typing import Any

from kaleidocam.closing import Closing

log = logging.getLogger(__name__)
INSTALL = "pip install 'kaleidocam[kiosk]'"


class Awake(Closing):
    """Holds off the screen saver, the display's sleep and the machine's, by all ways that there are here: the desktop's
    (by wakepy), and X11's own, for X without a desktop. GLFW does it too for a window that fills a screen, on X11 and
    Windows. `by`: the ways that work."""

    def __init__(self) -> None:
        self._stack, self.by = ExitStack(), list[str]()
        failed = self._by_desktop()
        if sys.platform == "linux" and os.environ.get("DISPLAY"):
            self._by_x11()
        if failed:
            rest = f"{' and '.join(self.by)} does it" if self.by else "switch its screen saver and sleep off by hand"
            log.info(f"the desktop is not asked to stay awake: {failed}; {rest}")

    def close(self) -> None:
        self._stack.close()

    def _by_desktop(self) -> str:
        """Why it can't; nothing where it can."""
        try:
            from wakepy import keep
        except ImportError:
            return f"that needs wakepy: {INSTALL}"
        mode = self._stack.enter_context(keep.presenting(on_fail="pass"))
        if not mode.active:
            return "it has no way that wakepy knows"
        self.by.append("the desktop")
        return ""

    def _by_x11(self) -> None:
        """By the extension MIT-SCREEN-SAVER, which holds off DPMS too, as mpv does; the server takes it back when this
        connection ends, however it ends."""
        with suppress(OSError, AttributeError):
            x11, saver = _library("X11"), _library("Xss")
            x11.XOpenDisplay.restype = ctypes.c_void_p
            display = x11.XOpenDisplay(None)
            if not display:
                return
            self._stack.callback(x11.XCloseDisplay, ctypes.c_void_p(display))
            first, last = ctypes.c_int(), ctypes.c_int()
            if saver.XScreenSaverQueryExtension(ctypes.c_void_p(display), ctypes.byref(first), ctypes.byref(last)):
                saver.XScreenSaverSuspend(ctypes.c_void_p(display), 1)
                x11.XSync(ctypes.c_void_p(display), 0)
                self.by.append("X11")


def _library(name: str) -> Any:
    return ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so")
