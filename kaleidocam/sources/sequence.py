"""Numbered pictures, or a folder of them, as a film.

Invariant: picture n, in natural order (2 before 10), is shown at n / fps, even if another one can't be read.
"""

import glob
import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source, first_at
from kaleidocam.sources.pixel_limit import FRAME_PIXELS

if TYPE_CHECKING:
    from kaleidocam.sources.photo import Photo

PICTURES = {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
OPAQUE = 255
JOKERS = {"*", "?"}
NUMBER = re.compile(r"(?<!%)%(0?)(\d*)d")
WHAT = "give a pattern such as 'frames/%05d.png', a quoted 'frames/*.png', or a folder of pictures"


class Sequence(Source):
    """The pictures that `text` names, at `fps`: a pattern with one printf number (`frames/%05d.png`), a glob
    (`frames/*.jpg`), or a folder. Each as a still would be shown: upright, in sRGB, transparent parts over black.

    Numbers may begin anywhere; missing ones are skipped, and `told` says so. A picture of another size than the first
    is cropped and scaled to the first one's; a picture that can't be read, or has more than `most` pixels, is skipped,
    and the previous one stays; `notice` says so. `told` says how the first one was converted, `notice` how others were
    in other ways. `opacity`: shows how opaque they are instead, in gray, if the first one is transparent anywhere.
    UserError if there are no pictures, or the first can't be read.
    """

    def __init__(self, text: str, *, fps: float, most: int = FRAME_PIXELS, opacity: bool = False) -> None:
        self._name, self._most = text, most
        self._paths, told = find_pictures(text)
        first = _read(self._paths[0], most)
        self._opacity = opacity and _opacity(self._paths[0], first, most).min() < OPAQUE
        self.told, self._otherwise = (*told, *first.told), Counter[str]()
        self.size, self.fps, self.length = first.image.shape[1::-1], fps, len(self._paths)
        self._next, self._other, self._unread = 0, 0, 0

    def read(self) -> Frame | None:
        while self._next < len(self._paths):
            index, self._next = self._next, self._next + 1
            try:
                photo = _read(self._paths[index], self._most)
            except UserError:
                self._unread += 1
                continue
            image = photo.image
            if self._opacity:
                image = cv2.cvtColor(_opacity(self._paths[index], photo, self._most), cv2.COLOR_GRAY2BGR)
            self._otherwise.update(set(photo.told) - set(self.told))
            self._other += image.shape[1::-1] != self.size
            return Frame(fitted(image, self.size), index / self.fps, index)
        self.notice = self._what_was_wrong()
        return None

    def skip_to(self, seconds: float) -> Frame | None:
        self._next = max(self._next, min(len(self._paths), first_at(seconds, self.fps)))
        return self.read()

    def close(self) -> None:
        """Nothing is held open."""

    def _what_was_wrong(self) -> str | None:
        wrong = [
            text
            for count, text in (
                (self._unread, f"{self._unread} of {self.length} pictures can't be read and were skipped"),
                (
                    self._other,
                    f"{self._other} of {self.length} pictures are not {self.size[0]}x{self.size[1]} as the first "
                    "is, and were cropped and scaled to it",
                ),
                *((count, f"of {count} of {self.length} pictures: {line}") for line, count in self._otherwise.items()),
            )
            if count
        ]
        return f"{self._name}: {'; '.join(wrong)}" if wrong else None


def _read(path: Path, most: int | None) -> "Photo":
    from kaleidocam.sources.photo import read_photo  # with Pillow: whether a text is a sequence is asked of films too

    return read_photo(path, most)


def _opacity(path: Path, photo: "Photo", most: int | None) -> np.ndarray:
    """(H, W) uint8: how opaque each place of a picture is, which was read as `photo`."""
    from kaleidocam.sources.photo import read_opacity

    alpha = read_opacity(path, most)
    return np.full(photo.image.shape[:2], OPAQUE, np.uint8) if alpha is None else alpha


def find_pictures(text: str) -> tuple[list[Path], tuple[str, ...]]:
    """The pictures of a folder, a glob or a pattern with one number, in their order; and lines on missing numbers.
    UserError if there are none."""
    try:
        if Path(text).is_dir():
            found = [path for path in Path(text).iterdir() if path.suffix.lower() in PICTURES]
        elif NUMBER.search(Path(text).name):
            return _numbered(Path(text))
        else:
            found = _globbed(text)
    except OSError as error:
        raise UserError(f"'{text}' can't be read: {error.strerror}") from error
    pictures = sorted((path for path in found if path.is_file() and path.name[0] != "."), key=_natural)
    if not pictures:
        raise UserError(f"no pictures in '{text}'; {WHAT}")
    return pictures, ()


def _numbered(pattern: Path) -> tuple[list[Path], tuple[str, ...]]:
    if len(NUMBER.findall(pattern.name)) > 1:
        raise UserError(f"'{pattern}' has more than one number; {WHAT}")
    named = _name_of(pattern.name)
    folder = pattern.parent.iterdir() if pattern.parent.is_dir() else ()
    found = {int(match[1]): path for path in folder if (match := named.fullmatch(path.name))}
    if not found:
        raise UserError(f"no picture matches '{pattern}'; {WHAT}")
    numbers = sorted(found)
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    told = (f"{missing} of the numbers {numbers[0]} to {numbers[-1]} have no picture; the film skips them",)
    return [found[number] for number in numbers], told if missing else ()


def is_sequence(text: str) -> bool:
    """Whether `text` names several pictures: a folder, or a pattern that is not itself the name of a file. Brackets
    alone are a pattern only where they match pictures: far more often they belong to the name of a missing file."""
    path = Path(text)
    try:
        if path.exists():
            return path.is_dir()
        if NUMBER.search(path.name) or JOKERS & set(path.name if path.parent.is_dir() else text):
            return True
        return glob.has_magic(text) and any(found.suffix.lower() in PICTURES for found in _globbed(text))
    except (OSError, ValueError):  # a name that the disk refuses
        return False


def _globbed(text: str) -> list[Path]:
    """The files that match a pattern; of a folder that exists, the name is taken as it is."""
    path = Path(text)
    if path.parent.is_dir():
        text = os.path.join(glob.escape(str(path.parent)), path.name)
    return [Path(found) for found in glob.glob(text)]


def _name_of(pattern: str) -> re.Pattern:
    """The regular expression of the names of a pattern such as `a%03d.png`; group 1 is the number."""
    number = NUMBER.search(pattern)
    assert number is not None, pattern  # `find_pictures` has checked it
    width = int(number[2] or 0) if number[1] else 0
    digits = rf"(\d{{{width}}}|[1-9]\d{{{width},}})" if width else r"(0|[1-9]\d*)"
    before, after = (
        re.escape(part.replace("%%", "%")) for part in (pattern[: number.start()], pattern[number.end() :])
    )
    return re.compile(before + digits + after)


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key of the natural order: 2 before 10, upper and lower case together."""
    parts = re.split(r"(\d+)", str(path).lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts] + [(-2, str(path))]
