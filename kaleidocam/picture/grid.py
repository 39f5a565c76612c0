"""The dream's grid: of how many pixels the dream is made, and in which shape.

Invariant: it follows from the look and the size of the picture alone, so every process and every surface finds the
same one. Sizes are (width, height) in pixels.
"""

import math

from kaleidocam.settings.parameters import LARGEST_SIDE, SMALLEST_GRID, Look

# A side of a picture, and of a grid, is the root of its pixels, whatever its shape. A picture of 1280x720 (960) is
# dreamed at 576x324 (432): there a motif is large enough to be read, and small enough to lie on things.
USUAL_OUTPUT, USUAL_SIDE = 960.0, 432.0
# The grid's side grows with the root of the output's: four times the pixels have twice as many in the grid. Were it in
# step, a step at 4K would take nine times as long as at 1280x720; were it always the same, motifs would become coarse.
GROWTH = 0.5
LEAST_SIDE = 360.0  # 480x270: on fewer the upper layers have room for a few motifs only, however small the picture
MOST_SIDE = 960.0  # 1280x720: on more a step takes seconds on a processor; who wants it says so by `detail` or `grid`


def grid_of(look: Look, size: tuple[int, int]) -> tuple[int, int]:
    """The grid at which `look` is dreamed on a picture of `size`: its own where it has one, else one in the shape of
    the picture, as fine as its `detail` says."""
    if look.grid is not None:
        return look.grid
    output = math.sqrt(math.prod(size))
    side = min(MOST_SIDE, max(LEAST_SIDE, USUAL_SIDE * (output / USUAL_OUTPUT) ** GROWTH))
    return of_area(size, (look.detail * side) ** 2)


def of_area(shape: tuple[int, int], pixels: float) -> tuple[int, int]:
    """A grid of about so many `pixels` in the shape of `shape`: both sides even, and each within what a grid may have,
    so that a very long one has more. The longer side goes by the shorter one as it is rounded, which keeps the shape to
    a pixel."""
    aspect = max(shape) / min(shape)
    short = max(SMALLEST_GRID, _even(math.sqrt(pixels / aspect)))
    long = _even(short * aspect)
    if long > LARGEST_SIDE:
        short, long = max(SMALLEST_GRID, _even(LARGEST_SIDE / aspect)), LARGEST_SIDE
    return (long, short) if shape[0] >= shape[1] else (short, long)


def _even(side: float) -> int:
    return 2 * round(side / 2)
