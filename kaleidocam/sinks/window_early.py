"""A hidden GLFW window that is made on another thread, while this one still imports: to load OpenGL takes a while.

Invariant: it is made on Linux only: elsewhere a window belongs to the main thread. Who takes it waits for it.
"""

import os
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")  # Linux names a screen in one of these
FIRST = (64, 64)  # pixels; it is given its size when it is taken
made: list[Any] = []
_thread: threading.Thread | None = None


def make_early() -> None:
    """Begins to make one; at most once in a process. What goes wrong is found again by who opens a window."""
    global _thread
    if sys.platform == "linux" and _thread is None and any(map(os.environ.get, SCREENS)):
        _thread = threading.Thread(target=_make, name="window")
        _thread.start()


def take_early() -> Any:
    """The window; None where there is none. GLFW is running then."""
    if _thread:
        _thread.join()
    return made.pop() if made else None


def _make() -> None:
    with suppress(Exception):
        name_library()
        from kaleidocam.sinks.window_hints import make_hidden

        made.append(make_hidden(FIRST))


def name_library() -> None:
    """Names GLFW's library where its package brings one: to look for others, it would start Python once for each. The
    one for X11 goes first, for there every desktop draws a frame around the window."""
    package = find_spec("glfw") if sys.platform == "linux" else None
    if package and package.origin:
        kind = "x11" if os.environ.get("DISPLAY") else "wayland"
        library = Path(package.origin).parent / kind / "libglfw.so"
        if library.is_file():
            os.environ.setdefault("PYGLFW_LIBRARY", str(library))
