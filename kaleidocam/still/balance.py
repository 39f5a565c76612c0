"""The gradient of a picture of any size, brought to unit deviation.

Invariant: it is the same for the whole picture at once and in blocks, but for what a block's border can see.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from kaleidocam.dream.bands import balanced, count_for, deviations, split
from kaleidocam.still.tiles import Box, within

BLOCK = 1024  # pixels a side, about, that are balanced at once
EDGE = 192  # pixels round a block that are looked at: beyond what its bands and their local deviations reach
WIDE = 144  # pixels: what is larger is a tint, no motif
GRID = 64  # pixels that a block's corner is a multiple of: the pyramid's pixels lie as they would in one piece

Put = tuple[Box, np.ndarray]
"""Rows and columns, and what belongs there, (h, w, 3) float32."""


def by_bands(gradient: np.ndarray, *, count: int, tilt: float, evenness: float) -> Iterator[Put]:
    """`gradient` (H, W, 3) with every band at its share, as `bands.BandBalance` has it, block by block."""
    count = count_for(gradient.shape, count)
    energy, pixels = np.zeros(count + 1), np.zeros(count + 1)
    for own, shown in _blocks(gradient.shape):
        inner = _inner(_split(gradient[shown], count), within(own, shown))
        sizes = np.array([band.size for band in inner])
        energy, pixels = energy + deviations(inner) ** 2 * sizes, pixels + sizes
    deviation = np.sqrt(energy / pixels)
    for own, shown in _blocks(gradient.shape):
        yield own, balanced(_split(gradient[shown], count), deviation, tilt=tilt, evenness=evenness)[within(own, shown)]


def _split(gradient: np.ndarray, count: int) -> list[np.ndarray]:
    """The bands of a part of a gradient, without what would only tint whole regions of the picture."""
    bands = split(gradient.astype(np.float32), count)
    reach = max(3, (WIDE >> count) | 1)
    bands[-1] = bands[-1] - cv2.blur(bands[-1], (reach, reach), borderType=cv2.BORDER_REFLECT)
    return bands


def by_deviation(gradient: np.ndarray, *, tiny: float) -> Iterator[Put]:
    """`gradient` (H, W, 3) over its deviation plus `tiny`, as TensorFlow's tutorial has it, block by block."""
    square = sum(float(np.square(rows, dtype=np.float64).sum()) for rows in gradient)
    mean = float(gradient.mean(dtype=np.float64))
    scale = np.float32(1 / (np.sqrt(max(0.0, square / gradient.size - mean**2)) + tiny + 1e-30))
    for own, _ in _blocks(gradient.shape):
        yield own, gradient[own].astype(np.float32) * scale


def _blocks(shape: tuple[int, ...]) -> list[tuple[Box, Box]]:
    """(own pixels, those that are looked at) of each block."""
    rows, columns = (_runs(length) for length in shape[:2])
    return [((top[0], left[0]), (top[1], left[1])) for top in rows for left in columns]


def _runs(length: int) -> list[tuple[slice, slice]]:
    run = -(-length // -(-length // BLOCK))
    run = -(-run // GRID) * GRID
    return [
        (slice(first, min(first + run, length)), slice(max(0, first - EDGE), min(first + run + EDGE, length)))
        for first in range(0, length, run)
    ]


def _inner(bands: list[np.ndarray], box: Box) -> list[np.ndarray]:
    """Of each band, what belongs to `box` of the whole."""
    return [
        band[tuple(slice(-(-side.start // 2**i), -(-side.stop // 2**i)) for side in box)]
        for i, band in enumerate(bands)
    ]
