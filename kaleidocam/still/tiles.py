"""Cuts a picture into tiles for the network, at other places in each step, so that no border leaves a seam.

Invariant: the tiles of a step cover every pixel once. The network also sees a margin of neighboring pixels, so that
near a tile's border it sees almost the same as without the border.

Source: the random roll of TensorFlow's DeepDream tutorial. Here the borders move by a low-discrepancy sequence, nothing
is rolled round the picture's edges, and no pixel is left out.
"""

from collections.abc import Callable, Iterator

import numpy as np

from kaleidocam.dream.ascent import R2, Measure
from kaleidocam.dream.jitter import shifted, shifted_back

MARGIN = 48  # pixels; with the moving borders, seams look like the rest of the picture (measured in the tests)

Box = tuple[slice, slice]
"""Rows and columns."""


def runs(length: int, side: int, shift: float) -> list[tuple[slice, slice]]:
    """Slices that cover 0 to `length`, each about `side` long; and for each the slice with its margin, for the network.
    All borders are moved by `shift`, -0.5 to 0.5 of the free range. All slices with margin have the same length: each
    new length would cost the network time and memory (0.8 GiB for those of 24 steps)."""
    count = -(-length // side)
    run = -(-length // count)
    wide, away = min(length, run + 2 * MARGIN), round(shift * 2 * MARGIN)
    borders = [0, *(k * run + away for k in range(1, count)), length]
    starts = [min(max(0, first - MARGIN), length - wide) for first in borders[:-1]]
    return [
        (slice(first, last), slice(start, start + wide))
        for first, last, start in zip(borders, borders[1:], starts, strict=False)
    ]


def tiles(shape: tuple[int, ...], side: int, step: int) -> list[tuple[Box, Box]]:
    """The tiles of a step. For each: the box of its own pixels, and the box that the network sees."""
    x, y = step * R2 % 1 - 0.5
    rows, columns = runs(shape[0], side, y), runs(shape[1], side, x)
    return [((top[0], left[0]), (top[1], left[1])) for top in rows for left in columns]


def within(own: Box, shown: Box) -> Box:
    """The box of a tile's `own` pixels, relative to the box `shown` to the network."""
    rows, columns = (
        slice(mine.start - all_.start, mine.stop - all_.start) for mine, all_ in zip(own, shown, strict=True)
    )
    return rows, columns


def gradients(
    image: Callable[[Box], np.ndarray],
    shape: tuple[int, ...],
    measure: Measure,
    *,
    side: int,
    step: int,
    jitter: float = 0.0,
) -> Iterator[tuple[Box, np.ndarray, float, int]]:
    """The gradient of each tile of a step: the box of its own pixels; their gradient, (h, w, 3) float32; the
    objective's value there; and the number of pixels that the network saw.

    `image`: box -> (h, w, 3) float32 RGB in [-1, 1]. `jitter`: range in pixels of the shift of all tiles.
    The gradient is that of the objective's sum over the tile's positions, so that tiles of all sizes count equally.
    """
    shift = np.rint((step * R2 % 1 - 0.5) * jitter).astype(int)
    for own, shown in tiles(shape, side, step):
        seen = image(shown)
        gradient, value = measure(shifted(seen, *shift))
        pixels = seen.shape[0] * seen.shape[1]
        yield own, shifted_back(gradient, *shift)[within(own, shown)] * np.float32(pixels), value, pixels


def value_of(image: Callable[[Box], np.ndarray], shape: tuple[int, ...], measure: Measure, *, side: int) -> float:
    """The objective of a full picture: the mean over its tiles."""
    seen = [(value, pixels) for _, _, value, pixels in gradients(image, shape, measure, side=side, step=0)]
    return sum(value * pixels for value, pixels in seen) / sum(pixels for _, pixels in seen)
