"""One step of a dream: gradient, every band its share, up.

Invariant: no framework here; the gradient is injected. The one memory is the bands' deviations and the step count.

Source: Mordvintsev, Olah and Tyka 2015, "Inceptionism"; jitter as in their notebook.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kaleidocam.dream.bands import BandBalance
from kaleidocam.dream.imaging import PROCESSOR, Amount, Imaging, Picture
from kaleidocam.settings import Look

# The plastic number's powers: the two-dimensional low-discrepancy sequence R2 of Martin Roberts (2018). Successive
# shifts lie far apart and fill the stride evenly, where random ones would clump and flicker.
R2 = np.array([0.7548776662466927, 0.5698402909980532])

STEP_SECONDS = 1 / 15  # that a step stands for where no video says, to warm up or to be measured

Measure = Callable[[Picture], tuple[Picture, Amount]]
"""(H, W, 3) float32 RGB in [-1, 1] -> gradient of the same shape, and the objective's value."""


class Ascent:
    """A Dreamer that climbs an objective, of pictures as `on` has them."""

    def __init__(self, measure: Measure, stride: int, on: Imaging = PROCESSOR) -> None:
        """`stride`: pixels between neighbouring positions of the objective's highest layer, the unit of jitter."""
        self._measure, self._stride, self._on = measure, stride, on
        self._balance = BandBalance(on)
        self.reset()

    def reset(self) -> None:
        """Forgets: the next step is as the first."""
        self._balance.reset()
        self._count = 0
        self._value: Amount = float("nan")

    @property
    def value(self) -> float:
        """What the objective was before the last step; nan before any."""
        return float(self._value)

    def memory(self) -> dict[str, Any]:
        """All that the following steps depend on, besides what they are given: numbers, arrays and None."""
        return {"count": self._count, "value": self.value, "balance": self._balance.memory()}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Goes on from a `memory`, bit by bit as the one that it is of."""
        self._count, self._value = int(memory["count"]), float(memory["value"])
        self._balance.recall(memory["balance"])

    def warm_up(self, size: tuple[int, int]) -> None:
        """Takes the first, slow step with an image of `size` (width, height) now; changes nothing."""
        memory = self.memory()
        self._on.numpy(self(self._on.array(np.zeros((size[1], size[0], 3), np.float32)), STEP_SECONDS, Look()))
        self.recall(memory)

    def measure(self, image: np.ndarray) -> float:
        """The objective's value on `image`, (H, W, 3) float32, as a step would find it; changes nothing."""
        return float(self._measure(self._on.array(image))[1])

    def gradient(self, image: np.ndarray) -> np.ndarray:
        """The objective's bare gradient by `image`, (H, W, 3) float32; changes nothing."""
        return self._on.numpy(self._measure(self._on.array(image))[0])

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        shift = np.rint((self._count * R2 % 1 - 0.5) * look.jitter * self._stride).astype(int)
        self._count += 1
        gradient, self._value = self._measure(self._on.shifted(image, *shift))
        if not self._on.finite(gradient):
            return image  # a poisoned gradient never reaches the picture
        gradient = self._on.shifted_back(gradient, *shift)
        direction = self._balance(gradient, seconds, count=look.bands, tilt=look.tilt, evenness=look.evenness)
        if look.luma:
            direction = toward_grey(direction, look.luma, self._on)
        return self._on.clip(image + direction * self._on.number(look.rate * seconds), -1, 1)


def toward_grey(direction: Picture, share: float, on: Imaging = PROCESSOR) -> Picture:
    """`direction` (H, W, 3), by `share` without its colours and as strong as before."""
    grey = on.greyed(direction)
    grey = grey * on.number(on.length(direction) / (on.length(grey) + 1e-9))
    return direction + (grey - direction) * np.float32(share)
