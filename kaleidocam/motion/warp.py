"""Carrying pictures along a flow.

Invariant: a flow is backward, (H, W, 2) float32 in pixels: what is at (x, y) now was at (x, y) + flow[y, x] one frame
earlier.
"""

from functools import lru_cache

import cv2
import numpy as np

STILL = 0.1  # pixels: less is noise of the measurement, and resampling for it would only blur the layer


@lru_cache(maxsize=4)
def _positions(height: int, width: int) -> np.ndarray:
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    grid.flags.writeable = False
    return grid


def positions(shape: tuple[int, ...]) -> np.ndarray:
    """(H, W, 2) float32: x and y of every pixel. Read-only, shared."""
    return _positions(*shape[:2])


def sample(picture: np.ndarray, flow: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """`picture` (H, W[, C]) of the previous frame, warped to this one; edges repeat."""
    return cv2.remap(picture, positions(flow.shape) + flow, None, interpolation, borderMode=cv2.BORDER_REPLICATE)


def steadied(flow: np.ndarray) -> np.ndarray:
    """`flow`, set to 0 where it is shorter than `STILL`."""
    return flow * (way_of(flow) >= STILL)[..., None]


def way_of(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32: the length of `flow` at each place, px. Not by cv2.magnitude: its last digits depend on the
    memory address of the result, and two films of the same clip would differ."""
    x, y = flow[..., 0], flow[..., 1]
    return np.sqrt(x * x + y * y)


def compose(newer: np.ndarray, older: np.ndarray) -> np.ndarray:
    """The flow over two frames: back by `newer`, and from there back by `older`."""
    return newer + sample(older, newer)


def resized(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """`picture` (h, w[, C]) at `shape` (H, W); unchanged where it already has that shape."""
    if picture.shape[:2] == tuple(shape):
        return picture
    return cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_LINEAR)


def resized_flow(flow: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """`flow` at `shape` (H, W), its lengths in pixels of that size."""
    if flow.shape[:2] == tuple(shape):
        return flow
    return cv2.transform(resized(flow, shape), np.diag([shape[1] / flow.shape[1], shape[0] / flow.shape[0]]))
