"""The mouse over a GLFW window: hidden where nobody needs it, and dragging what is adjusted.

Invariant: places are in shares of the window, whatever its pixels are.
"""

import time
from math import dist
from typing import Any

import glfw

from kaleidocam.sinks.window_keys import Typed
from kaleidocam.sinks.window_projector import Projector

CURSOR_SECONDS = 1.0  # after which a cursor that is still is hidden in full screen, as mpv does
DOUBLE_CLICK_SECONDS, DOUBLE_CLICK_WAY = 0.3, 8  # between two clicks; pixels


class Mouse:
    """Listens to it from now on; two clicks are the key for full screen, as in mpv."""

    def __init__(self, window: Any, typed: Typed, projector: Projector) -> None:
        self._window, self._typed, self._projector = window, typed, projector
        self.never = False  # shown in full screen, also where it moves
        self._moved, self._clicked = time.monotonic(), 0.0
        # As it was told last: the system knows where it is now, which is elsewhere where clicks come late.
        self._at = self._before = glfw.get_cursor_pos(window)
        glfw.set_cursor_pos_callback(window, self._on_move)
        glfw.set_mouse_button_callback(window, self._on_click)

    def woken(self) -> None:
        """Shows the cursor for a while."""
        self._moved = time.monotonic()

    def refresh(self, *, full: bool) -> None:
        """Hides or shows the cursor, in full screen or not."""
        still = self.never or time.monotonic() > self._moved + CURSOR_SECONDS
        hidden = full and not self._projector.adjusting and still
        cursor = glfw.CURSOR_HIDDEN if hidden else glfw.CURSOR_NORMAL
        if glfw.get_input_mode(self._window, glfw.CURSOR) != cursor:
            glfw.set_input_mode(self._window, glfw.CURSOR, cursor)

    def _on_move(self, window: Any, x: float, y: float) -> None:
        self.woken()
        self._at = x, y
        if self._projector.adjusting:
            self._projector.adjusting.drag(self._share())

    def _on_click(self, window: Any, button: int, action: int, mods: int) -> None:
        if button != glfw.MOUSE_BUTTON_LEFT:
            return
        adjusting, at = self._projector.adjusting, self._share()
        if action != glfw.PRESS:
            if adjusting:
                adjusting.release()
            return
        now, near = time.monotonic(), dist(self._at, self._before) <= DOUBLE_CLICK_WAY
        twice, self._clicked, self._before = near and now < self._clicked + DOUBLE_CLICK_SECONDS, now, self._at
        if twice:
            self._clicked = 0.0
        if adjusting:
            (adjusting.reset if twice else adjusting.grab)(at)
        elif twice:
            self._typed.add("f")

    def _share(self) -> tuple[float, float]:
        width, height = glfw.get_window_size(self._window)
        return self._at[0] / max(1, width), self._at[1] / max(1, height)
