"""The contract of every source.

Invariant: a source is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import ABC, abstractmethod
from fractions import Fraction

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
    notice: str | None = None  # one line on what was not as it should be, such as a file that broke off

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, or None when there will be no more."""

    @abstractmethod
    def close(self) -> None:
        """Frees the device or file."""

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
