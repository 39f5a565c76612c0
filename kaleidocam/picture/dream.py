"""The dream layer from frame to frame: carried along the motion, then grown.

Invariant: as in `eye.py`.
"""

from collections.abc import Callable

import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, Picture
from kaleidocam.picture import layer as layers
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.growth import Growth
from kaleidocam.picture.palette import Palette, no_pictures
from kaleidocam.settings.parameters import Look

ON_TIME = 0.99  # of the cadence's interval, after which the dreamer is due: frame times are rounded


class Dream:
    """Carries the dream layer from frame to frame and lets the dreamer continue it.

    The dreamer costs the most, so it is called at most `look.cadence` times a second. Between the calls, the layer
    grows on along its drives. State: the layer and its drives, the palette, and the time since the last call.
    """

    def __init__(
        self, grid: tuple[int, int], dreamer: Dreamer, on: Imaging = PROCESSOR, palette: Palette | None = None
    ) -> None:
        """`on`: what processes the pictures that the dreamer gets."""
        self.dreamer, self._on, self._grid = dreamer, on, grid
        self._growth, self._palette = Growth(on), palette or Palette(no_pictures)
        self.reset()

    def reset(self) -> None:
        """Clears the layer; the next step is like the first."""
        self._growth.reset()
        self._palette.reset()
        self._waited = 0.0

    @property
    def layer(self) -> np.ndarray:
        """The dream layer, (h, w, 3) float32 RGB, read-only."""
        layer = self._growth.layer
        return np.zeros((*self._grid[::-1], 3), np.float32) if layer is None else layer

    def state(self) -> dict:
        """All that the next frames depend on, the dreamer's state included; for `restore`."""
        return {
            "growth": self._growth.state(),
            "palette": self._palette.state(),
            "waited": self._waited,
            "dreamer": self.dreamer.state(),
        }

    def restore(self, state: dict) -> None:
        self._growth.restore(state["growth"])
        self._palette.restore(state["palette"])
        self._waited = state["waited"]
        self.dreamer.restore(state["dreamer"])

    def advance(self, seen: Seen, look: Look) -> np.ndarray:
        """The dream layer of this frame, (h, w, 3) float32 RGB: carried, faded, cleared, and dreamed on."""
        growth, motion, shape = self._growth, seen.motion, seen.small.shape
        image = self._on.picture(seen.small)
        self._palette.pass_time(seen.small, seen.elapsed, motion.cut, look)
        growth.move(motion, layers.drift_of(look, seen.elapsed, seen.center, shape), shape, look)
        growth.pass_time(seen.elapsed, look)
        self._waited += seen.elapsed
        if motion.cut:
            growth.burst(image, look, self.dreamer, self._paint(look))
        if not growth.driven or motion.cut or self._waited * look.cadence >= ON_TIME:
            growth.ascend(image, seen.elapsed, look, self.dreamer, self._paint(look))
            self._waited = 0.0
        else:
            growth.glide(image, seen.elapsed, look)
        growth.symmetric(seen)
        return self.layer

    def _paint(self, look: Look) -> Callable[[Picture], Picture]:
        return lambda direction: self._palette(direction, look, self._on)
