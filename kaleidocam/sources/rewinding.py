"""A source that can also go back, around an inner source that can't.

Invariant: it gives the same frames as a newly opened source, and opens a new one only to go back.
"""

import math
from collections.abc import Callable

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Rewinding(Source):
    """Reads the source that `open_inner` opens, and opens it again to go back. A source that can't jump (MPEG-TS, AVI,
    GIF) is read from its start after each opening; so reading on in the open one makes films of many shots fast."""

    def __init__(self, open_inner: Callable[[], Source]) -> None:
        self._open_inner = open_inner
        self._open()

    def _open(self) -> None:
        self._source, self._at = self._open_inner(), -math.inf
        self.size, self.fps, self.length = self._source.size, self._source.fps, self._source.length
        self.time_base, self.told = self._source.time_base, self._source.told
        self.format = self._source.format

    def read(self) -> Frame | None:
        return self._reached(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        """As in `Source`, but also backward."""
        if seconds <= self._at:
            self._source.close()
            self._open()
        return self._reached(self._source.skip_to(seconds))

    def _reached(self, frame: Frame | None) -> Frame | None:
        """Notes the position. After its end the inner source is not read again: the next `skip_to` opens a new one."""
        self._at, self.notice = math.inf if frame is None else frame.seconds, self._source.notice
        self.end = self._source.end
        return frame

    def close(self) -> None:
        self._source.close()
