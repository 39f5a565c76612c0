"""A still picture as a source.

Invariant: every frame shows the same picture; only the time goes on.
"""

from pathlib import Path

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source, first_at
from kaleidocam.sources.upright import over_black

HEAD_BYTES = 4096  # at a file's start, which say whether it has transparency
PNG, PNG_KIND, PNG_KINDS_WITH_ALPHA = b"\x89PNG\r\n\x1a\n", 25, (4, 6)
WEBP, WEBP_KIND, WEBP_FLAGS, WEBP_ALPHA = b"WEBP", slice(12, 16), 20, 0x10


class Picture(Source):
    """Shows the picture file `path` at `fps`, endlessly or for `frames` frames: upright by its EXIF orientation, with
    transparent parts over black.

    UserError if it can't be read.
    """

    def __init__(self, path: str, *, fps: float, frames: int | None = None) -> None:
        self._image = read_picture(path)
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


def read_picture(path: str | Path) -> np.ndarray:
    """(H, W, 3) uint8 BGR, also from 16-bit, gray or transparent pictures. UserError if it can't be read."""
    try:
        data = Path(path).read_bytes()  # cv2.imread can't open every name on Windows
    except OSError as error:
        raise UserError(f"'{path}' can't be read: {error.strerror}; give the path of a picture") from error
    image = _decoded(data)
    if image is None:
        raise UserError(f"'{path}' is not a picture that can be read; JPEG, PNG, WebP, BMP and TIFF are")
    return image


def _decoded(data: bytes) -> np.ndarray | None:
    """None if the bytes are not a picture, or have more pixels than OpenCV allows."""
    try:
        if not data:
            return None
        if _may_be_clear(data[:HEAD_BYTES]):
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
            if image is not None and image.ndim == 3 and image.shape[2] == 4 and image.dtype != np.float32:
                deep = over_black(np.ascontiguousarray(image[..., :3]), np.ascontiguousarray(image[..., 3]))
                return deep if deep.dtype == np.uint8 else cv2.convertScaleAbs(deep, alpha=255 / 65535)
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def _may_be_clear(head: bytes) -> bool:
    """Whether a PNG or WebP may have transparency, which `IMREAD_COLOR` would drop."""
    if head.startswith(PNG):
        return len(head) > PNG_KIND and (head[PNG_KIND] in PNG_KINDS_WITH_ALPHA or b"tRNS" in head)
    if head[8:12] == WEBP and len(head) > WEBP_FLAGS:
        return head[WEBP_KIND] == b"VP8L" or (head[WEBP_KIND] == b"VP8X" and bool(head[WEBP_FLAGS] & WEBP_ALPHA))
    return False
