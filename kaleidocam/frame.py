"""A frame, which everything here passes on: a picture and the time at which it was taken.

Invariant: a Frame never changes after it is made; another picture is another Frame.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kaleidocam.errors import UserError


@dataclass(frozen=True)
class Frame:
    """`image`: (H, W, 3) uint8, BGR, 0 to 255. `seconds`: on its source's own clock, never falling (a live source
    stamps it with `time.monotonic()` at the grab). `index`: 0, 1, 2, … in the source's order."""

    image: np.ndarray
    seconds: float
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def showing(self, image: np.ndarray) -> "Frame":
        """The same time and index with another picture."""
        return replace(self, image=image)


def checked(image: Any) -> np.ndarray:
    """`image` unchanged. UserError if it is not a (H, W, 3) uint8 array."""
    if not isinstance(image, np.ndarray):
        raise UserError(f"a picture is a {type(image).__name__}; give a NumPy array (height, width, 3) of uint8, BGR")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise UserError(f"a picture is {image.shape} {image.dtype}; give (height, width, 3) of uint8, BGR")
    return image
