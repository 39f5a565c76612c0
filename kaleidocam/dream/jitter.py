"""Jitter: shifts a picture a little and its gradient back, so that the network's own grid leaves no trace.

Invariant: pictures are (H, W, C) float32 NumPy arrays; inputs are never changed.

Source: the jitter of Mordvintsev, Olah and Tyka's notebook, 2015.
"""

import cv2
import numpy as np


def shifted(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    """`picture` moved right by `x` and down by `y` pixels, of either sign; the gap reflects the border."""
    height, width = picture.shape[:2]
    left, right, top, bottom = max(x, 0), max(-x, 0), max(y, 0), max(-y, 0)
    wide = cv2.copyMakeBorder(picture, top, bottom, left, right, cv2.BORDER_REFLECT_101)
    return np.ascontiguousarray(wide[bottom : bottom + height, right : right + width])


def shifted_back(gradient: np.ndarray, x: int, y: int) -> np.ndarray:
    """Undoes `shifted` for a gradient; pixels that were moved out of the picture get 0."""
    height, width = gradient.shape[:2]
    result = np.zeros_like(gradient)
    result[max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)] = gradient[
        max(y, 0) : height - max(-y, 0), max(x, 0) : width - max(-x, 0)
    ]
    return result
