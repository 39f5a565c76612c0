"""Resampling along one axis, as matrices from the places of a line to those of another.

Invariant: the same numbers as OpenCV's own, within float32. The matrices are NumPy arrays, (new length, length)
float32. Any backend can multiply by them; on a GPU that is faster than to fetch the few places that count.
"""

import cv2
import numpy as np

SMOOTH = np.array((1, 4, 6, 4, 1), np.float32) / 16  # weights of a Gaussian pyramid (Burt and Adelson 1983)


def down(length: int) -> np.ndarray:
    """Half as long, like cv2.pyrDown."""
    at = 2 * np.arange((length + 1) // 2)[:, None] + np.arange(-2, 3)
    return _matrix(mirrored(at, length), np.broadcast_to(SMOOTH, at.shape), length)


def up(length: int, to: int) -> np.ndarray:
    """Twice as long, or one less, like cv2.pyrUp: mirrored at the first place; the last place is repeated."""
    even = np.arange(to)[:, None] % 2 == 0
    at = np.abs(np.arange(to)[:, None] // 2 + np.arange(-1, 2))
    weights = np.where(even, np.array([1, 6, 1]), np.array([0, 4, 4])) / 8
    return _matrix(np.minimum(at, length - 1), weights, length)


def scaled(length: int, to: int, interpolation: int) -> np.ndarray:
    """To another length, like cv2.resize with that interpolation."""
    return cv2.resize(np.eye(length, dtype=np.float32), (length, to), interpolation=interpolation)


def mean(length: int, reach: int) -> np.ndarray:
    """The mean of `reach` places round each, like cv2.blur with cv2.BORDER_REFLECT."""
    return cv2.blur(np.eye(length, dtype=np.float32), (1, reach), borderType=cv2.BORDER_REFLECT)


def mirrored(at: np.ndarray, length: int) -> np.ndarray:
    """Any places, mapped into 0 to `length` - 1 by cv2.BORDER_REFLECT_101, int32."""
    at = np.mod(at, max(1, 2 * length - 2))
    return np.where(at < length, at, max(1, 2 * length - 2) - at).astype(np.int32)


def _matrix(at: np.ndarray, weights: np.ndarray, length: int) -> np.ndarray:
    """The matrix that sums the places `at`, (n, taps), times their weights."""
    result = np.zeros((len(at), length), np.float32)
    np.add.at(result, (np.arange(len(at))[:, None], at), weights)
    return result
