"""A still picture as a source.

Invariant: every frame shows the same picture; only the time goes on.
"""

from pathlib import Path

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Picture(Source):
    """Shows the picture file `path`, upright as its EXIF asks, at `fps`, endlessly, or for `frames` frames.

    UserError if it can't be read.
    """

    def __init__(self, path: str, *, fps: float, frames: int | None = None) -> None:
        try:
            data = np.frombuffer(Path(path).read_bytes(), np.uint8)  # cv2.imread can't open every name on Windows
        except OSError as error:
            raise UserError(f"'{path}' can't be read: {error.strerror}; give the path of a picture") from error
        self._image = _decoded(data)
        if self._image is None:
            raise UserError(f"'{path}' is not a picture that can be read; JPEG, PNG, WebP, BMP and TIFF are")
        self.size, self.fps, self.length = self._image.shape[1::-1], fps, frames
        self._index = 0

    def read(self) -> Frame | None:
        if self._index == self.length:
            return None
        self._index += 1
        return Frame(self._image, (self._index - 1) / self.fps, self._index - 1)

    def close(self) -> None:
        """Nothing is held open."""


def _decoded(data: np.ndarray) -> np.ndarray | None:
    """(H, W, 3) uint8 BGR, or None where the bytes are no picture, or one of more pixels than OpenCV allows."""
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:
        return None
