"""The gradient of a picture of any size, brought to unit deviation.

Invariant: the result in blocks is that of the full picture at once, up to effects at the blocks' borders.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from kaleidocam.dream.bands import balanced, count_for, deviations, split
from kaleidocam.still.tiles import Box, within

BLOCK = 1024  # pixels per side of a block, about
EDGE = 192  # pixels round a block that are also read: more than the reach of its bands and their local deviations
WIDE = 144  # pixels: larger structures are a tint, not a motif
GRID = 64  # pixels; corners of blocks are multiples of it, so that the pyramid's pixels lie as in the full picture

Put = tuple[Box, np.ndarray]
"""Rows and columns, and the values for them, (h, w, 3) float32."""


def by_bands(gradient: np.ndarray, *, count: int, tilt: float, evenness: float) -> Iterator[Put]:
    """`gradient` (H, W, 3) with balanced bands, as by `bands.BandBalance`, block by block."""
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
    """The bands of a part of a gradient, without the lowest frequencies, which would only tint large regions."""
    bands = split(gradient.astype(np.float32), count)
    reach = max(3, (WIDE >> count) | 1)
    bands[-1] = bands[-1] - cv2.blur(bands[-1], (reach, reach), borderType=cv2.BORDER_REFLECT)
    return bands


def by_deviation(gradient: np.ndarray, *, tiny: float) -> Iterator[Put]:
    """`gradient` (H, W, 3) divided by its deviation plus `tiny`, as in TensorFlow's tutorial, block by block."""
    square = sum(float(np.square(rows, dtype=np.float64).sum()) for rows in gradient)
    mean = float(gradient.mean(dtype=np.float64))
    scale = np.float32(1 / (np.sqrt(max(0.0, square / gradient.size - mean**2)) + tiny + 1e-30))
    for own, _ in _blocks(gradient.shape):
        yield own, gradient[own].astype(np.float32) * scale


def _blocks(shape: tuple[int, ...]) -> list[tuple[Box, Box]]:
    """(own pixels, pixels that are read) of each block."""
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
    """The part of each band that belongs to `box` of the finest band."""
    return [
        band[tuple(slice(-(-side.start // 2**i), -(-side.stop // 2**i)) for side in box)]
        for i, band in enumerate(bands)
    ]
