"""A live stream to a server, a player or a playlist: encoded once, at a constant frame rate, and sent by a process.

Invariant: `write` never waits, and `close` not for long. A connection that is lost is tried again until `close`; each
begins with a keyframe, and the times go on rising.
"""

import logging
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress

import av
import numpy as np

from kaleidocam.errors import UserError, reason
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import kept
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.protocols import Destination
from kaleidocam.sinks.steady import Steady
from kaleidocam.sinks.stream_link import Link

log = logging.getLogger(__name__)

WAITING = 4  # frames for the encoder; then the oldest is dropped
PAUSES = 1.0, 2.0, 4.0, 8.0, 15.0  # seconds before the next attempt; the last one from then on
STEADY_SECONDS = 30.0  # of a connection, after which the pauses begin anew
NICE = 5  # of the encoder's threads: the video goes first, and the dream, which has 10, comes last
GAP_SECONDS = 1.0  # that is filled with the last picture; a longer one stays open
SILENT_FRAMES = 2.0  # in the time of which a frame must come, or the last one is sent again
CLOSE_SECONDS = 3.0  # for the last packets


class Stream(Sink):
    """Sends frames to `to`, `fps` a second, as `codec` says.

    `size` (width, height) of the first frames; others are cropped to that shape and scaled. `form`: of their planes, as
    EncodedStream has it. UserError if it can't be reached; with `wait` it is then tried again until it is there.
    `dropped` counts the frames for which the encoder or the network had no time; `lost`, the connections.
    """

    fixed = True

    def __init__(
        self,
        to: Destination,
        *,
        size: tuple[int, int],
        fps: float,
        codec: Codec,
        form: PixelFormat | None = None,
        wait: bool = False,
    ) -> None:
        self._to, self._size, self._codec, self._form = to, size, codec, form
        self.dropped = self.lost = 0
        self._why: str | None = None  # it is interrupted now
        self._failed: BaseException | None = None  # what no other attempt would mend
        self._frames: deque[Frame] = deque()
        self._news, self._ended = threading.Condition(), threading.Event()
        black = Frame(np.zeros((size[1], size[0], 3), np.uint8), 0.0, 0)
        self._steady = Steady(fps, longest=GAP_SECONDS, first=black)
        self._link: Link | None = None
        self._begun = threading.Event()
        self._refused: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(wait,), name="stream", daemon=True)
        self._thread.start()
        self._begun.wait()
        if self._refused:
            self._thread.join()
            raise self._refused

    @property
    def name(self) -> str:
        return f"the stream to {self._to.shown}"

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        if self._why:
            return f"{self.name} is interrupted ({self._why}); trying again"
        told = [f"missed {self.dropped} frame{'s' * (self.dropped > 1)}"] * bool(self.dropped)
        told += [f"was interrupted {self.lost} time{'s' * (self.lost > 1)}"] * bool(self.lost)
        return f"{self.name} {' and '.join(told)}" if told else None

    def write(self, frame: Frame) -> None:
        if self._failed:
            raise self._failed
        frame = kept(frame.showing(fitted(frame.picture, self._size)))
        with self._news:
            if len(self._frames) == WAITING:
                self._frames.popleft()
                self.dropped += self._why is None
            self._frames.append(frame)
            self._news.notify()

    def close(self) -> None:
        self._ended.set()
        with self._news:
            self._news.notify()
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive() and (link := self._link):
            link.carrier.kill()
        self._thread.join(CLOSE_SECONDS)

    def _first(self, wait: bool) -> Link | None:
        """The first connection; None if it can't be made, and `wait`; without, UserError."""
        try:
            return self._connect()
        except (av.FFmpegError, OSError, ValueError) as error:
            if not wait:
                raise UserError(
                    f"'{self._to.shown}' can't be streamed to: {_why(error)}; check the address, and that its server "
                    "runs; with --wait the show begins without it, and it is tried again"
                ) from error
            self._why = _why(error)
            log.info(f"{self.name} can't be begun ({self._why}); it is tried again")
            return None

    def _run(self, wait: bool) -> None:
        """One connection after another, until `close`."""
        _stand_behind()
        attempt = 0
        try:
            link = self._first(wait)
        except BaseException as error:  # raised again by the constructor
            self._refused = error
            return
        finally:
            self._begun.set()
        while not self._ended.is_set():
            begun = time.monotonic()
            try:
                if link is None:
                    self._ended.wait(PAUSES[min(attempt, len(PAUSES) - 1)])
                    attempt += 1
                    link = None if self._ended.is_set() else self._connect()
                    if link:
                        log.info(f"{self.name} goes on")
                if link:
                    self._send(link)
            except (av.FFmpegError, OSError) as error:
                attempt = 0 if time.monotonic() - begun > STEADY_SECONDS else attempt
                self._lose(link, error)
            except BaseException as error:  # raised again by `write`
                self._failed = error
                return
            finally:
                if link:
                    link.free()
                link = self._link = None

    def _lose(self, link: Link | None, error: Exception) -> None:
        why = link.why if link else _why(error)
        if link:
            self.lost += 1
            log.info(f"{self.name} is interrupted ({why}); trying again")
        self._why = why

    def _connect(self) -> Link:
        """A connection that is open; it begins with the newest picture. OSError or av.FFmpegError if none is made."""
        self._steady.begin(0 if self._to.protocol.zero else self._steady.slot)
        link = self._link = Link(self._to, self._codec, self._size, self._steady, self._form, again=self.lost > 0)
        try:
            link.open(self._steady, self._ended)
        except (av.FFmpegError, OSError) as error:
            raise ConnectionError(link.why) from error
        finally:
            if not link.carrier.opened.is_set():
                link.free()
        self._steady.begin(self._steady.slot)
        with self._news:
            self._frames.clear()
        self._why = None
        return link

    def _send(self, link: Link) -> None:
        """Until `close`, or until it is lost: OSError or av.FFmpegError."""
        due = time.monotonic()
        while not self._ended.is_set():
            frame = self._next(due)
            if frame:
                due = time.monotonic() + SILENT_FRAMES / self._steady.fps
                given = self._steady.come(frame)
            else:
                due = max(due + 1 / self._steady.fps, time.monotonic())
                given = self._steady.again()
            for each in given:
                link.packets.write(each)
            if link.carrier.ended.is_set():
                raise ConnectionError(link.why)
        link.packets.end()

    def _next(self, due: float) -> Frame | None:
        """The next frame; None if there is none until `due`, or it is to end."""
        with self._news:
            self._news.wait_for(lambda: self._frames or self._ended.is_set(), max(0.0, due - time.monotonic()))
            return self._frames.popleft() if self._frames else None


def _stand_behind() -> None:
    """Gives this thread, and the encoder's that it starts, less priority than the video has and more than the dream;
    on Linux, where each thread has its own."""
    if sys.platform == "linux":
        with suppress(OSError):  # a container may forbid it: then it stays
            usual = os.getpriority(os.PRIO_PROCESS, os.getpid())
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), usual + NICE)


def _why(error: BaseException) -> str:
    return str(error) if isinstance(error, ConnectionError) else reason(error)
