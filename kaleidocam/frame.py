"""The one thing that travels: a picture and when it was taken.

Invariant: a Frame never changes after it is made; who wants another picture makes another Frame.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Frame:
    """`image`: (H, W, 3) uint8, BGR, 0 to 255. `seconds`: on its source's own clock, never falling (a live source
    stamps it with `time.monotonic()` at the grab). `index`: 0, 1, 2, … in the order in which the source gave it."""

    image: np.ndarray
    seconds: float
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def showing(self, image: np.ndarray) -> "Frame":
        """The same moment with another picture."""
        return replace(self, image=image)
