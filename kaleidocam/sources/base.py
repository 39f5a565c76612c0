"""The contract of every source.

Invariant: a source is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import ABC, abstractmethod
from fractions import Fraction
from math import ceil
from typing import Self

from kaleidocam.frame import Frame


class Source(ABC):
    """Frames, one after another.

    The constructor opens what it needs and raises UserError where that can't be done; from then on `size` and
    `fps` are known. `read` is called until it returns None, which means that the source has ended for good: it
    is not called again after that. It never raises for a damaged frame: it ends, and `notice` says why.
    `seconds` of the frames never fall. `close` is called exactly once, also after an error, and frees everything.
    """

    size: tuple[int, int]  # (width, height) of every frame, pixels
    fps: float  # nominal pace, frames a second
    length: int | None = None  # how many frames are to be expected; None: unknown or endless
    time_base: Fraction | None = None  # frame times are multiples of this many seconds; None: any
    told: tuple[str, ...] = ()  # lines on what is done to its pictures, such as HDR that is tone-mapped
    notice: str | None = None  # one line on what was not as it should be, such as a file that broke off

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, or None when there will be no more."""

    def skip_to(self, seconds: float) -> Frame | None:
        """Goes on to the first frame at or after `seconds` and returns it, the very one, with its time, that reading
        through would have given; None where the source ends before. Only forward. Its `index`, and those after it,
        may count from anywhere. A source that can jump there does better than this one, which reads all."""
        while (frame := self.read()) is not None and frame.seconds < seconds:
            pass
        return frame

    @abstractmethod
    def close(self) -> None:
        """Frees the device or file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def first_at(seconds: float, fps: float) -> int:
    """The number of the first frame at or after `seconds` where frame i is shown at i / fps."""
    index = max(0, ceil(seconds * fps) - 1)  # rounding may have gone one too far
    while index / fps < seconds:
        index += 1
    return index
