"""Any source with other pictures: at another size, or of another kind.

Invariant: only the pictures change; times, indexes, length and notices are those of the inner source.
"""

from collections.abc import Callable

from kaleidocam.fit import CROP, fitted
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source


class Changed(Source):
    """`source` with every frame changed by `change`. This source owns the inner source and closes it."""

    def __init__(self, source: Source, change: Callable[[Frame], Frame]) -> None:
        self._source, self._change = source, change
        self.size, self.fps, self.length, self.time_base = source.size, source.fps, source.length, source.time_base
        self.format, self.told = source.format, source.told

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        return self._source.notice

    @property
    def end(self) -> float | None:  # type: ignore[override]  # read-only here
        return self._source.end

    def read(self) -> Frame | None:
        return self._changed(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        return self._changed(self._source.skip_to(seconds))

    def close(self) -> None:
        self._source.close()

    def _changed(self, frame: Frame | None) -> Frame | None:
        return None if frame is None else self._change(frame)


class Resized(Changed):
    """`source` with every picture brought to `size` (width, height); `how`: as in `fitted`."""

    def __init__(self, source: Source, size: tuple[int, int], how: str = CROP) -> None:
        super().__init__(source, lambda frame: frame.showing(fitted(frame.picture, size, how)))
        self.size = size


class InBgr(Changed):
    """`source` with every picture in BGR."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, lambda frame: frame.showing(frame.image))
        self.format = None
