"""Pictures that Pillow can't read and OpenCV can: TIFF in floats or in 16 bits with opacity, and Radiance HDR.

Invariant: the size is read from the header first.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from kaleidocam.sources.depth import FULL_16, from_floats
from kaleidocam.sources.pillow import BROKEN, without_limit
from kaleidocam.sources.pixel_limit import check_pixels
from kaleidocam.sources.upright import over_black

WIDTH, HEIGHT = 256, 257  # the tags of a TIFF
HEAD_BYTES = 1 << 12
FLOATS = "its floats are shown from 0 to 1, without tone mapping"


def by_opencv(path: str | Path, most: int | None) -> tuple[np.ndarray, list[str]] | None:
    """(H, W, 3) uint8 BGR, and what is to be told; None if it can't be read. UserError if it has more than `most`
    pixels."""
    size = _declared_size(path)
    if size is None:
        return None
    check_pixels(path, size, most)
    if (image := _decoded(path, cv2.IMREAD_UNCHANGED)) is None:
        return None
    told = [FLOATS] if image.dtype.kind == "f" else []
    if image.dtype.kind == "f":
        image = from_floats(image)
    elif image.dtype != np.uint8:
        image = np.rint(image / (np.iinfo(image.dtype).max / 255)).astype(np.uint8)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.shape[2] == 4:
        image = over_black(np.ascontiguousarray(image[..., :3]), np.ascontiguousarray(image[..., 3]))
    return image, told


def deep(path: str | Path, bits: int) -> np.ndarray | None:
    """(H, W, 3) uint16 RGB, over its whole range, of a PNG or AVIF in colors with so many bits, as it lies; None if
    that can't be read."""
    image = _decoded(path, cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None or image.dtype != np.uint16 or image.ndim != 3:
        return None
    top = (1 << bits) - 1
    spread = image[..., 2::-1] if top == FULL_16 else np.rint(image[..., 2::-1] * (FULL_16 / top))
    return np.ascontiguousarray(spread, np.uint16)


def _decoded(path: str | Path, how: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.fromfile(path, np.uint8), how)
    except cv2.error:
        return None


def _declared_size(path: str | Path) -> tuple[int, int] | None:
    """(width, height) in the header of a TIFF or a Radiance HDR."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(b"#?"):
            words = next((line.split() for line in head.split(b"\n") if line[:2] in (b"-Y", b"+Y")), [])
            return (
                (int(words[3]), int(words[1]))
                if len(words) == 4 and words[3].isdigit() and words[1].isdigit()
                else None
            )
        if head[:4] not in (b"II*\0", b"MM\0*"):
            return None
        try:
            tags = ImageFileDirectory_v2(head[:8])
            file.seek(tags.next)
            with without_limit():
                tags.load(file)
            return int(tags[WIDTH]), int(tags[HEIGHT])
        except BROKEN:
            return None
