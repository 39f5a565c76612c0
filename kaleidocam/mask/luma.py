"""What is bright, or between two levels of brightness.

Invariant: each frame by itself, by its own pixels; the same levels for every picture.
"""

from typing import Any

import cv2
import numpy as np

from kaleidocam.mask.base import Sight, fine_size
from kaleidocam.mask.ramp import Ramp

DEFAULT = Ramp(0.5, 1.0, 0.1)
NOISE_REACH = 3  # pixels per side over which a level is the mean, or a camera's noise would show in the mask


class Luma:
    """`ramp`: which levels are the subject's. No state."""

    def __init__(self, ramp: Ramp) -> None:
        self._levels = ramp.levels()

    def of(self, sight: Sight) -> np.ndarray:
        gray = cv2.cvtColor(sight.shrunk(fine_size(sight.frame.size)), cv2.COLOR_BGR2GRAY)
        return sight.fine(cv2.LUT(cv2.blur(gray, (NOISE_REACH, NOISE_REACH)), self._levels))

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


def ramp_of(text: str) -> Ramp:
    """From a text such as `luma`, `luma 0.6` or `luma 0.3-0.7 0.1`. UserError where it is none."""
    return Ramp.of(text.split()[1:], DEFAULT, f"no mask '{text}'")
