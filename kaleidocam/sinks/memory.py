"""A sink that keeps its frames, for tests and for programs that use kaleidocam as a library.

Invariant: it keeps copies, which nothing else changes.
"""

from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink


class Memory(Sink):
    """Keeps every frame in `frames`, or only the newest `limit` of them."""

    def __init__(self, limit: int | None = None) -> None:
        self.frames: list[Frame] = []
        self.closed = False
        self._limit = limit

    def write(self, frame: Frame) -> None:
        self.frames.append(frame.showing(frame.image.copy()))
        if self._limit and len(self.frames) > self._limit:
            del self.frames[0]

    def close(self) -> None:
        self.closed = True
