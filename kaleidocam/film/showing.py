"""How the before and after are shown in a film.

Invariant: every way gives pictures of one size, even sides where the source's are even; no pixel is scaled.
"""

import numpy as np

SHOWN = ("dreamed", "side-by-side", "split", "above")
LINE = 1 / 360  # of the picture's shorter side: the line's width in `split`
WHITE = 255


def shown_size(how: str, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of what `shown` makes of pictures of `size`."""
    width, height = size
    return {"side-by-side": (2 * width, height), "above": (width, 2 * height)}.get(how, size)


def shown(how: str, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The source's picture `before` and the dreamed one `after`, shown as `how`, one of SHOWN, says: the dreamed one
    alone, the two beside or above each other, or the left half of one and the right half of the other, parted by a
    white line. All are (H, W, 3) uint8 BGR. ValueError for anything else."""
    if how == "dreamed":
        return after
    if how == "side-by-side":
        return np.hstack([before, after])
    if how == "above":
        return np.vstack([before, after])
    if how == "split":
        return _split(before, after)
    raise ValueError(f"no way to show a film '{how}'; there are {', '.join(SHOWN)}")


def _split(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    height, width = before.shape[:2]
    middle, line = width // 2, 2 * max(1, round(min(height, width) * LINE / 2))
    picture = after.copy()
    picture[:, :middle] = before[:, :middle]
    picture[:, max(0, middle - line // 2) : middle + line // 2] = WHITE
    return picture
