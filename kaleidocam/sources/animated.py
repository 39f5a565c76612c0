"""Animated WebP, PNG and AVIF as films: by Pillow, since FFmpeg reads them not at all or without their opacity.

Invariant: each picture keeps its own time, in whole milliseconds; the number of loops is ignored; one picture at a time
is held.
"""

import io
from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.animation_times import MILLISECONDS, durations_of
from kaleidocam.sources.base import Source
from kaleidocam.sources.depth import OPAQUE
from kaleidocam.sources.photo import Development
from kaleidocam.sources.picture import in_gray
from kaleidocam.sources.pillow import BROKEN, without_limit
from kaleidocam.sources.pixel_limit import FRAME_PIXELS, check_pixels
from kaleidocam.sources.signature import webp_chunks

RIFF_HEAD = 8  # bytes before those that its size counts


class Animated(Source):
    """The pictures of an animation, each as a still would be shown: upright, in sRGB, over black. `opacity`: shows how
    opaque they are instead, in gray, if the first one is transparent anywhere.

    UserError if it can't be read, or its pictures have more than `most` pixels. One that breaks off gives its good
    part, and `notice` says so.
    """

    time_base = MILLISECONDS
    length: int  # pictures whose times are known

    def __init__(self, path: str, *, most: int = FRAME_PIXELS, opacity: bool = False) -> None:
        self._path, self._opacity = path, False
        lasting = durations_of(path)
        self._picture: Image.Image | None = None
        try:
            whole = _what_is_whole(path)
            with without_limit():
                self._picture = Image.open(path if whole is None else io.BytesIO(whole))
            check_pixels(path, self._picture.size, most)
            self._before = int(getattr(self._picture, "default_image", False))  # a still for programs without animation
            self._promised = max(
                int(getattr(self._picture, "n_frames", 1)) - self._before, len(lasting) + (whole is not None)
            )
            begins = accumulate(lasting, initial=Fraction(0))
            self._times = _rising([round(at / MILLISECONDS) for at in begins])
            self.length, self._next = len(lasting), 0
            self._development: Development | None = None
            self.size = self._image(0).shape[1::-1]
            self._opacity = opacity and self._opaqueness() is not None
            self.fps = 1000 * self.length / self._times[-1]  # no whole picture at all: ZeroDivisionError, one of BROKEN
        except BROKEN as error:
            self.close()
            raise UserError(f"'{path}' holds no picture that can be decoded; the file is damaged") from error
        except UserError:
            self.close()
            raise
        assert self._development is not None  # `_image` made it
        self.told = tuple(self._development.told)

    def read(self) -> Frame | None:
        index = self._next
        try:
            image = self._image(index) if index < self.length else None
        except BROKEN:
            image = None
        if image is None:
            self._ended(index)
            return None
        self._next += 1
        return Frame(image, self._seconds(index), index)

    def skip_to(self, seconds: float) -> Frame | None:
        index = bisect_left(range(self.length), seconds, key=self._seconds)
        self._next = max(self._next, index)
        return self.read()

    def close(self) -> None:
        if self._picture is not None:
            self._picture.close()

    def _seconds(self, index: int) -> float:
        return float(self._times[index] * MILLISECONDS)

    def _image(self, index: int) -> np.ndarray:
        assert self._picture is not None  # `__init__` opened it
        with without_limit():
            self._picture.seek(index + self._before)
            self._picture.load()
        self._development = self._development or Development(self._path, self._picture)
        if not self._opacity:
            return self._development.image(self._picture)
        alpha = self._opaqueness()
        return in_gray(np.full(self.size[::-1], OPAQUE, np.uint8) if alpha is None else alpha)

    def _opaqueness(self) -> np.ndarray | None:
        """How opaque the present picture is, (H, W) uint8; None: all of it."""
        assert self._picture is not None and self._development is not None  # `_image` was called
        return self._development.opacity(self._picture)

    def _ended(self, index: int) -> None:
        self.end = self._seconds(index) if index else None
        if index < self._promised:
            of = f" of {self._promised}" if self._promised > self.length or index < self.length else ""
            self.notice = f"{Path(self._path).name} breaks off after {index}{of} frames; the good part was kept"


def _rising(times: list[int]) -> list[int]:
    """The times, each at least 1 after the one before."""
    return list(accumulate(times, lambda last, at: max(at, last + 1)))


def _what_is_whole(path: str) -> bytes | None:
    """Of a WebP that breaks off, what is whole: libwebp reads none that does. None for other files."""
    with open(path, "rb") as file:
        head, length = file.read(RIFF_HEAD), file.seek(0, io.SEEK_END)
        if not head.startswith(b"RIFF") or int.from_bytes(head[4:], "little") + RIFF_HEAD <= length:
            return None
        ends = [at + size for _, size in webp_chunks(file) if (at := file.tell()) + size <= length]
        file.seek(0)
        data = file.read(ends[-1] if ends else 0)
    return b"RIFF" + (len(data) - RIFF_HEAD).to_bytes(4, "little") + data[RIFF_HEAD:] if data else None
