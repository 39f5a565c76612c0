"""Resampling along one axis, as tables of source places and their weights.

Invariant: the same numbers as OpenCV's own, within float32. The tables are NumPy arrays; any backend can apply them.
"""

import cv2
import numpy as np

SMOOTH = (1, 4, 6, 4, 1)  # sixteenths: the weights of a Gaussian pyramid (Burt and Adelson 1983)

Taps = tuple[np.ndarray, np.ndarray]
"""For each of n places of the result, its source places, (taps, n) int32, and their weights, (taps, n) float32."""


def down(length: int) -> Taps:
    """Half as long, like cv2.pyrDown."""
    at = 2 * np.arange((length + 1) // 2)[None] + np.arange(-2, 3)[:, None]
    return mirrored(at, length), np.repeat(np.array(SMOOTH, np.float32)[:, None] / 16, at.shape[1], 1)


def up(length: int, to: int) -> Taps:
    """Twice as long, or one less, like cv2.pyrUp: mirrored at the first place; the last place is repeated."""
    even = np.arange(to) % 2 == 0
    at = np.abs(np.arange(to)[None] // 2 + np.arange(-1, 2)[:, None])
    weights = np.where(even, np.array([[1], [6], [1]]), np.array([[0], [4], [4]])) / 8
    return np.minimum(at, length - 1).astype(np.int32), weights.astype(np.float32)


def scaled(length: int, to: int, interpolation: int) -> Taps:
    """To another length, like cv2.resize with that interpolation."""
    return _taps(cv2.resize(np.eye(length, dtype=np.float32), (length, to), interpolation=interpolation))


def mean(length: int, reach: int) -> Taps:
    """The mean of `reach` places round each, like cv2.blur with cv2.BORDER_REFLECT."""
    return _taps(cv2.blur(np.eye(length, dtype=np.float32), (1, reach), borderType=cv2.BORDER_REFLECT))


def widened(length: int, by: int) -> tuple[np.ndarray]:
    """The source places of a line with `by` more at each end, by cv2.BORDER_REFLECT: (length + 2 * by,) int32."""
    return (mirrored(np.arange(-by, length + by), length, edge_twice=True),)


def mirrored(at: np.ndarray, length: int, *, edge_twice: bool = False) -> np.ndarray:
    """Any places, mapped into 0 to `length` - 1, int32: by cv2.BORDER_REFLECT_101, or with `edge_twice` by
    cv2.BORDER_REFLECT."""
    period, last = (2 * length, 2 * length - 1) if edge_twice else (max(1, 2 * length - 2),) * 2
    at = np.mod(at, period)
    return np.where(at < length, at, last - at).astype(np.int32)


def _taps(matrix: np.ndarray) -> Taps:
    """The taps of an (n, length) matrix with few nonzero entries per row."""
    most = int((matrix != 0).sum(1).max())
    at = np.argsort(matrix == 0, 1, kind="stable")[:, :most]
    return at.T.astype(np.int32), np.take_along_axis(matrix, at, 1).T.astype(np.float32)
