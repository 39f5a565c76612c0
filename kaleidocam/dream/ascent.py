"""One step of a dream: measure the gradient, balance its bands, climb.

Invariant: no framework here; the gradient is injected. The only state is the bands' deviations and the step count.

Source: Mordvintsev, Olah and Tyka 2015, "Inceptionism"; jitter as in their notebook.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kaleidocam.dream.bands import BandBalance
from kaleidocam.dream.compute.imaging import PROCESSOR, Amount, Imaging, Picture
from kaleidocam.settings.parameters import Look

# The plastic number's powers: the two-dimensional low-discrepancy sequence R2 of Martin Roberts (2018). Successive
# shifts lie far apart and fill the stride evenly, where random ones would clump and flicker.
R2 = np.array([0.7548776662466927, 0.5698402909980532])

EDGE = 8  # pixels added in all, at least, half on each side: the network sees the outermost pixels from one side only
SIZES = 12  # picture sizes whose balance is kept; the oldest are dropped, as those of an earlier grid
STEP_SECONDS = 1 / 15  # seconds that a step stands for where there is no video: to warm up or to be measured

Measure = Callable[[Picture], tuple[Picture, Amount]]
"""(H, W, 3) float32 RGB in [-1, 1] -> gradient of the same shape, and the objective's value."""


class Ascent:
    """A Dreamer that climbs an objective, with the pictures of `on`."""

    ready = True

    def __init__(self, measure: Measure, stride: int, on: Imaging = PROCESSOR, *, exact: int = 0) -> None:
        """`stride`: pixels between neighboring positions of the objective's highest layer, the unit of jitter.
        `exact`: as `Architecture.exact`; pixels that a layer does not see would not dream."""
        self._measure, self._stride, self._exact, self._on = measure, stride, exact, on
        self.reset()

    def reset(self, channel: str | None = None) -> None:
        """Clears the state; the next step is like the first. `channel` has no effect: there is only one."""
        self._balances: dict[tuple[int, int], BandBalance] = {}  # one for each picture size
        self._count = 0
        self._value: Amount = float("nan")

    @property
    def value(self) -> float:
        """The objective before the last step; nan before the first step."""
        return float(self._value)

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, besides their arguments: numbers, arrays and None."""
        balances = {f"{size[0]}x{size[1]}": balance.state() for size, balance in self._balances.items()}
        return {"count": self._count, "value": self.value, "balances": balances}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues from a `state`, bit for bit like the Ascent that gave it."""
        self._count, self._value = int(state["count"]), float(state["value"])
        self._balances = {}
        for size, balance in state["balances"].items():
            rows, columns = map(int, size.split("x"))
            self._balance((rows, columns)).restore(balance)

    def _balance(self, size: tuple[int, int]) -> BandBalance:
        """The balance for pictures of `size` (rows, columns)."""
        if size not in self._balances:
            while len(self._balances) >= SIZES:
                del self._balances[next(iter(self._balances))]
            self._balances[size] = BandBalance(self._on)
        return self._balances[size]

    def pass_time(self, seconds: float, look: Look) -> None:
        """Does nothing: between steps nothing changes."""

    def notice(self) -> str | None:
        return None

    def warm_up(self, size: tuple[int, int]) -> None:
        """Takes the slow first step at `size` (width, height) now; the state does not change. Any thread."""
        other = Ascent(self._measure, self._stride, self._on, exact=self._exact)
        self._on.numpy(other(self._on.array(np.zeros((size[1], size[0], 3), np.float32)), STEP_SECONDS, Look()))

    def measure(self, image: np.ndarray) -> float:
        """The objective's value on `image`, (H, W, 3) float32, as a step would measure it; changes nothing."""
        return float(self._measure(self._on.array(image))[1])

    def gradient(self, image: np.ndarray) -> np.ndarray:
        """The objective's raw gradient by `image`, (H, W, 3) float32; changes nothing."""
        return self._on.numpy(self._measure(self._on.array(image))[0])

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        frame = self._frame(image.shape, look.jitter)
        self._count += 1
        gradient, self._value = self._measure(self._on.framed(image, *frame))
        if not self._on.finite(gradient):
            return image  # a gradient that is not finite never reaches the picture
        top, left = frame[0], frame[2]
        gradient = gradient[top : top + image.shape[0], left : left + image.shape[1]]
        balance = self._balance(tuple(image.shape[:2]))
        direction = balance(gradient, seconds, count=look.bands, tilt=look.tilt, evenness=look.evenness)
        return image + direction * self._on.number(look.rate * seconds)

    def _frame(self, shape: Sequence[int], jitter: float) -> tuple[int, int, int, int]:
        """Rows above and below, and columns left and right, to add to a picture of `shape` (H, W, …), so that the
        network sees all of it. Jitter moves the picture within this frame."""
        most = jitter * self._stride
        rims = [EDGE + most + (self._exact - side - EDGE - most) % self._stride for side in shape[:2]]
        at = self._count * R2[::-1] % 1
        before = [round(rim / 2 + (part - 0.5) * most) for rim, part in zip(rims, at, strict=True)]
        return tuple(part for rim, first in zip(map(round, rims), before, strict=True) for part in (first, rim - first))
