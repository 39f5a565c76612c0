"""A source that one can go back in, though the one it reads can't.

Invariant: it gives what a source opened afresh would give, and opens one only where it must.
"""

import math
from collections.abc import Callable

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Rewinding(Source):
    """What `open_one` opens, again wherever it is to go back. What can't jump (MPEG-TS, AVI, GIF) is read from its
    start each time it is opened, so going on in the one that is open is what makes a film of many shots quick."""

    def __init__(self, open_one: Callable[[], Source]) -> None:
        self._open_one = open_one
        self._open()

    def _open(self) -> None:
        self._source, self._at = self._open_one(), -math.inf
        self.size, self.fps, self.length = self._source.size, self._source.fps, self._source.length
        self.time_base, self.told = self._source.time_base, self._source.told

    def read(self) -> Frame | None:
        return self._reached(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        """As a Source has it, but backward too."""
        if seconds <= self._at:
            self._source.close()
            self._open()
        return self._reached(self._source.skip_to(seconds))

    def _reached(self, frame: Frame | None) -> Frame | None:
        """Behind its end a source is not asked again: from there every way leads back."""
        self._at, self.notice = math.inf if frame is None else frame.seconds, self._source.notice
        return frame

    def close(self) -> None:
        self._source.close()
