"""One step of a dream: gradient, every band its share, up.

Invariant: no TensorFlow here; the gradient is injected. The one memory is the bands' deviations and the step count.

Source: Mordvintsev, Olah and Tyka 2015, "Inceptionism"; jitter as in their notebook.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np

from kaleidocam.dream.bands import BandBalance
from kaleidocam.settings import Look

# The plastic number's powers: the two-dimensional low-discrepancy sequence R2 of Martin Roberts (2018). Successive
# shifts lie far apart and fill the stride evenly, where random ones would clump and flicker.
R2 = np.array([0.7548776662466927, 0.5698402909980532])

Measure = Callable[[np.ndarray], tuple[np.ndarray, float]]
"""(H, W, 3) float32 RGB in [-1, 1] -> gradient of the same shape, and the objective's value."""


class Ascent:
    """A Dreamer that climbs an objective. `value` is what the objective was before the last step; nan before any."""

    def __init__(self, measure: Measure, stride: int) -> None:
        """`stride`: pixels between neighbouring positions of the objective's highest layer, the unit of jitter."""
        self._measure, self._stride = measure, stride
        self._balance = BandBalance()
        self.reset()

    def reset(self) -> None:
        """Forgets: the next step is as the first."""
        self._balance.reset()
        self._count = 0
        self.value = float("nan")

    def memory(self) -> dict[str, Any]:
        """All that the following steps depend on, besides what they are given: numbers, arrays and None."""
        return {"count": self._count, "value": self.value, "balance": self._balance.memory()}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Goes on from a `memory`, bit by bit as the one that it is of."""
        self._count, self.value = int(memory["count"]), float(memory["value"])
        self._balance.recall(memory["balance"])

    def warm_up(self, size: tuple[int, int]) -> None:
        """Takes the first, slow measurement of an image of `size` (width, height) now; changes nothing."""
        self._measure(np.zeros((size[1], size[0], 3), np.float32))

    def measure(self, image: np.ndarray) -> float:
        """The objective's value on `image`, as a step would find it; changes nothing."""
        return self._measure(image)[1]

    def gradient(self, image: np.ndarray) -> np.ndarray:
        """The objective's bare gradient by `image`, (H, W, 3) float32; changes nothing."""
        return self._measure(image)[0]

    def __call__(self, image: np.ndarray, seconds: float, look: Look) -> np.ndarray:
        shift = np.rint((self._count * R2 % 1 - 0.5) * look.jitter * self._stride).astype(int)
        self._count += 1
        gradient, self.value = self._measure(shifted(image, *shift))
        if not np.isfinite(gradient).all():
            return image  # a poisoned gradient never reaches the picture
        gradient = shifted_back(gradient, *shift)
        direction = self._balance(gradient, seconds, count=look.bands, tilt=look.tilt, evenness=look.evenness)
        if look.luma:
            direction = toward_grey(direction, look.luma)
        return np.clip(image + direction * np.float32(look.rate * seconds), -1, 1)


def toward_grey(direction: np.ndarray, share: float) -> np.ndarray:
    """`direction` (H, W, 3), by `share` without its colours and as strong as before."""
    grey = cv2.transform(direction, np.full((3, 3), 1 / 3))
    grey *= np.float32(cv2.norm(direction) / (cv2.norm(grey) + 1e-9))
    return direction + (grey - direction) * np.float32(share)


def shifted(image: np.ndarray, x: int, y: int) -> np.ndarray:
    """`image` (H, W, C) moved right by `x` and down by `y` pixels, either sign; the gap reflects its border."""
    height, width = image.shape[:2]
    left, right, top, bottom = max(x, 0), max(-x, 0), max(y, 0), max(-y, 0)
    wide = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(wide[bottom : bottom + height, right : right + width])


def shifted_back(gradient: np.ndarray, x: int, y: int) -> np.ndarray:
    """Undoes `shifted` for a gradient: what was moved out of the picture has none, and is 0."""
    height, width = gradient.shape[:2]
    result = np.zeros_like(gradient)
    result[max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)] = (
        gradient[max(y, 0) : height - max(-y, 0), max(x, 0) : width - max(-x, 0)]
    )
    return result
