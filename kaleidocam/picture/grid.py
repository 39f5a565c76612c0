"""The dream's grid: the size, in pixels, at which the dream is computed.

Invariant: the grid depends only on the look and the size of the picture, so every process and every surface finds the
same grid. Sizes are (width, height) in pixels.
"""

import math

from kaleidocam.settings.parameters import LARGEST_SIDE, SMALLEST_GRID, Look

# "Side" means the square root of the number of pixels, whatever the shape. A picture of 1280x720 (side 960) is dreamed
# at 576x324 (side 432): there a motif is large enough to recognize, and small enough to fit onto things.
USUAL_OUTPUT, USUAL_SIDE = 960.0, 432.0
# The grid's side grows with the square root of the output's side: for four times the pixels, the grid has twice as
# many. In proportion, a step at 4K would take nine times as long as at 1280x720; with a fixed grid, motifs would become
# coarse.
GROWTH = 0.5
LEAST_SIDE = 360.0  # 480x270, however small the picture: below it the upper layers have room for only a few motifs
MOST_SIDE = 960.0  # 1280x720: above it a step takes seconds on a processor; `detail` or `grid` allow more


def grid_of(look: Look, size: tuple[int, int]) -> tuple[int, int]:
    """The grid at which `look` is dreamed on a picture of `size`: `look.grid` where it is set, else a grid in the
    shape of the picture, as fine as `look.detail` says."""
    if look.grid is not None:
        return look.grid
    output = math.sqrt(math.prod(size))
    side = min(MOST_SIDE, max(LEAST_SIDE, USUAL_SIDE * (output / USUAL_OUTPUT) ** GROWTH))
    return of_area(size, (look.detail * side) ** 2)


def of_area(shape: tuple[int, int], pixels: float) -> tuple[int, int]:
    """A grid of about `pixels` pixels in the shape of `shape`. Both sides are even and within the allowed range of a
    grid, so a very long grid has more pixels. The longer side is computed from the rounded shorter side, which keeps
    the shape exact to a pixel."""
    aspect = max(shape) / min(shape)
    short = max(SMALLEST_GRID, _even(math.sqrt(pixels / aspect)))
    long = _even(short * aspect)
    if long > LARGEST_SIDE:
        short, long = max(SMALLEST_GRID, _even(LARGEST_SIDE / aspect)), LARGEST_SIDE
    return (long, short) if shape[0] >= shape[1] else (short, long)


def _even(side: float) -> int:
    return 2 * round(side / 2)
