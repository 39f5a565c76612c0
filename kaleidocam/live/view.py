"""The eye and the dream of a performance, both at the size that the governor has chosen.

Invariant: the eye and the dream always use the governor's rung.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kaleidocam.frame import Frame, Joint
from kaleidocam.live.dreaming import DreamThread
from kaleidocam.live.governor import Governor, ladder
from kaleidocam.live.meter import Reading
from kaleidocam.motion.flow import still
from kaleidocam.picture.eye import Eye, Seen
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import CUTS, Look

AUTO, LOOPS, NONE = CUTS


@dataclass
class View:
    """Used by the video thread. `cuts`: one of CUTS."""

    eye: Eye
    dreaming: DreamThread
    governor: Governor
    cuts: str = AUTO

    def see(self, frame: Frame, look: Look, joint: Joint = Joint.ON) -> tuple[Seen, np.ndarray | None]:
        """The frame as the eye sees it, and the newest layer, (h, w, 3) float32 RGB, carried to that frame; None before
        the first. `joint`: how it follows the frame before it."""
        if self.governor.best != (grid := grid_of(look, frame.size)):  # another look, or a picture of another shape
            self.governor.take_ladder(ladder(grid))
        self.follow()
        if self.cuts == LOOPS and joint is Joint.SEAM:
            joint = Joint.CUT
        seen = self.eye.see(frame, look, joint)
        if self.cuts == NONE and seen.motion.cut:
            seen = replace(seen, motion=still(seen.motion.trust.shape))
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
        self.governor.settle()
        self.eye.grid, self.dreaming.rest = self.governor.rung.grid, self.governor.rung.rest
