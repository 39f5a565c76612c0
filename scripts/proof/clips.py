"""The clips that are dreamed and judged, with the motion that the judge uses.

Invariant: the judge's motion is never the product's own: it is exact in drawn clips, and TV-L1 in filmed ones.
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.opening import open_source
from proof.judge import Way, halved, measured

WIDTH = 640  # pixels of a finished frame
JUDGED_WIDTH = 320  # for judging steadiness: TV-L1 can't tell whether a finer pattern moved with its object
FLOW_WIDTH = 480  # for measuring motion: this reduces its error at the judged width by a third
BACKS = (1, 10)  # frames back over which steadiness is judged: Lai et al.'s short and long term


@dataclass(frozen=True)
class Clip:
    """`frames`: (H, W, 3) uint8 BGR, as they are dreamed and finished. `ways`: frames back -> frame index -> Way, at
    the judged size. `exact`: whether the ways are known rather than measured. `panned`: where the picture moves and
    where it stands, two (H, W) bool, in the one clip made for that."""

    name: str
    frames: list[np.ndarray]
    fps: float
    ways: dict[int, dict[int, Way]] = field(repr=False)
    exact: bool = False
    panned: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of a finished frame."""
        return self.frames[0].shape[1::-1]

    @property
    def judged(self) -> tuple[int, int]:
        """(width, height) for judging steadiness."""
        return self.ways[1][1].flow.shape[1::-1]

    @cached_property
    def small(self) -> list[np.ndarray]:
        """The frames at the judged size."""
        return [scaled(frame, self.judged) for frame in self.frames]


def drawn(count: int, fps: float = 15.0, backs: tuple[int, ...] = BACKS) -> Clip:
    """The drawn aisle, whose motion is known exactly."""
    aisle = Aisle(size=(WIDTH, WIDTH * 9 // 16), fps=fps, frames=count)
    frames = [frame.image for frame in iter(aisle.read, None)]
    ways = {back: {t: halved(*aisle.flow(t, back)) for t in range(back, count)} for back in backs}
    return Clip("drawn aisle", frames, fps, ways, exact=True)


def filmed(path: Path, count: int, backs: tuple[int, ...] = BACKS) -> Clip:
    """The first `count` frames of a real clip. Its motion is measured once and kept in the cache."""
    with open_source(str(path), Machine()) as source:
        whole = [frame.image for _, frame in zip(range(count), iter(source.read, None), strict=False)]
        fps = source.fps
    frames = [_wide(image, WIDTH) for image in whole]
    grays = [cv2.cvtColor(_wide(image, FLOW_WIDTH), cv2.COLOR_BGR2GRAY) for image in whole]
    size = JUDGED_WIDTH, frames[0].shape[0] * JUDGED_WIDTH // WIDTH
    ways = {back: {t: measured(grays[t], grays[t - back], size) for t in range(back, len(frames))} for back in backs}
    return Clip(path.stem, frames, fps, ways)


def scaled(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`image` (H, W[, C]) scaled to `size` (width, height); unchanged if it has that size."""
    if image.shape[1::-1] == tuple(size):
        return image
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if size[0] < image.shape[1] else cv2.INTER_CUBIC)


def to_judge(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A finished frame prepared for judging steadiness, (h, w, 3) float32, RGB in [-1, 1]."""
    return to_network(scaled(frame, size))


def _wide(image: np.ndarray, width: int) -> np.ndarray:
    """`image` at `width`, with a height that stays a whole number at every width used here."""
    height = round(JUDGED_WIDTH * image.shape[0] / image.shape[1] / 4) * 4
    return scaled(image, (width, height * width // JUDGED_WIDTH))
