"""A live camera or stream that survives failures: its capture is watched, ended when it hangs, and opened again.

Invariant: only `close` ends `read`; every frame has the size of the first, or one that was set, and times never fall,
also after a failure.
"""

import sys
import threading
import time

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.fit import CROP, fitted
from kaleidocam.frame import Frame, Joint
from kaleidocam.sources.absence import Absence
from kaleidocam.sources.base import Source
from kaleidocam.sources.capture_process import CaptureProcess
from kaleidocam.sources.capturing import Capture, Header
from kaleidocam.sources.place import Place

TICK_SECONDS = 0.1  # between two checks of the capture
STALL_SECONDS = 1.0  # without a picture, after which a capture is ended; below 3 fps: the time of three pictures
STILL_SECONDS = 2.0  # of exactly the same picture, after which the source is opened again: real cameras have noise
STILL_MOST_SECONDS = 60.0  # the longest pause between two such openings, for a source that really sends still pictures
FIRST_SECONDS = 15.0  # for the first picture of a performance
PATIENT_SECONDS = 6.0  # for an attempt to open a source for the first time; OpenCV gives an address five
OPEN_SECONDS = 2.0  # for an attempt to open it again; longer if the previous opening took long
# Attempts in one process, before a new one starts. On macOS a process without a run loop sees only the cameras that
# were connected when it started.
TRIES = 1 if sys.platform == "darwin" else 20
PAUSE_SECONDS = 0.3  # between two processes
LATER_SECONDS = 1e-6  # by which a frame is at least later than the previous one


class Watched(Source):
    """The newest frame wins, as with `Newest`; `dropped` counts the others.

    The constructor raises UserError if the source can't be opened. With `patient` it returns at once, with the size and
    frame rate that `place` asks for, and the camera is opened once it is connected; a place that is awaited needs it.
    `health` says what is wrong. A
    source with less than one picture per second counts as stalled between them, and is opened again for each. `size`
    may be set at any time; `how` says how pictures of another shape are brought to it, as in `fitted`.
    """

    joint = Joint.ON  # of every frame: nothing is known of it

    def __init__(self, place: Place, *, patient: bool = False, how: str = CROP) -> None:
        self._size, self.fps = place.size, place.fps
        self._fits = place.awaited  # whether each picture is brought to the size here
        self.dropped, self.how = 0, how
        self._taken: tuple[int, int] | None = place.size if patient else None  # the size in which it is captured
        self._place, self._open_seconds = place, PATIENT_SECONDS
        self._news, self._closing = threading.Condition(), threading.Event()
        self._slot: Frame | None = None
        self._last: Frame | None = None
        self._absence = Absence(lambda: self._place, away=patient)
        self._changed = 0.0  # seconds of the frame with which the picture last changed
        self._suspected = False  # the present process was started because the picture stood still
        self._patience, self._look_again = STILL_SECONDS, float("inf")
        process = None if patient else self._open()
        self._thread = threading.Thread(target=self._keep, args=(process,), name="watch", daemon=True)
        self._thread.start()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of its frames; another may be set."""
        return self._size

    @size.setter
    def size(self, size: tuple[int, int]) -> None:
        self._size, self._fits = size, True

    @property
    def place(self) -> Place:
        """Where it is; of a camera that was opened, the one that was met."""
        return self._place

    def wait(self, seconds: float) -> bool:
        """True as soon as `read` would return at once; False if it would still block after `seconds`."""
        with self._news:
            return self._news.wait_for(self._is_news, seconds)

    def read(self) -> Frame | None:
        """Waits for a frame newer than the previous one; None after `close`."""
        with self._news:
            self._news.wait_for(self._is_news)
            frame, self._slot = self._slot, None
        return None if self._closing.is_set() else frame

    def health(self) -> str | None:
        """One line for the performer while something is wrong, else None. For any thread."""
        now, last = time.monotonic(), self._last
        if away := self._absence.line():
            return away
        if last and last.seconds - self._changed > STILL_SECONDS and not self._place.awaited:
            return f"{self._place} has given the same picture for {now - self._changed:.0f} s"
        return None

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        """A line for the end: how often and how long it gave no pictures."""
        return self._absence.summary()

    def close(self) -> None:
        self._closing.set()
        with self._news:
            self._news.notify_all()
        self._thread.join()

    def _is_news(self) -> bool:
        return self._slot is not None or self._closing.is_set()

    def _open(self) -> CaptureProcess:
        """The first opening; if it fails, UserError."""
        process = CaptureProcess(Capture(self._place, None, tries=1, how=self.how), self._take)
        try:
            process.settled.wait(FIRST_SECONDS)
            if not (opened := process.opened):
                raise UserError(
                    process.why
                    or f"{self._place} gives no picture and no reason; plug it in again, or check the address"
                )
        except BaseException:
            process.end()
            raise
        self._size = self._taken = opened.size
        self.fps = opened.fps
        return process

    def _keep(self, process: CaptureProcess | None) -> None:
        """One process after another, until `close`."""
        while not self._closing.is_set():
            try:
                process = process or CaptureProcess(Capture(self._place, self._taken, TRIES, self.how), self._take)
            except OSError:  # the system has no free process or handle at the moment
                self._lose()
            else:
                self._watch(process)
                process.end()
                process = None
            self._closing.wait(PAUSE_SECONDS)
        if process:
            process.end()

    def _watch(self, process: CaptureProcess) -> None:
        """Returns when the process must be ended.

        Silence counts only while this thread can run: when the whole program stalls for a second, as while a network
        is traced, that is not the capture's fault.
        """
        silent, heard, before = 0.0, -1, time.monotonic()
        while not self._closing.wait(TICK_SECONDS):
            now = time.monotonic()
            silent = 0.0 if process.heard != heard else silent + min(now - before, 2 * TICK_SECONDS)
            heard, before = process.heard, now
            if process.opened:
                self._place = process.opened.place
                self._open_seconds = max(OPEN_SECONDS, 2 * process.opened.took)
            elif process.why:
                self._lose()
            if process.quiet:
                self._lose()
            if process.ended or silent > self._limit(process):
                self._lose()
                return
            if self._last and self._last.seconds > self._look_again and not self._place.awaited:
                self._patience = min(2 * self._patience, STILL_MOST_SECONDS)
                self._look_again, self._suspected = now + self._patience, True
                return

    def _limit(self, process: CaptureProcess) -> float:
        if self._place.awaited:  # it says that it works also while it has no pictures
            return PATIENT_SECONDS
        return max(STALL_SECONDS, 3 / self.fps) if process.opened else self._open_seconds

    def _lose(self) -> None:
        with self._news:
            self._suspected = False
            self._absence.begin()

    def _take(self, header: Header, image: np.ndarray) -> None:
        """Takes a picture from the capture process. Called on the CaptureProcess's thread."""
        image = fitted(image, self._size, self.how) if self._fits else image
        with self._news:
            last = self._last
            rising = header.seconds if last is None else max(header.seconds, last.seconds + LATER_SECONDS)
            repeated = header.fresh is None and self._suspected and last and np.array_equal(image, last.image)
            if header.fresh or (header.fresh is None and not repeated):
                self._changed, self._patience, self._look_again = rising, STILL_SECONDS, rising + STILL_SECONDS
            self._absence.picture()
            self.dropped += header.skipped + (self._slot is not None)
            index = header.skipped if last is None else last.index + 1 + header.skipped
            self._last = self._slot = Frame(image, rising, index)
            self._news.notify_all()
