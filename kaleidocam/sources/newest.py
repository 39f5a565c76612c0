"""Makes any source live: the newest frame wins, and no lag builds up.

Invariant: `read` returns each frame at most once, and always the newest; dropped frames are counted. A file that
is cut, removed or replaced while it plays is waited for, and taken up again.
"""

import os
import threading
import time
from collections.abc import Callable

from kaleidocam.errors import one_line
from kaleidocam.fit import CROP, fitted
from kaleidocam.frame import Frame, Joint
from kaleidocam.sources.absence import Absence
from kaleidocam.sources.base import Source

RE_ANCHOR_SECONDS = 0.5  # a played file that lags more than this continues from now and does not catch up
RETRY_SECONDS = 0.5  # between two attempts to open a file again, and between two looks whether a picture has changed
CLOSE_SECONDS = 2.0  # how long `close` waits for a read that may never return


class Newest(Source):
    """Reads frames on its own thread into one slot.

    `paced`: the inner source does not run in real time (a file, a picture, a drawing); it is played at its frames'
    times, and each frame is stamped with time.monotonic() as a camera's would be. `again`: opens the inner source
    again when it has ended, so that a clip loops; where it can't, or where the source fails, `health` says so until it
    can. `name`: the file; an endless source, such as a picture, is opened again as soon as it changes. Its frames keep
    the first one's size, or the `size` that is set later; `how` says how others are brought to it, as in `fitted`.
    `joint`: how the frame that was read last follows the one before it. This source owns the inner one and closes it.
    """

    def __init__(
        self, source: Source, *, paced: bool, again: Callable[[], Source] | None = None, name: str = ""
    ) -> None:
        self._size, self.fps, self.told, self.format = source.size, source.fps, source.told, source.format
        self._fits = again is not None  # whether each picture is brought to the size
        self.dropped, self.how, self.joint = 0, CROP, Joint.ON
        self._joins = self._waiting_joins = Joint.ON  # of the next frame that comes, and of the one that waits
        self._source: Source | None = source
        self._paced, self._again, self._name = paced, again, name
        self._state = _state_of(name)
        self._news, self._closing = threading.Condition(), threading.Event()
        self._slot: Frame | None = None
        self._ended = False
        self._wanted = threading.Event()  # by a first reader, for whom what comes only once waits
        self._absence = Absence(lambda: f"'{name}'")
        self._damage: str | None = None  # what the inner source had to say
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="grab", daemon=True)
        self._thread.start()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of its frames; another may be set."""
        return self._size

    @size.setter
    def size(self, size: tuple[int, int]) -> None:
        self._size, self._fits = size, True

    def wait(self, seconds: float) -> bool:
        """True as soon as `read` would return at once; False if it would still block after `seconds`."""
        self._wanted.set()
        with self._news:
            return self._news.wait_for(lambda: self._slot is not None or self._ended, seconds)

    def health(self) -> str | None:
        """One line for the performer while the file is not there, else None. For any thread."""
        return self._absence.line()

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        """A line for the end: what was wrong with the file, and how often and how long it gave no pictures."""
        return self._absence.summary() or self._damage

    def read(self) -> Frame | None:
        """Waits for a frame newer than the previous one, or for the end. Raises what the inner source raised."""
        self._wanted.set()
        with self._news:
            self._news.wait_for(lambda: self._slot is not None or self._ended)
            frame, self._slot = self._slot, None
            self.joint, self._waiting_joins = self._waiting_joins, Joint.ON
        if frame is None and self._error:
            raise self._error
        return frame

    def close(self) -> None:
        """Ends the thread. If a read hangs, its daemon thread stays behind and closes the source later."""
        self._closing.set()
        self._wanted.set()
        self._thread.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            if self._paced and not self._again:
                self._wanted.wait()
            if self._again:
                self._loop(self._again)
            elif self._source:
                self._play(self._source, None)
        except BaseException as error:  # raised again by `read`
            self._error = error
        finally:
            self._shut()
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _loop(self, again: Callable[[], Source]) -> None:
        """Plays the file over and over, whatever becomes of it."""
        end = None
        while self._source:
            try:
                end = self._play(self._source, end)
                why = "it has no picture"
            except Exception as error:  # whatever a library raises where a file is cut short under it
                end, why = None, one_line(error)
            self._shut()
            if end is None and not self._closing.is_set():
                self._absence.begin(why)
            while not self._closing.wait(RETRY_SECONDS if self._absence.away else 0):
                state = _state_of(self._name)
                try:
                    self._source = again()
                    the_same = state == self._state and end is not None
                    self._joins, self._state = Joint.SEAM if the_same else Joint.ON, state
                    break
                except Exception as error:  # as above
                    end = None
                    self._absence.begin(one_line(error))

    def _shut(self) -> None:
        if self._source:
            source, self._source = self._source, None
            source.close()

    def _play(self, source: Source, start: float | None) -> float | None:
        """Plays a source to its end; its first frame is due at `start` (time.monotonic; None: now). Returns the time at
        which the last frame's duration ends, and not before it, so that a loop keeps its pace; None if there was no
        frame."""
        end, anchor, first = None, None, 0.0
        endless = source.length is None and source.time_base is None
        looked = time.monotonic()
        while not self._closing.is_set() and (frame := source.read()) is not None:
            now = time.monotonic()
            if endless and self._name and now - looked > RETRY_SECONDS:
                looked = now
                if _state_of(self._name) != self._state:
                    return now
            if anchor is None:
                anchor, first = (now if start is None else start) - frame.seconds, frame.seconds
            if now - (anchor + frame.seconds) > RE_ANCHOR_SECONDS:
                anchor = now - frame.seconds
            end = anchor + frame.seconds + 1 / source.fps
            if self._paced:
                time.sleep(max(0.0, anchor + frame.seconds - now))
                frame = frame.at(time.monotonic(), None if endless else frame.seconds - first)
            self._put(frame)
        if end is not None and anchor is not None and source.end is not None:
            end = anchor + source.end
        if self._paced and end is not None and not self._closing.is_set():
            time.sleep(max(0.0, end - time.monotonic()))
        self._damage = source.notice
        return end

    def _put(self, frame: Frame) -> None:
        with self._news:
            self._absence.picture()
            self.dropped += self._slot is not None
            if self._joins is not Joint.ON:
                self._waiting_joins, self._joins = self._joins, Joint.ON
            self._slot = frame.showing(fitted(frame.picture, self._size, self.how)) if self._fits else frame
            self._news.notify_all()


def _state_of(path: str) -> tuple[int, ...] | None:
    """What changes with a file; None: there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
