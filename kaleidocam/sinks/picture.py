"""A single picture as a file.

Invariant: under its name lies what lay there before, or the whole picture.
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
"""How each kind of file is encoded."""

MOST_SIDE = {".jpg": 65500, ".jpeg": 65500, ".webp": 16383}  # pixels, of formats that have a limit


class PictureFile:
    """`path` names the kind of file. `source`: the input, which is never overwritten.

    UserError if nothing can be written there, or something lies there and `overwrite` is False.
    """

    def __init__(self, path: str | Path, *, source: str | None = None, overwrite: bool = False) -> None:
        self._path = Path(path)
        if self._path.suffix.lower() not in WAYS:
            raise UserError(f"'{path}' names no picture; it must end in {', '.join(WAYS)}")
        self._aside = Aside(path, source=source, overwrite=overwrite)

    def write(self, image: np.ndarray) -> None:
        """`image`: (H, W, 3) uint8 BGR. UserError where it can't be written."""
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
    """Writes a frame as PNG, by default into the working folder under the time of day; returns what to say."""
    path = path or Path(f"kaleidocam-{datetime.now():%Y%m%d-%H%M%S-%f}.png")
    _ok, data = cv2.imencode(".png", frame.image)
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        return f"{path} can't be written: {error.strerror}"
    return f"saved {path}"
