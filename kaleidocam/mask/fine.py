"""Masks whose own edge is the truth: brought to a picture's size, moved and softened.

Invariant: nothing here has state; shades between 0 and 1 stay shades.
"""

from collections.abc import Callable

import cv2
import numpy as np

WHOLE = 255  # of a share in bytes
ROWS = 360  # at most, of a mask whose edge is moved or softened: nobody sees a finer one
STEP = 4  # pixels that an edge is moved at once: a large disc takes far longer than several small ones


def fine(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`mask` (h, w) float32, 0 to 1, at `shape` (H, W): uint8, 0 to 255."""
    large = cv2.convertScaleAbs(mask, alpha=WHOLE)
    if mask.shape == tuple(shape):
        return large
    smaller = mask.shape[0] > shape[0]
    return cv2.resize(large, shape[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def spread(mask: np.ndarray, grow: float, soft: float) -> np.ndarray:
    """`mask` (h, w) float32, 0 to 1, with what is white in it moved outward by `grow` (below 0: inward), and spread
    over `soft`, both as shares of the height; unchanged where both are 0."""
    if grow == 0 and soft == 0:
        return mask
    if (height := mask.shape[0]) > ROWS:
        mask = cv2.resize(mask, (round(mask.shape[1] * ROWS / height), ROWS), interpolation=cv2.INTER_AREA)
    height = mask.shape[0]
    if grow:
        mask = _grown(mask, abs(grow) * height, cv2.dilate if grow > 0 else cv2.erode)
    if soft:
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.1, soft * height / 4), borderType=cv2.BORDER_REPLICATE)
    return mask


def _grown(mask: np.ndarray, way: float, move: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Moved by `way` pixels, in whole ones and a share of one more."""
    whole = int(way)
    for at in range(0, whole, STEP):
        mask = move(mask, _disc(min(STEP, whole - at)))
    rest = way - whole
    return mask if rest == 0 else cv2.addWeighted(mask, 1 - rest, move(mask, _disc(1)), rest, 0)


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
