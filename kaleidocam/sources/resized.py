"""Any source at another size.

Invariant: only the pictures change; times, indexes, length and notices are those of the inner source.
"""

from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Resized(Source):
    """`source` with every picture cropped to the shape of `size` (width, height) and scaled to it. This source owns
    the inner source and closes it."""

    def __init__(self, source: Source, size: tuple[int, int]) -> None:
        self._source, self.size = source, size
        self.fps, self.length, self.time_base = source.fps, source.length, source.time_base
        self.told = source.told

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        return self._source.notice

    @property
    def end(self) -> float | None:  # type: ignore[override]  # read-only here
        return self._source.end

    def read(self) -> Frame | None:
        return self._at_size(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        return self._at_size(self._source.skip_to(seconds))

    def close(self) -> None:
        self._source.close()

    def _at_size(self, frame: Frame | None) -> Frame | None:
        return None if frame is None else frame.showing(fitted(frame.image, self.size))
