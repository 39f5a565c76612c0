"""What is dreamed and judged: clips at the grid, with the motion that the judge believes in.

Invariant: the judge's motion is never the product's own: exact where the clip is drawn, TV-L1 where it was filmed.

Source: TV-L1 optical flow (Zach, Pock and Bischof 2007, as scikit-image has it).
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from kaleidocam import build
from kaleidocam.motion.warp import sample
from kaleidocam.settings import Machine
from kaleidocam.sources.aisle import Aisle

WIDTH = 320  # pixels of the grid
JUDGED_WIDTH = 480  # at which the judge measures motion: its error at the grid falls by a third
BACKS = (1, 10)  # frames back over which steadiness is judged: Lai et al.'s short and long term
ATTACHMENT = 100  # to the picture rather than to smoothness: the default, 15, misses whole smooth moving regions
SURE = 0.25  # px that forward and backward flow may miss where steadiness is judged: a finer pattern than that blurs
EDGE = 0.5  # px: an edge pixel's own half, so that a still picture is seen to its rim
CACHE = Path(__file__).parents[2] / ".cache" / "compare"


@dataclass(frozen=True)
class Way:
    """How the judge gets from a frame to an earlier one. `flow`: (H, W, 2) float32, backward, px; `seen`: (H, W)
    bool, where the earlier frame shows the same thing; `sure`: (H, W) bool, the part of it where the judge knows the
    motion well enough to say whether a fine pattern moved with it."""

    flow: np.ndarray
    seen: np.ndarray
    sure: np.ndarray


@dataclass(frozen=True)
class Clip:
    """`frames`: (H, W, 3) uint8 BGR at the grid. `ways`: frames back -> frame index -> Way."""

    name: str
    frames: list[np.ndarray]
    fps: float
    ways: dict[int, dict[int, Way]] = field(repr=False)

    @property
    def grid(self) -> tuple[int, int]:
        return self.frames[0].shape[1::-1]


def drawn(count: int, fps: float = 15.0) -> Clip:
    """The drawn aisle, whose motion is known exactly."""
    aisle = Aisle(size=(2 * WIDTH, WIDTH * 9 // 8), fps=fps, frames=count)
    frames = [_small(frame.image) for frame in iter(aisle.read, None)]
    ways = {back: {t: _halved(*aisle.flow(t, back)) for t in range(back, count)} for back in BACKS}
    return Clip("drawn aisle", frames, fps, ways)


def filmed(path: Path, count: int) -> Clip:
    """The first `count` frames of a real clip. Its motion is measured once and kept in the cache."""
    with build.open_source(str(path), Machine()) as source:
        whole = [frame.image for _, frame in zip(range(count), iter(source.read, None), strict=False)]
        fps = source.fps
    frames = [_small(image) for image in whole]
    greys = [cv2.cvtColor(_small(image, JUDGED_WIDTH), cv2.COLOR_BGR2GRAY) for image in whole]
    size = frames[0].shape[1::-1]
    ways = {back: {t: _measured(greys[t], greys[t - back], size) for t in range(back, len(frames))} for back in BACKS}
    return Clip(path.stem, frames, fps, ways)


def _small(image: np.ndarray, width: int = WIDTH) -> np.ndarray:
    height = round(WIDTH * image.shape[0] / image.shape[1] / 4) * 4
    return cv2.resize(image, (width, height * width // WIDTH), interpolation=cv2.INTER_AREA)


def _halved(flow: np.ndarray, seen: np.ndarray) -> Way:
    size = (flow.shape[1] // 2, flow.shape[0] // 2)
    small = cv2.resize(flow, size, interpolation=cv2.INTER_AREA) / 2
    seen = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    return Way(small, seen, seen)


def _measured(now: np.ndarray, before: np.ndarray, size: tuple[int, int]) -> Way:
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

    rows, columns = optical_flow_tvl1(*(grey.astype(np.float32) / 255 for grey in (reference, moving)),
                                      attachment=ATTACHMENT)
    return np.stack([columns, rows], -1)


def compared(backward: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`seen`, (H, W) bool: inside the earlier frame, and not occluded by the forward-backward test of Sundaram, Brox
    and Keutzer 2010 with the constants that Lai et al. 2018 use; and by how many px the two flows miss."""
    there = sample(forward, backward)
    squared = sum((flow**2).sum(-1) for flow in (backward, there))
    miss = ((backward + there) ** 2).sum(-1)
    height, width = backward.shape[:2]
    y, x = np.mgrid[:height, :width]
    x, y = x + backward[..., 0], y + backward[..., 1]
    inside = (x >= -EDGE) & (y >= -EDGE) & (x <= width - 1 + EDGE) & (y <= height - 1 + EDGE)
    return inside & (miss <= 0.01 * squared + 0.5), np.sqrt(miss)
