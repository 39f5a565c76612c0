"""The motion that the judge uses, and where it is sure of it.

Invariant: a flow is measured once per pair of frames and cached by the pixels of the two frames.

Source: TV-L1 optical flow (Zach, Pock and Bischof 2007, as scikit-image has it).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kaleidocam.motion.warp import sample

ATTACHMENT = 100  # to the picture rather than to smoothness: the default, 15, misses whole smooth moving regions
SURE = 0.25  # px, error allowed between forward and backward flow for judging steadiness: beyond it, fine patterns blur
EDGE = 0.5  # px: half an edge pixel, so that a still picture is judged up to its edge
CACHE = Path(__file__).parents[2] / ".cache" / "compare"


@dataclass(frozen=True)
class Way:
    """The motion from a frame back to an earlier one. `flow`: (H, W, 2) float32, backward, px; `seen`: (H, W) bool,
    where the earlier frame shows the same thing; `sure`: (H, W) bool, the part of `seen` in which the motion is exact
    enough to tell whether a fine pattern moved with it."""

    flow: np.ndarray
    seen: np.ndarray
    sure: np.ndarray


def halved(flow: np.ndarray, seen: np.ndarray) -> Way:
    """An exact motion at half its size."""
    size = (flow.shape[1] // 2, flow.shape[0] // 2)
    small = cv2.resize(flow, size, interpolation=cv2.INTER_AREA) / 2
    seen = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    return Way(small, seen, seen)


def measured(now: np.ndarray, before: np.ndarray, size: tuple[int, int]) -> Way:
    """The motion from `now` to `before`, (H, W) uint8 gray, at `size` (width, height)."""
    kept = CACHE / f"{hashlib.sha256(now.tobytes() + before.tobytes()).hexdigest()[:24]}.npz"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.savez(kept, backward=_tvl1(now, before).astype(np.float16), forward=_tvl1(before, now).astype(np.float16))
    with np.load(kept) as flows:
        backward, forward = (_shrunk(flows[name].astype(np.float32), size) for name in ("backward", "forward"))
    seen, miss = compared(backward, forward)
    sure = cv2.dilate(miss, np.ones((3, 3), np.uint8)) < SURE
    return Way(backward, seen, seen & sure)


def _shrunk(flow: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(flow, size, interpolation=cv2.INTER_AREA) * np.float32(size[0] / flow.shape[1])


def _tvl1(reference: np.ndarray, moving: np.ndarray) -> np.ndarray:
    from skimage.registration import optical_flow_tvl1

    rows, columns = optical_flow_tvl1(
        *(gray.astype(np.float32) / 255 for gray in (reference, moving)), attachment=ATTACHMENT
    )
    return np.stack([columns, rows], -1)


def compared(backward: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`seen`, (H, W) bool: inside the earlier frame, and not occluded by the forward-backward test of Sundaram, Brox
    and Keutzer 2010 with the constants that Lai et al. 2018 use; and the error between the two flows in px."""
    there = sample(forward, backward)
    squared = sum((flow**2).sum(-1) for flow in (backward, there))
    miss = ((backward + there) ** 2).sum(-1)
    return inside(backward) & (miss <= 0.01 * squared + 0.5), np.sqrt(miss)


def inside(backward: np.ndarray) -> np.ndarray:
    """(H, W) bool: where a flow ends inside the earlier frame."""
    height, width = backward.shape[:2]
    y, x = np.mgrid[:height, :width]
    x, y = x + backward[..., 0], y + backward[..., 1]
    return (x >= -EDGE) & (y >= -EDGE) & (x <= width - 1 + EDGE) & (y <= height - 1 + EDGE)
