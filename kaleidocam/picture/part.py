"""A dream that lies over the first, as far as it has come.

Invariant: it says how much of it is to be seen; what it dreams is its voice's.
"""

from dataclasses import dataclass, replace

import numpy as np

from kaleidocam.picture.voice import Voice
from kaleidocam.settings.layering import Layer


@dataclass
class Part:
    """A dream over the first. `presence`: how far it has come, 0 to 1; `going`: it is no longer wanted; `mask`: where
    it was in the frame before, (h, w) float32, 0 to 1; `stands`: how far it still stands in for the first dream, which
    it was, and which has another one that is only coming."""

    layer: Layer
    voice: Voice
    presence: float
    going: bool = False
    mask: np.ndarray | None = None
    stands: float = 0.0

    @property
    def share(self) -> float:
        """How much of it is laid over, 0 to 1."""
        return self.presence * max(self.stands, min(1.0, self.layer.amount))

    @property
    def silent(self) -> bool:
        """Whether nothing of it is to be seen."""
        return self.layer.amount == 0 and self.stands == 0

    @property
    def alone(self) -> float:
        """How far the dreams below have gone where it is, 0 to 1, for blends that show both."""
        return max(self.stands, self.layer.amount - 1, 0.0)

    @property
    def covers(self) -> float:
        """How much of the dreams below is gone, 0 to 1."""
        return self.share if self.layer.blend == "normal" else self.share * self.alone

    def passed(self, step: float) -> "Part":
        """The same after it has come or gone by `step`, a share of the way. One that has no dreamer yet waits for
        it."""
        if self.going:
            return replace(self, presence=max(0.0, self.stands, self.presence - step))
        return replace(self, presence=min(1.0, self.presence + step)) if self.voice.dreamer.ready else self
