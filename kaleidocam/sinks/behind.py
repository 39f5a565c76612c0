"""Keeps a slow sink from holding up a live picture.

Invariant: `write` never waits; frames that the slow sink can't take in time are dropped and counted.
"""

import queue
import threading

from kaleidocam.frame import Frame
from kaleidocam.planes import Planes
from kaleidocam.sinks.base import Sink

CLOSE_SECONDS = 3.0  # for the frames that wait; then the sink need not wait for anybody any longer
WAITING = 8  # frames: a quarter of a second at 30 fps, 22 MB at 1280×720


class Behind(Sink):
    """Runs another sink on its own thread. `dropped` counts the frames for which the queue was full.

    An error of the other sink is raised by the next `write` or by `close`; the other sink is closed in any case.
    """

    def __init__(self, sink: Sink) -> None:
        self.dropped = 0
        self._sink = sink
        self._error: BaseException | None = None
        self._queue: queue.Queue[Frame | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="behind", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._sink.name

    @property
    def fixed(self) -> bool:  # type: ignore[override]  # read-only here
        return self._sink.fixed

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        missed = f"{self.name} missed {self.dropped} frames" if self.dropped else None
        return self._sink.notice or missed

    def write(self, frame: Frame) -> None:
        if self._error:
            raise self._error
        try:
            self._queue.put_nowait(kept(frame))
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        try:
            self._queue.put(None, timeout=CLOSE_SECONDS)
        except queue.Full:
            self._sink.cut()
            self._queue.put(None)
        self._thread.join(CLOSE_SECONDS)
        self._sink.cut()
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self) -> None:
        frame: Frame | None = None
        try:
            with self._sink:
                while (frame := self._queue.get()) is not None:
                    self._sink.write(frame)
        except BaseException as error:  # raised again by `write` or `close`
            self._error = error
            while frame is not None:  # `close` may be waiting for a place in the full queue
                frame = self._queue.get()


def kept(frame: Frame) -> Frame:
    """The frame with a picture that nobody changes: a copy, except of planes, which never change."""
    picture = frame.picture
    return frame.showing(picture if isinstance(picture, Planes) else picture.copy())
