"""The eye and the dream of a performance, both at the size that the governor has chosen.

Invariant: the eye and the dream always use the governor's rung.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.live.dreaming import DreamThread
from kaleidocam.live.governor import Governor, ladder
from kaleidocam.live.meter import Reading
from kaleidocam.picture.eye import Eye, Seen
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look


@dataclass
class View:
    """Used by the video thread."""

    eye: Eye
    dreaming: DreamThread
    governor: Governor

    def see(self, frame: Frame, look: Look) -> tuple[Seen, np.ndarray | None]:
        """The frame as the eye sees it, and the newest layer, (h, w, 3) float32 RGB, carried to that frame; None before
        the first."""
        if self.governor.best != (grid := grid_of(look, frame.size)):  # another look, or a picture of another shape
            self.governor.take_ladder(ladder(grid))
        self.follow()
        seen = self.eye.see(frame, look)
        return seen, self.dreaming.layer_for(seen)

    def keep_pace(self, reading: Callable[[], Reading], now: float) -> None:
        """After every frame, at `now` (time.monotonic): gives the governor the figures if they are due. Before there
        is a dream, they say nothing about it."""
        if not self.dreaming.made:
            return
        if not self.governor.begun:
            self.governor.begin(reading().dropped, now)
        elif self.governor.due(now):
            self.governor.judge(reading(), now)

    def follow(self) -> None:
        """Sets eye and dream to the governor's rung."""
        self.eye.grid, self.dreaming.rest = self.governor.rung.grid, self.governor.rung.rest
