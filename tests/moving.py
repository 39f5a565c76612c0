"""A source for the tests: a textured picture that slides, with cuts and frame times as asked."""

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


def texture(seed: int, size=(160, 96)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (size[1] // 6, size[0] // 6, 3), dtype=np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


class Moving(Source):
    """`frames` frames of a texture that moves `speed` pixels to the right a frame; at each index in `cuts` another."""

    def __init__(self, frames=12, *, speed=2, cuts=(), fps=25.0, times=None, size=(160, 96)):
        self.size, self.fps, self.length = size, fps, frames
        self.closed = 0
        self._frames, self._speed, self._cuts, self._index, self._times = frames, speed, cuts, 0, times

    def read(self):
        i = self._index
        if i >= self._frames:
            return None
        self._index += 1
        shot = sum(i >= cut for cut in self._cuts)
        seconds = self._times[i] if self._times else i / self.fps
        return Frame(np.roll(texture(shot, self.size), self._speed * i, axis=1), seconds, i)

    def close(self):
        self.closed += 1
