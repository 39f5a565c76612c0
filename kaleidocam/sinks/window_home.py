"""The display that a window keeps to: waited for, and taken again when it was unplugged.

Invariant: the window is seen on its own display or nowhere.
"""

import logging
import time
from typing import Any

import glfw

from kaleidocam.sinks.window import MAIN
from kaleidocam.sinks.window_displays import Display
from kaleidocam.sinks.window_screens import Screens, Wanted

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0  # from one look at a display to the next, for another resolution


class Home:
    """Of a window that wants a screen. `there`: whether it fills it now; `notice`: a line while it does not, once it
    was looked for. Both are for any thread, all else is for the window's. UserError where it may mean several."""

    def __init__(self, wanted: Wanted, screens: Screens) -> None:
        self._wanted, self._screens = wanted, screens
        self._was: Display | None = None  # the one that it filled last
        self._looked, self.there = 0.0, False
        self._told: bool | None = None
        self.notice: str | None = None
        if len(screens.meant(wanted)) > 1:
            screens.wanted(wanted)  # which says so

    def to_fill(self, window: Any) -> Any:
        """The screen that the window must fill from now on; None: it is as it should be, or `there` is False, and no
        screen is its own. Call it after each `glfw.poll_events`."""
        now = time.monotonic()
        monitor = glfw.get_window_monitor(window)
        if monitor and self.there and now < self._looked + LOOK_SECONDS:
            return None
        self._looked = now
        if monitor and self.there and glfw.get_video_mode(monitor).size == glfw.get_window_size(window):
            return None
        screen = self._find()
        self.there = screen is not None
        self.notice = None if self.there else self._missing()
        self._tell()
        if screen:
            self._was = self._screens.display(screen)
        return screen

    def _find(self) -> Any:
        if self._was and self._wanted != MAIN:
            found = [screen for screen in glfw.get_monitors() if self._screens.display(screen).name == self._was.name]
            found.sort(key=lambda screen: self._unlike(self._screens.display(screen)))
            return found[0] if found else None
        found = self._screens.meant(self._wanted)
        return found[0] if found else None

    def _missing(self) -> str:
        if self._was:
            return f"the display '{self._was.name}' is not connected; waiting for it"
        return f"no display '{self._wanted}' yet; waiting for it; connected: {self._screens.told()}"

    def _unlike(self, display: Display) -> tuple[bool, bool]:
        """How unlike it is to the one that was filled; several may have its name."""
        assert self._was is not None
        return display.at != self._was.at, display.size != self._was.size

    def _tell(self) -> None:
        """A line in the log whenever it goes or comes back; none where it is there from the start."""
        before, self._told = self._told, self.there
        if self.there != (True if before is None else before):
            log.info(self.notice or "the display is there")
