"""The contract of every source.

Invariant: a source is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import abstractmethod
from fractions import Fraction
from math import ceil

from kaleidocam.closing import Closing
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat


class Source(Closing):
    """Frames, one after another.

    The constructor opens what it needs and raises UserError if it can't; from then on `size` and `fps` are known.
    `read` is called until it returns None: then the source has ended, and `read` is not called again. A damaged
    frame raises no error: the source ends, and `notice` says why. `seconds` of the frames never fall. `close` is
    called exactly once, also after an error, and frees everything.
    """

    size: tuple[int, int]  # (width, height) of every frame, pixels
    fps: float  # nominal frame rate
    length: int | None = None  # expected number of frames; None: unknown or endless
    time_base: Fraction | None = None  # frame times are multiples of this many seconds; None: any
    end: float | None = None  # seconds at which the last frame ends, known once `read` gave None; None: 1 / fps later
    format: PixelFormat | None = None  # of the planes of every frame; None: the pictures are BGR
    told: tuple[str, ...] = ()  # lines on how its pictures are converted, such as tone-mapped HDR
    notice: str | None = None  # one line on what went wrong, such as a file that breaks off

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame, or None at the end."""

    def skip_to(self, seconds: float) -> Frame | None:
        """Skips forward to the first frame at or after `seconds` and returns it; None if the source ends before. Its
        picture and time are the same as if every frame were read; `index` may count from any number from there on.
        This version reads every frame in between; a source that can jump overrides it."""
        while (frame := self.read()) is not None and frame.seconds < seconds:
            pass
        return frame

    @abstractmethod
    def close(self) -> None:
        """Frees the device or file."""


def first_at(seconds: float, fps: float) -> int:
    """The index of the first frame at or after `seconds`, if frame i is shown at i / fps."""
    index = max(0, ceil(seconds * fps) - 1)  # rounding may be one too high
    while index / fps < seconds:
        index += 1
    return index
