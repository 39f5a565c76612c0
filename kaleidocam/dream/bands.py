"""The balance of a gradient's Laplacian bands: each band is brought to the same strength.

Invariant: the result has the shape of the gradient, no mean, and unit deviation whatever the gradient's scale.

Source: Mordvintsev et al. 2015, the Laplacian-pyramid normalisation of the DeepDream notebooks of TensorFlow 0.x.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kaleidocam.dream.compute.imaging import PROCESSOR, Amount, Imaging, Picture

FLOOR = 0.05  # of the strongest band's deviation: a band that is all but empty is not amplified to full strength
SMOOTHING_SECONDS = 0.25  # half-life of the average of a band's deviation, so that the look does not pump


def split(gradient: Picture, count: int, on: Imaging = PROCESSOR) -> list[Picture]:
    """`count` bands, finest first, and the low-frequency rest; enlarged, they add up to `gradient` (H, W, 3)."""
    bands = []
    for _ in range(count):
        small = on.down(gradient)
        bands.append(gradient - on.up(small, gradient.shape))
        gradient = small
    return [*bands, gradient]


def join(bands: list[Picture], on: Imaging = PROCESSOR) -> Picture:
    """The sum of all bands at the size of the first."""
    total = bands[-1]
    for band in reversed(bands[:-1]):
        total = band + on.up(total, band.shape)
    return total


class BandBalance:
    """Brings each band to unit deviation. State: the deviations, smoothed over time; `reset` clears them.

    It uses `count` bands (fewer on a small image). `evenness` blends from a single deviation per band (0) to a local
    deviation at each place (1), so that dark and smooth places dream like bright ones.
    """

    def __init__(self, on: Imaging = PROCESSOR) -> None:
        self._on = on
        self.reset()

    def reset(self) -> None:
        self._deviations: Any = None

    def state(self) -> dict[str, Any]:
        """All that the next call depends on, besides its arguments."""
        return {"deviations": None if self._deviations is None else self._on.numpy(self._deviations)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continues from a `state`."""
        kept = state["deviations"]
        self._deviations = None if kept is None else self._on.array(kept)

    def __call__(
        self, gradient: Picture, seconds: float, *, count: int = 4, tilt: float = 0.0, evenness: float = 0.0
    ) -> Picture:
        """Gradient (H, W, 3) float32 -> the same with balanced bands, at unit deviation overall.

        `seconds`: since the previous call; `tilt` in [-1, 1]: above 0 it favors fine bands, below 0 coarse ones.
        """
        count = count_for(gradient.shape, count)
        before, share = self._deviations, 1 - 0.5 ** (seconds / SMOOTHING_SECONDS)
        if before is not None and len(before) != count + 1:
            before = None
        parts, power = shares(count + 1, tilt), -0.5 * evenness
        direction, self._deviations = self._on.at_once(
            _balance, gradient, before, share, power, *parts, even=evenness != 0
        )
        return direction


def _balance(
    on: Imaging, gradient: Picture, before: Any, share: Amount, power: Amount, *parts: Amount, even: bool
) -> tuple[Picture, Any]:
    bands = split(gradient, len(parts) - 1, on)
    now = deviations(bands, on)
    bands[-1] = on.centered(bands[-1])  # the mean would only tint the whole picture
    now = now if before is None else before + (now - before) * share
    return _weighted(on, bands, now, parts, power if even else None), now


def count_for(shape: tuple[int, ...], count: int) -> int:
    """The number of bands, at most `count`, into which a gradient of `shape` (H, W, …) can be split."""
    return min(count, int(np.log2(min(shape[:2]))) - 2)


def deviations(bands: list[Picture], on: Imaging = PROCESSOR) -> Any:
    """The root mean square of each band, (n,)."""
    return on.several([on.length(band) / math.prod(band.shape) ** 0.5 for band in bands])


def balanced(
    bands: list[Picture], by: Any, *, tilt: float = 0.0, evenness: float = 0.0, on: Imaging = PROCESSOR
) -> Picture:
    """The bands of a gradient, each divided by its deviation (`by`) and weighted by `tilt`, joined again. The result
    has unit deviation where `by` holds the bands' own deviations."""
    return _weighted(on, bands, by, shares(len(bands), tilt), -0.5 * evenness if evenness else None)


def shares(count: int, tilt: float) -> list[float]:
    """The weights of `count` bands; their squares add up to 1."""
    weights = 2.0 ** (tilt * np.linspace(2, -2, count))
    return (weights / np.sqrt(np.sum(weights**2))).tolist()


def _weighted(on: Imaging, bands: list[Picture], by: Any, parts: Sequence[Amount], power: Amount | None) -> Picture:
    floor = FLOOR * on.highest(by) + 1e-30  # never a division by zero
    return join(
        [
            band * on.number(part / on.at_least(by[i], floor))
            if power is None
            else _even(band * on.number(1 / on.at_least(by[i], floor)), power, on) * on.number(part)
            for i, (band, part) in enumerate(zip(bands, parts, strict=True))
        ],
        on,
    )


def _even(band: Picture, power: Amount, on: Imaging) -> Picture:
    """A unit-deviation band times its local mean square (over an eighth of the image) to a `power`."""
    reach = max(3, min(band.shape[:2]) // 8) | 1
    energy = on.blurred(on.energy(band), reach)
    return on.scaled(band, (energy + 0.02) ** on.number(power))
