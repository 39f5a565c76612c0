"""A single picture as a file.

Invariant: its path holds either the old file or the complete new picture.
"""

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.sinks.aside import Aside

WAYS = {
    ".png": (),
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 95),
    ".tif": (),
    ".tiff": (),
    ".bmp": (),
}
"""The encoder settings of each suffix."""

MOST_SIDE = {".jpg": 65500, ".jpeg": 65500, ".webp": 16383}  # pixels a side, for formats that have a limit


class PictureFile:
    """A picture file; the suffix of `path` chooses the format. `source`: the input, which is never overwritten.

    UserError if the file can't be written there, or if it exists and `overwrite` is False.
    """

    def __init__(self, path: str | Path, *, source: str | None = None, overwrite: bool = False) -> None:
        self._path = Path(path)
        if str(path) == "-":
            raise UserError(f"a picture can't be written to a pipe ('-'); give a name that ends in {', '.join(WAYS)}")
        if self._path.suffix.lower() not in WAYS:
            raise UserError(f"'{path}' names no picture; it must end in {', '.join(WAYS)}")
        self._aside = Aside(path, source=source, overwrite=overwrite)

    def write(self, image: np.ndarray) -> None:
        """`image`: (H, W, 3) uint8 BGR. UserError if it can't be written."""
        kind, side = self._path.suffix.lower(), max(image.shape[:2])
        if side > MOST_SIDE.get(kind, side):
            raise UserError(f"'{self._path}' can't hold {side} pixels a side; name it .png or .tif")
        try:
            self._aside.path.write_bytes(cv2.imencode(kind, image, WAYS[kind])[1].tobytes())
            self._aside.place()
        except OSError as error:
            raise UserError(f"'{self._path}' can't be written: {reason(error)}") from error
        finally:
            self._aside.remove()


def save_picture(frame: Frame, path: Path | None = None) -> str:
    """Writes a frame as PNG, by default into the working folder, named by date and time; returns a message."""
    path = path or Path(f"kaleidocam-{datetime.now():%Y%m%d-%H%M%S-%f}.png")
    _ok, data = cv2.imencode(".png", frame.image)
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        return f"{path} can't be written: {error.strerror}"
    return f"saved {path}"
