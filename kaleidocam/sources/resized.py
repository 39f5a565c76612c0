"""Any source at another size.

Invariant: only the pictures change; times, indexes, length and what there is to say are the inner source's.
"""

from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Resized(Source):
    """`source` with every picture cropped to the shape of `size` (width, height) and scaled to it. The inner source
    belongs to this one and is closed by it."""

    def __init__(self, source: Source, size: tuple[int, int]) -> None:
        self._source, self.size = source, size
        self.fps, self.length, self.time_base = source.fps, source.length, source.time_base
        self.told = source.told

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # nobody sets it
        return self._source.notice

    def read(self) -> Frame | None:
        return self._at_size(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        return self._at_size(self._source.skip_to(seconds))

    def close(self) -> None:
        self._source.close()

    def _at_size(self, frame: Frame | None) -> Frame | None:
        return None if frame is None else frame.showing(fitted(frame.image, self.size))
