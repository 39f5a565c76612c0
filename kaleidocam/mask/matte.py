"""What is white, or opaque, in a picture or film beside the one that is dreamed.

Invariant: what it gives depends on the moment of the film alone; its own edge is the truth.
"""

import re
from typing import Any

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.mask.base import Showing, Sight
from kaleidocam.mask.matte_file import MatteFile, check_shape, same_shape
from kaleidocam.mask.ramp import NUMBER, Ramp
from kaleidocam.planes import Planes

ALL = np.linspace(0, 1, 256, dtype=np.float32)
LEAST = 16  # pixels of the shorter side, below which a matte is enlarged to the picture's size
NEAR = Ramp(0.5, 1.0, 0.2)
DEPTH = re.compile(rf"depth\s+(?P<path>.+?)(?P<rest>(\s+{NUMBER}(-{NUMBER})?(\s+{NUMBER})?)?)")


class Matte:
    """The matte at `path`. `ramp`: which of its levels count; None: each as much as it is. No state: it is read by the
    film's time."""

    def __init__(self, path: str, showing: Showing, ramp: Ramp | None = None) -> None:
        """UserError if it can't be read."""
        self._path, self._ramp, self._showing = path, ramp, showing
        self._file = MatteFile(path, showing.fps)
        self._last: tuple[Frame, tuple[int, int], np.ndarray] | None = None

    def of(self, sight: Sight) -> np.ndarray:
        """UserError where the matte has another shape than the picture, but live, where it is stretched: the source may
        have changed."""
        size = sight.frame.size
        if not self._showing.live:
            check_shape(self._path, size)
        # A camera never ends, and neither does what is laid over it; a clip begins again, and its matte with it.
        frame = self._file.at(sight.at, loops=self._showing.live and sight.frame.played is None)
        if self._last is None or self._last[0] is not frame or self._last[1] != size:
            self._last = frame, size, self._shares(frame, size)
        return sight.fine(self._last[2])

    def _shares(self, frame: Frame, size: tuple[int, int]) -> np.ndarray:
        """(h, w) float32, 0 to 1, no larger than `size` (width, height)."""
        gray, black, white = gray_of(frame)
        height, width = gray.shape
        if width > size[0] or height > size[1]:
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        elif min(width, height) < LEAST or not same_shape((width, height), size):  # mirrors stand by pixels
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR)
        levels = np.clip((np.arange(256, dtype=np.float32) - black) / (white - black), 0, 1)
        return cv2.LUT(gray, levels if self._ramp is None else self._ramp.levels(black, white))

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


def gray_of(frame: Frame) -> tuple[np.ndarray, float, float]:
    """A frame's luma in bytes, (H, W) uint8, and what of them is black and what white."""
    picture = frame.picture
    if not isinstance(picture, Planes):
        return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 0.0, 255.0
    scale = 255 / picture.format.highest if picture.format.full else 1 / (1 << (picture.format.bits - 8))
    plane = picture.y if picture.y.dtype == np.uint8 else cv2.convertScaleAbs(picture.y, alpha=scale)
    return plane, float(picture.format.black[0] * scale), float(picture.format.white[0] * scale)


def depth_of(text: str) -> tuple[str, Ramp]:
    """Path and range of a text such as `depth map.png` or `depth map.png 0.3-0.7 0.1`. UserError where it is none."""
    match = DEPTH.fullmatch(text)
    assert match is not None, text  # whoever asks has seen that it is one
    return match["path"], Ramp.of(match["rest"].split(), NEAR, f"no mask '{text}'")
