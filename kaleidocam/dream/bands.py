"""Every band gets its share: a gradient's Laplacian bands, each brought to the same strength.

Invariant: what comes out has the shape of what came in, no mean, and unit deviation whatever the gradient's scale.

Source: Mordvintsev et al. 2015, the Laplacian-pyramid normalisation of the DeepDream notebooks of TensorFlow 0.x.
"""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

FLOOR = 0.05  # of a band's running deviation: a blank frame's gradient is not blown up to full strength
MEAN = np.full((1, 3), 1 / 3, np.float32)  # of the colours; NumPy's own mean over them takes twenty times as long
SMOOTHING_SECONDS = 0.25  # over which a band's deviation is averaged, so that the look does not pump


def split(gradient: np.ndarray, count: int) -> list[np.ndarray]:
    """`count` bands, finest first, and the low rest last; they add up to `gradient` (H, W, 3) when enlarged."""
    bands = []
    for _ in range(count):
        small = cv2.pyrDown(gradient)
        bands.append(gradient - cv2.pyrUp(small, dstsize=gradient.shape[1::-1]))
        gradient = small
    return [*bands, gradient]


def join(bands: list[np.ndarray]) -> np.ndarray:
    """The sum of all bands at the size of the first."""
    total = bands[-1]
    for band in reversed(bands[:-1]):
        total = band + cv2.pyrUp(total, dstsize=band.shape[1::-1])
    return total


class BandBalance:
    """Brings each band to unit deviation, by deviations smoothed over time. Memory: those deviations; `reset` clears.

    `count` bands are used (fewer on a small image). `evenness` from 0 to 1 goes from one deviation for the whole
    band to a deviation for each place, so that dark and smooth places dream as bright ones do.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._deviations: np.ndarray | None = None

    def memory(self) -> dict[str, Any]:
        """All that the next call depends on, besides what it is given."""
        return {"deviations": self._deviations}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Goes on from a `memory`."""
        self._deviations = memory["deviations"]

    def __call__(
        self, gradient: np.ndarray, seconds: float, *, count: int = 4, tilt: float = 0.0, evenness: float = 0.0
    ) -> np.ndarray:
        """Gradient (H, W, 3) float32 -> the same with every band at unit deviation, scaled to unit deviation overall.

        `seconds` since the call before; `tilt` in [-1, 1] favours the fine bands above 0, the coarse below.
        """
        bands = split(gradient, count_for(gradient.shape, count))
        now = deviations(bands)
        bands[-1] = bands[-1] - bands[-1].mean((0, 1))  # the low rest's mean would only tint the whole picture
        before = self._deviations
        if before is None or len(before) != len(now):
            self._deviations = now
        else:
            self._deviations = before + (now - before) * (1 - 0.5 ** (seconds / SMOOTHING_SECONDS))
        return balanced(bands, self._deviations, tilt=tilt, evenness=evenness)


def count_for(shape: tuple[int, ...], count: int) -> int:
    """Into how many bands, `count` at most, a gradient of `shape` (H, W, …) can be split."""
    return min(count, int(np.log2(min(shape[:2]))) - 2)


def deviations(bands: list[np.ndarray]) -> np.ndarray:
    """The root mean square of each band."""
    return np.array([cv2.norm(band) / band.size**0.5 for band in bands])


def balanced(bands: list[np.ndarray], by: np.ndarray, *, tilt: float = 0.0, evenness: float = 0.0) -> np.ndarray:
    """The bands of a gradient put together again, each divided `by` its deviation and weighed by `tilt`: unit deviation
    overall where `by` are the bands' own."""
    floor = FLOOR * by.max() + 1e-30  # and never a division by nothing
    shares = 2.0 ** (tilt * np.linspace(2, -2, len(bands)))
    shares /= np.sqrt(np.sum(shares**2))
    scaled = [
        band * np.float32(share / max(deviation, floor)) if evenness == 0 else
        _even(band * np.float32(1 / max(deviation, floor)), evenness) * np.float32(share)
        for band, share, deviation in zip(bands, shares, by, strict=True)
    ]
    return join(scaled)


def _even(band: np.ndarray, evenness: float) -> np.ndarray:
    """Divides a unit-deviation band by its own local deviation, taken over an eighth of the image, to the power
    `evenness`."""
    reach = max(3, min(band.shape[:2]) // 8) | 1
    energy = cv2.blur(cv2.transform(band * band, MEAN), (reach, reach), borderType=cv2.BORDER_REFLECT)
    return cv2.multiply(band, cv2.cvtColor((energy + 0.02) ** np.float32(-0.5 * evenness), cv2.COLOR_GRAY2BGR))
