"""How a film shows the source's picture (before) and the dreamed one (after).

Invariant: each way gives pictures of a fixed size, with even sides if the source's are even; no pixel is scaled.
"""

import numpy as np

SHOWN = ("dreamed", "side-by-side", "split", "above")
LINE = 1 / 360  # width of the line in `split`, as a share of the picture's shorter side
WHITE = 255


def shown_size(how: str, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the picture that `shown` returns for pictures of `size`."""
    width, height = size
    return {"side-by-side": (2 * width, height), "above": (width, 2 * height)}.get(how, size)


def shown(how: str, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The source's picture `before` and the dreamed one `after`, combined. `how`, one of SHOWN: only the dreamed
    picture; both, side by side or one above the other; or the left half of `before` and the right half of `after`, with
    a white line between. All are (H, W, 3) uint8 BGR. ValueError for another `how`."""
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
