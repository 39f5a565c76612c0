"""One dream of a look, from frame to frame: its layer, its palette, its dreamer.

Invariant: it knows nothing of the dreams beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import Imaging, Picture
from kaleidocam.picture import layer as layers
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.growth import Growth
from kaleidocam.picture.palette import Palette
from kaleidocam.settings.parameters import Look


class Voice:
    """State: the layer and its drives, the palette, the dreamer's."""

    def __init__(self, dreamer: Dreamer, palette: Palette, on: Imaging) -> None:
        """`on`: what processes the pictures that the dreamer gets."""
        self.dreamer, self._palette, self._on = dreamer, palette, on
        self._growth = Growth(on)

    @property
    def layer(self) -> np.ndarray | None:
        """The dream layer, (h, w, 3) float32 RGB, read-only; None before the first frame."""
        return self._growth.layer

    def reset(self) -> None:
        """Clears the layer; the next step is like the first."""
        self._growth.reset()
        self._palette.reset()

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
        return {
            "growth": self._growth.state(),
            "palette": self._palette.state(),
            "dreamer": self.dreamer.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._growth.restore(state["growth"])
        self._palette.restore(state["palette"])
        self.dreamer.restore(state["dreamer"])

    def advance(self, seen: Seen, image: Picture, look: Look, *, asked: bool) -> bool:
        """To the next frame, whose picture at the grid is `image`, (H, W, 3) float32: carried, faded, cleared, and
        dreamed on; by the network if it is to be `asked` or has not been yet, else along the drives. Returns whether it
        was asked. While its dreamer is not ready it waits, and has no layer."""
        if not self.dreamer.ready:
            self.dreamer.pass_time(seen.elapsed, look)
            return False
        growth, motion, shape = self._growth, seen.motion, seen.small.shape
        self._palette.pass_time(seen.small, seen.elapsed, motion.cut, look)
        growth.move(motion, layers.drift_of(look, seen.elapsed, seen.center, shape), shape, look)
        growth.pass_time(seen.elapsed, look)
        if motion.cut:
            growth.burst(image, look, self.dreamer, self._paint(look))
        asked = asked or motion.cut or not growth.driven
        if asked:
            growth.ascend(image, seen.elapsed, look, self.dreamer, self._paint(look))
        else:
            growth.glide(image, seen.elapsed, look)
        growth.symmetric(seen)
        return asked

    def rest(self, seen: Seen, look: Look) -> None:
        """As `advance`, but no network is asked, nor does the layer grow: for a dream that goes."""
        growth, shape = self._growth, seen.small.shape
        growth.move(seen.motion, layers.drift_of(look, seen.elapsed, seen.center, shape), shape, look)
        growth.pass_time(seen.elapsed, look)
        growth.symmetric(seen)

    def _paint(self, look: Look) -> Callable[[Picture], Picture]:
        return lambda direction: self._palette(direction, look, self._on)
