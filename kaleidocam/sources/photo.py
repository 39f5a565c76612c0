"""A picture file as it is meant to be seen: THE decoder of all pictures.

Invariant: upright, in sRGB, of eight bits, with transparent parts over black, whatever the format and the depth; the
size is checked before anything is decoded; of several pictures in a file, the first or main one is taken.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from kaleidocam.errors import UserError, reason
from kaleidocam.pipe import STDIN
from kaleidocam.sources import heic
from kaleidocam.sources.color_numbers import Colors
from kaleidocam.sources.depth import OPAQUE, apart
from kaleidocam.sources.opencv_photo import by_opencv, deep
from kaleidocam.sources.photo_colors import bits_of, colors_of, in_srgb
from kaleidocam.sources.pillow import BROKEN, keeping_what_is_there, opened
from kaleidocam.sources.pixel_limit import check_pixels
from kaleidocam.sources.signature import HEAD_BYTES, JPEG, JPEG_XL, content_of, is_regular
from kaleidocam.sources.upright import CLEAR, over_black

ROWS = 256  # that are converted at once, so that a large picture is never held a third time
ORIENTATION, DNG_VERSION = 0x0112, 0xC612  # tags of EXIF and TIFF
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda image: cv2.flip(image, 1),
    3: lambda image: cv2.flip(image, -1),
    4: lambda image: cv2.flip(image, 0),
    5: cv2.transpose,
    6: lambda image: cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE),
    7: lambda image: cv2.flip(cv2.transpose(image), -1),
    8: lambda image: cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
FILMS, PAGES = {"GIF", "PNG", "WEBP", "AVIF"}, {"TIFF"}
RAW_SUFFIXES = {
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raf",
    ".pef", ".srw", ".3fr", ".fff", ".iiq", ".erf", ".mrw", ".x3f",
}  # fmt: skip
ALLOWED = "JPEG, PNG, WebP, AVIF, HEIC, BMP and TIFF are"
BREAKS_OFF = "it is damaged or breaks off; the good part was kept"


@dataclass
class Photo:
    """`image`: (H, W, 3) uint8 BGR; `told`: lines on what was converted or left out that a person should know of."""

    image: np.ndarray
    told: list[str] = field(default_factory=list)


class Development:
    """How the pictures of one open file become what they are meant to show. `told`: lines on it, complete once `image`
    was called."""

    def __init__(self, path: str | Path, picture: Image.Image) -> None:
        self.told: list[str] = []
        self._colors, bits = colors_of(path, picture, self.told), bits_of(path, picture)
        self._deep, hdr = bits == 16, isinstance(self._colors, Colors) and self._colors.hdr
        sixteen = deep(path, bits) if bits > 8 and hdr and getattr(picture, "n_frames", 1) == 1 else None
        self._sixteen = sixteen if sixteen is not None and sixteen.shape[1::-1] == picture.size else None
        self._turn = TURNS.get(picture.getexif().get(ORIENTATION, 1), lambda image: image)

    def image(self, picture: Image.Image) -> np.ndarray:
        """(H, W, 3) uint8 BGR of a loaded picture."""
        image = np.empty((picture.height, picture.width, 3), np.uint8)
        for top in range(0, picture.height, ROWS):
            rows = slice(top, min(top + ROWS, picture.height))
            strip, alpha = apart(picture.crop((0, rows.start, picture.width, rows.stop)), deep=self._deep)
            sixteen = None if self._sixteen is None else self._sixteen[rows]
            cv2.cvtColor(in_srgb(strip, self._colors, sixteen), cv2.COLOR_RGB2BGR, dst=image[rows])
            if alpha is not None and alpha.min() < OPAQUE:
                image[rows] = over_black(image[rows], alpha)
                self.told += [CLEAR] if CLEAR not in self.told else []
        return self._turn(image)

    def opacity(self, picture: Image.Image) -> np.ndarray | None:
        """(H, W) uint8 of a loaded picture, 255 where it is opaque; None where all of it is."""
        alpha = apart(picture, deep=self._deep)[1]
        return None if alpha is None or alpha.min() == OPAQUE else self._turn(alpha)


def read_photo(path: str | Path, most: int | None = None) -> Photo:
    """The picture in a file. `most`: pixels that it may have, as for `check_pixels`. UserError if it can't be read, or
    has more."""
    head = _head(path)
    if head.startswith(JPEG_XL):
        raise UserError(f"'{path}' is a JPEG XL, which can't be read here; save it as a PNG or JPEG")
    if Path(path).suffix.lower() in RAW_SUFFIXES and not head.startswith(JPEG):
        raise _raw(path)
    try:
        if heic.is_heic(head):
            return Photo(*heic.read(path, most))
        try:
            return _by_pillow(path, most)
        except BROKEN as error:
            if isinstance(error, UnidentifiedImageError) and (other := by_opencv(path, most)) is not None:
                return Photo(*other)
            if content_of(path) == "film":
                raise UserError(f"'{path}' is a film, not a picture; give one of its frames as a picture") from error
            raise UserError(f"'{path}' is not a picture that can be read; {ALLOWED}") from error
    except MemoryError as error:
        raise UserError(f"'{path}' is too large for the memory here; give a smaller picture") from error


def read_opacity(path: str | Path, most: int | None = None) -> np.ndarray | None:
    """How opaque each place of a picture is, upright, (H, W) uint8; None where all of it is opaque, or the file can't
    be read. `most`: as for `read_photo`."""
    try:
        with opened(path) as picture:
            check_pixels(path, picture.size, most)
            picture.load()
            return Development(path, picture).opacity(picture)
    except BROKEN:
        return None


def _head(path: str | Path) -> bytes:
    try:
        if str(path) == STDIN or (Path(path).exists() and not Path(path).is_dir() and not is_regular(path)):
            raise UserError(f"'{path}' is a pipe or a device; give the path of a picture")
        with open(path, "rb") as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else reason(error)
        raise UserError(f"'{path}' can't be read: {why}; give the path of a picture") from error


def _raw(path: str | Path) -> UserError:
    return UserError(f"'{path}' is a camera's raw picture; develop it first, and give the TIFF, PNG or JPEG")


def _by_pillow(path: str | Path, most: int | None) -> Photo:
    with opened(path) as picture:
        if DNG_VERSION in getattr(picture, "tag_v2", ()):
            raise _raw(path)
        check_pixels(path, picture.size, most)
        told = list(_left_out(picture))
        try:
            picture.load()
            return _developed(path, picture, told)
        except OSError:
            told.append(BREAKS_OFF)
    with keeping_what_is_there(), opened(path) as picture:
        picture.load()
        return _developed(path, picture, told)


def _developed(path: str | Path, picture: Image.Image, told: list[str]) -> Photo:
    development = Development(path, picture)
    return Photo(development.image(picture), [*told, *development.told])


def _left_out(picture: Image.Image) -> Iterator[str]:
    count = getattr(picture, "n_frames", 1)
    if count > 1 and picture.format in FILMS:
        yield f"it is an animation of {count} pictures; its first one is taken"
    if count > 1 and picture.format in PAGES:
        yield f"the first of its {count} pages is taken"
