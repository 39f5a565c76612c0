"""A matte on disk: a picture, a film or a sequence of pictures, opened and read by the film's time.

Invariant: nothing but a file of this machine is opened; the same moment is the same picture, in whatever order asked.
"""

import logging
import os
from functools import lru_cache
from pathlib import Path

from kaleidocam.address import is_address
from kaleidocam.errors import UserError, nearest
from kaleidocam.frame import Frame
from kaleidocam.pipe import is_pipe
from kaleidocam.settings.clock import clock_of
from kaleidocam.settings.mask_words import ALLOWED, KNOWN
from kaleidocam.sources.base import Source
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.rewinding import Rewinding

log = logging.getLogger(__name__)

EARLY = 0.001  # seconds: Matroska rounds the times of frames to this
FAR = 5.0  # seconds ahead from which on it is quicker to skip than to read
SAME_SHAPE = 0.01  # by which the shapes of two pictures may differ: sizes are rounded


def open_matte(path: str, fps: float) -> Source:
    """The matte at its first frame; where that is transparent anywhere, the pictures are how opaque they are, in gray.
    `fps`: of pictures without times. UserError if it can't be read."""
    kind = kind_of(path).name
    if kind == "sequence":
        from kaleidocam.sources.sequence import Sequence

        return Sequence(path, fps=fps, opacity=True)
    if kind == "picture":
        from kaleidocam.sources.picture import Picture

        return Picture(path, fps=fps, frames=1, opacity=True)
    from kaleidocam.sources.signature import content_of

    if content_of(path) == "animation":
        from kaleidocam.sources.animated import Animated

        return Animated(path, opacity=True)
    from kaleidocam.sources.video import Video

    return Video(path, opacity=True)


def check_path(path: str, text: str) -> None:
    """UserError where a mask's `text` names a `path` at which there is nothing that can be one."""
    if is_address(path) or is_pipe(path):
        raise UserError(f"no mask '{text}': a mask is a file, not an address or a pipe; save it, and give its path")
    if not path or (not os.path.exists(path) and kind_of(path).name != "sequence"):
        absent = f": there is no file '{path}'" if path and _is_named(path) else ""
        raise UserError(f"no mask '{text}'{absent}; allowed is {ALLOWED}{nearest(text, KNOWN)}")


def _is_named(path: str) -> bool:
    """Whether a text is meant as the name of a file, which it may be without any sign of it too."""
    return bool(Path(path).suffix) or os.path.dirname(path) != ""


def matte_size(path: str) -> tuple[int, int]:
    """The (width, height) of a matte. UserError if it can't be read."""
    try:
        found = Path(path).stat()
        return _size_of(path, found.st_mtime_ns, found.st_size)
    except OSError:  # a pattern of names
        return _size_of(path, 0, 0)


@lru_cache(maxsize=32)
def _size_of(path: str, changed: int, size: int) -> tuple[int, int]:
    with open_matte(path, 1.0) as opened:
        return opened.size


def check_shape(path: str, size: tuple[int, int]) -> None:
    """UserError where a matte has another shape than a picture of `size` (width, height)."""
    width, height = matte_size(path)
    if not same_shape((width, height), size):
        raise UserError(
            f"the mask '{path}' is {width}x{height}, the picture {size[0]}x{size[1]}: another shape; give a mask of "
            "the picture's size, or smaller or larger in its shape"
        )


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes (width, height) are of one shape, but for rounding."""
    off = abs(one[0] * other[1] - one[1] * other[0])
    return off <= max(SAME_SHAPE * one[0] * other[1], *one, *other)


def told_of(path: str, film: Source) -> str:
    """What a matte is, and what becomes of it where the `film` goes on after it."""
    with open_matte(path, film.fps) as matte:
        told, pictures = "{}x{}".format(*matte.size), matte.length
        if pictures is None or pictures == 1:
            return told
        lasts, needed = pictures / matte.fps, (film.length or 0) / film.fps
        ends = "; its last picture stays" if lasts + 1 / film.fps < needed else ""
        return f"{told}, {matte.fps:.6g} frames a second, {clock_of(lasts)}{ends}"


@lru_cache(maxsize=32)
def _tell(notice: str) -> None:
    """Says once what is wrong with a matte: each segment of a film opens it anew."""
    log.info(f"the mask {notice}")


class MatteFile:
    """Reads a matte by time. What can't be read of it is logged; the picture before it stays."""

    def __init__(self, path: str, fps: float) -> None:
        """As `open_matte`."""
        self._path = path
        self._source = Rewinding(lambda: open_matte(path, fps))
        first, self._next = self._source.read(), self._source.read()
        assert first is not None  # a source that opens has a picture
        self._now: Frame = first
        self._lasts: float | None = None  # seconds, once it is known
        self._zero = first.seconds
        self._note_end()

    def at(self, seconds: float, *, loops: bool = False) -> Frame:
        """The last picture that has begun so many `seconds` after the first one began. After its end the matte begins
        again if it `loops`; else its last picture stays."""
        if loops and self._lasts:
            seconds %= self._lasts
        wanted = self._zero + max(0.0, seconds) + EARLY
        if wanted < self._now.seconds or (self._next is not None and wanted - self._next.seconds > FAR):
            self._seek(wanted)
        while self._next is not None and self._next.seconds <= wanted:
            self._now, self._next = self._next, self._source.read()
        self._note_end()
        return self.at(seconds, loops=True) if loops and self._lasts and seconds >= self._lasts else self._now

    def _seek(self, wanted: float) -> None:
        """Goes to the picture of a moment, or to one before it. Sources skip to what begins at a moment or later."""
        back = 2 / self._source.fps
        while (found := self._source.skip_to(max(self._zero, wanted - back))) is None or found.seconds > wanted:
            if wanted - back <= self._zero:  # there is nothing before: the file is another one now
                break
            back *= 4
        if found is None:
            raise UserError(f"the mask '{self._path}' is another file now, and has no picture; give it again")
        self._zero = self._zero if found.seconds <= wanted else found.seconds
        self._now, self._next = found, self._source.read()

    def _note_end(self) -> None:
        if self._next is None and self._source.notice:
            _tell(self._source.notice)
        if self._next is None and self._lasts is None:
            end = self._now.seconds + 1 / self._source.fps if self._source.end is None else self._source.end
            self._lasts = end - self._zero
