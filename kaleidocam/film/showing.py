"""How a film shows the source's picture (before) and the dreamed one (after).

Invariant: each way gives pictures of a fixed size, with even sides if the source's are even; no pixel is scaled.
"""

from collections.abc import Callable
from typing import overload

import numpy as np

from kaleidocam.planes import Picture, Planes, on_both

SHOWN = ("dreamed", "side-by-side", "split", "above")
LINE = 1 / 360  # width of the line in `split`, as a share of the picture's shorter side
WHITE = 255


def shown_size(how: str, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the picture that `shown` returns for pictures of `size`."""
    width, height = size
    return {"side-by-side": (2 * width, height), "above": (width, 2 * height)}.get(how, size)


@overload
def shown(how: str, before: np.ndarray, after: np.ndarray) -> np.ndarray: ...
@overload
def shown(how: str, before: Picture, after: Picture) -> Picture: ...
def shown(how: str, before: Picture, after: Picture) -> Picture:
    """The source's picture `before` and the dreamed one `after`, combined. `how`, one of SHOWN: only the dreamed
    picture; both, side by side or one above the other; or the left half of `before` and the right half of `after`, with
    a white line between. All are (H, W, 3) uint8 BGR, or planes. ValueError for another `how`."""
    if how == "dreamed":
        return after
    if how == "side-by-side":
        return _beside(before, after, np.hstack)
    if how == "above":
        return _beside(before, after, np.vstack)
    if how == "split":
        return _split(before, after)
    raise ValueError(f"no way to show a film '{how}'; there are {', '.join(SHOWN)}")


def _beside(before: Picture, after: Picture, put: Callable[[list[np.ndarray]], np.ndarray]) -> Picture:
    both = on_both(before, after, lambda one, other: put([one, other]))
    if not isinstance(both, Planes):
        return both
    sizes = (both.format.plane_size(both.size, plane) for plane in range(3))  # of an odd side, two halves are too many
    return both.each(lambda plane: plane[: (sides := next(sizes))[1], : sides[0]])


def _split(before: Picture, after: Picture) -> Picture:
    height, width = before.shape[:2]
    line = 2 * max(1, round(min(height, width) * LINE / 2))
    whites = iter(before.format.white if isinstance(before, Planes) else [WHITE])

    def parted(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        share, picture = one.shape[1] / width, other.copy()
        middle, thick = round(width // 2 * share), max(1, round(line * share))
        picture[:, :middle] = one[:, :middle]
        picture[:, max(0, middle - thick // 2) : middle + (thick + 1) // 2] = round(next(whites))
        return picture

    return on_both(before, after, parted)
