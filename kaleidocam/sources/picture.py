"""A still picture as a source.

Invariant: every frame shows the same picture; only the time goes on.
"""

import logging
from pathlib import Path

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source, first_at
from kaleidocam.sources.photo import read_opacity, read_photo
from kaleidocam.sources.pixel_limit import FRAME_PIXELS

log = logging.getLogger(__name__)


class Picture(Source):
    """Shows the picture file `path` at `fps`, endlessly or for `frames` frames: upright, in sRGB, with transparent
    parts over black. `opacity`: shows how opaque it is instead, in gray, if it is transparent anywhere.

    UserError if it can't be read, or has more than `most` pixels.
    """

    def __init__(
        self,
        path: str,
        *,
        fps: float,
        frames: int | None = None,
        most: int = FRAME_PIXELS,
        opacity: bool = False,
    ) -> None:
        photo = read_photo(path, most)
        self._image, self.told = photo.image, tuple(photo.told)
        if opacity and (alpha := read_opacity(path, most)) is not None:
            self._image = in_gray(alpha)
        self.size, self.fps, self.length = self._image.shape[1::-1], fps, frames
        self._index = 0

    def read(self) -> Frame | None:
        if self._index == self.length:
            return None
        self._index += 1
        return Frame(self._image, (self._index - 1) / self.fps, self._index - 1)

    def skip_to(self, seconds: float) -> Frame | None:
        self._index = max(self._index, first_at(seconds, self.fps))
        if self.length is not None:
            self._index = min(self._index, self.length)
        return self.read()

    def close(self) -> None:
        """Nothing is held open."""


def in_gray(plane: np.ndarray) -> np.ndarray:
    """(H, W) uint8 -> (H, W, 3) uint8 BGR."""
    return cv2.cvtColor(plane, cv2.COLOR_GRAY2BGR)


def read_picture(path: str | Path, most: int | None = None) -> np.ndarray:
    """(H, W, 3) uint8 BGR, upright and in sRGB, also from 16-bit, gray or transparent pictures; what was converted is
    logged. `most`: pixels that it may have, if the user can choose. UserError if it can't be read, or has more."""
    photo = read_photo(path, most)
    for line in photo.told:
        log.info(f"{path}: {line}")
    return photo.image
