"""Any source made live: the newest frame wins, and nothing ever lags.

Invariant: `read` hands out each frame at most once, and always the newest there is; what was overtaken is counted.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source

RE_ANCHOR_SECONDS = 0.5  # a played file that is later than this goes on from now instead of racing to catch up
CLOSE_SECONDS = 2.0  # how long `close` waits for a read that may never return


class Newest(Source):
    """Grabs frames on a thread of its own into one slot.

    `paced`: the inner source has no pace of its own (a file, a picture, a drawing); it is played at its frames'
    times and stamped with time.monotonic() as a camera would be. `again`: opens the inner source anew when it has
    ended, so a clip plays in a loop. The inner source belongs to this one and is closed by it.
    """

    def __init__(self, source: Source, *, paced: bool, again: Callable[[], Source] | None = None) -> None:
        self.size, self.fps = source.size, source.fps
        self.dropped = 0
        self._source, self._paced, self._again = source, paced, again
        self._news = threading.Condition()
        self._slot: Frame | None = None
        self._ended = self._closing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="grab", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """True as soon as `read` would return at once; False if it would still block after `seconds`."""
        with self._news:
            return self._news.wait_for(lambda: self._slot is not None or self._ended, seconds)

    def health(self) -> str | None:
        """Nothing is ever amiss that a performer should know: a file does not go away and come back."""
        return None

    def read(self) -> Frame | None:
        """Blocks until there is a frame newer than the last one, or the end. Raises what the inner source raised."""
        with self._news:
            self._news.wait_for(lambda: self._slot is not None or self._ended)
            frame, self._slot = self._slot, None
        if frame is None and self._error:
            raise self._error
        return frame

    def close(self) -> None:
        """Ends the thread. A read that never returns is left to its (daemon) thread, which closes the source."""
        self._closing = True
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
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
        """Plays a source to its end, from `start` on (time.monotonic; None: now). Returns when the last frame's own
        time is over, so that a loop keeps its pace; None if there was no frame."""
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
        if self._paced and end is not None and not self._closing:
            time.sleep(max(0.0, end - time.monotonic()))
        self.notice = source.notice
        return end

    def _put(self, frame: Frame) -> None:
        with self._news:
            self.dropped += self._slot is not None
            self._slot = frame
            self._news.notify_all()
