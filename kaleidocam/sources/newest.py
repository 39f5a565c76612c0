"""Makes any source live: the newest frame wins, and no lag builds up.

Invariant: `read` returns each frame at most once, and always the newest; dropped frames are counted.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source

RE_ANCHOR_SECONDS = 0.5  # a played file that lags more than this continues from now and does not catch up
CLOSE_SECONDS = 2.0  # how long `close` waits for a read that may never return


class Newest(Source):
    """Reads frames on its own thread into one slot.

    `paced`: the inner source does not run in real time (a file, a picture, a drawing); it is played at its frames'
    times, and each frame is stamped with time.monotonic() as a camera's would be. `again`: opens the inner source
    again when it has ended, so that a clip loops. This source owns the inner source and closes it.
    """

    def __init__(self, source: Source, *, paced: bool, again: Callable[[], Source] | None = None) -> None:
        self.size, self.fps, self.told = source.size, source.fps, source.told
        self.dropped = 0
        self._source, self._paced, self._again = source, paced, again
        self._news = threading.Condition()
        self._slot: Frame | None = None
        self._ended = self._closing = False
        self._wanted = threading.Event()  # by a first reader, for whom what comes only once waits
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="grab", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """True as soon as `read` would return at once; False if it would still block after `seconds`."""
        self._wanted.set()
        with self._news:
            return self._news.wait_for(lambda: self._slot is not None or self._ended, seconds)

    def health(self) -> str | None:
        """Always None: unlike a camera, a file does not disappear and return."""
        return None

    def read(self) -> Frame | None:
        """Waits for a frame newer than the previous one, or for the end. Raises what the inner source raised."""
        self._wanted.set()
        with self._news:
            self._news.wait_for(lambda: self._slot is not None or self._ended)
            frame, self._slot = self._slot, None
        if frame is None and self._error:
            raise self._error
        return frame

    def close(self) -> None:
        """Ends the thread. If a read hangs, its daemon thread stays behind and closes the source later."""
        self._closing = True
        self._wanted.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            if self._paced and not self._again:
                self._wanted.wait()
            end = self._play(self._source, None)
            while end is not None and self._again and not self._closing:
                self._source.close()
                self._source = self._again()
                end = self._play(self._source, end)
        except BaseException as error:  # raised again by `read`
            self._error = error
        finally:
            self._source.close()
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _play(self, source: Source, start: float | None) -> float | None:
        """Plays a source to its end; its first frame is due at `start` (time.monotonic; None: now). Returns the time at
        which the last frame's duration ends, and not before it, so that a loop keeps its pace; None if there was no
        frame."""
        end, anchor = None, None
        while not self._closing and (frame := source.read()) is not None:
            now = time.monotonic()
            if anchor is None:
                anchor = (now if start is None else start) - frame.seconds
            if now - (anchor + frame.seconds) > RE_ANCHOR_SECONDS:
                anchor = now - frame.seconds
            end = anchor + frame.seconds + 1 / self.fps
            if self._paced:
                time.sleep(max(0.0, anchor + frame.seconds - now))
                frame = replace(frame, seconds=time.monotonic())
            self._put(frame)
        if end is not None and anchor is not None and source.end is not None:
            end = anchor + source.end
        if self._paced and end is not None and not self._closing:
            time.sleep(max(0.0, end - time.monotonic()))
        self.notice = source.notice
        return end

    def _put(self, frame: Frame) -> None:
        with self._news:
            self.dropped += self._slot is not None
            self._slot = frame
            self._news.notify_all()
