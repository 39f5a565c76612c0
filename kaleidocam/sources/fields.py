"""Deinterlaces frames: a frame whose rows were taken at two moments becomes a picture of one moment.

Invariant: frames come in order, each with the time at which it was shown; those that are not interlaced stay as they
are, unless the mode says that all are.
Source: FFmpeg's bwdif, by Thomas Mundt: motion adaptive, from w3fdif and yadif.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import av

MODES = {  # of --deinterlace: bwdif's mode, and which frames it changes
    "auto": ("send_frame", "interlaced"),
    "frame": ("send_frame", "all"),
    "field": ("send_field", "all"),
}


class Fields:
    """The frames that `read` gives until it returns None, deinterlaced. `mode`: "auto" (frames marked as interlaced),
    "frame" (all), "field" (all, and each field becomes a picture, so twice as many), or "off". `unit`: seconds of one
    tick of the frames that come out. `found`: whether any frame had to be changed."""

    def __init__(self, read: Callable[[], av.VideoFrame | None], unit: Fraction, mode: str) -> None:
        self._read, self._mode, self._given = read, mode, unit
        self.unit = unit / 2 if mode == "field" else unit
        self.found = False
        self._frames = iter(read, None) if mode == "off" else self._changed()

    def next(self) -> av.VideoFrame | None:
        """The next frame, or None when there are no more."""
        return next(self._frames, None)

    def _changed(self) -> Iterator[av.VideoFrame]:
        """bwdif looks at the frame before and at the one after, so each frame comes when the next has been read. It
        starts with the frame before the first one marked, so that its result depends on these three alone."""
        graph: _Graph | None = None
        before: av.VideoFrame | None = None
        while (frame := self._read()) is not None:
            if graph and not graph.takes(frame):
                yield from graph.rest()
                graph = before = None
            if graph is None and (frame.interlaced_frame or self._mode != "auto"):
                self.found, graph = True, _Graph(frame, self._given, self._mode, before)
            if graph is None:
                before = frame
                yield frame
            else:
                yield from graph.put(frame)
        yield from graph.rest() if graph else ()


class _Graph:
    """bwdif, for frames of one shape. It counts time in half ticks of `unit`. `before`: the frame before the first one,
    which is looked at and does not come out again."""

    def __init__(self, frame: av.VideoFrame, unit: Fraction, mode: str, before: av.VideoFrame | None) -> None:
        self._shape, self._unit, self._halves = _shape(frame), unit, mode == "field"
        how, which = MODES[mode]
        self._graph = av.filter.Graph()
        width, height, form = self._shape
        self._graph.link_nodes(
            self._graph.add_buffer(width=width, height=height, format=form, time_base=unit),
            self._graph.add("bwdif", f"mode={how}:parity=auto:deint={which}"),
            self._graph.add("buffersink"),
        ).configure()
        self._hidden = before is not None
        if before is not None:
            self._graph.push(before)

    def takes(self, frame: av.VideoFrame) -> bool:
        return _shape(frame) == self._shape

    def put(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Gives it a frame, or None after the last; the frames that are ready."""
        self._graph.push(frame)
        while True:
            try:
                done = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if self._hidden:
                self._hidden = False
                continue
            if not self._halves:
                done.pts = None if done.pts is None else done.pts // 2
                done.duration //= 2
                done.time_base = self._unit
            yield done

    def rest(self) -> Iterator[av.VideoFrame]:
        return self.put(None)


def _shape(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
