"""Pictures shown in step with the screen, as long as that holds nobody up.

Invariant: whoever calls waits for the screen a few times at most; from then on pictures are shown at once.
"""

import time
from collections import deque
from typing import Any

import glfw

LONG = 0.004  # seconds of waiting, which is about what OpenCV's window takes to show a picture
LOOKED_AT, PATIENCE = 60, 3  # of so many pictures, so many may wait long
# Late pictures are shown at once, and only those in time wait: where a driver can do so.
LATE_AT_ONCE = ("GLX_EXT_swap_control_tear", "WGL_EXT_swap_control_tear")


class Swap:
    """Called once a picture is drawn into the current context."""

    def __init__(self, window: Any) -> None:
        self._window = window
        self._long: deque[bool] = deque(maxlen=LOOKED_AT)
        self._waits = True
        glfw.swap_interval(-1 if any(map(glfw.extension_supported, LATE_AT_ONCE)) else 1)

    def __call__(self) -> None:
        began = time.perf_counter()
        glfw.swap_buffers(self._window)
        if self._waits:
            self._long.append(time.perf_counter() - began > LONG)
            if sum(self._long) > PATIENCE:
                self._waits = False
                glfw.swap_interval(0)
