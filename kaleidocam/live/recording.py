"""Recordings that are begun and ended while the show goes on.

Invariant: neither beginning nor ending one holds up a frame, and one that fails is told and ends no show. What was
recorded until then is kept.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from kaleidocam.control.recorder import Recorder
from kaleidocam.errors import UserError, one_line
from kaleidocam.frame import Frame
from kaleidocam.settings.clock import running_clock
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.base import Sink


class Take(ABC):
    """One recording, from its beginning to its end. `file`: its path."""

    file: str
    failed: str | None = None  # one line on why nothing more is recorded

    def __init__(self) -> None:
        self._began: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has recorded."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def came(self, frame: Frame, look: Look) -> None:
        """A frame as it came, and how it is shown."""

    def shown(self, frame: Frame) -> None:
        """A frame as it is shown."""

    def notice(self) -> str | None:
        """A line for the performer where not everything is kept."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Finishes the file. UserError where it can't be; then it says where the part so far is."""

    def _begin(self) -> None:
        if self._began is None:
            self._began = time.monotonic()


class Shown(Take):
    """Records what is shown into `film`, which never waits, and closes it."""

    def __init__(self, film: Sink, file: str) -> None:
        super().__init__()
        self.file, self._film = file, film
        self._zero: float | None = None

    def shown(self, frame: Frame) -> None:
        self._begin()
        self._zero = frame.seconds if self._zero is None else self._zero
        self._film.write(frame.at(frame.seconds - self._zero))

    def notice(self) -> str | None:
        missed = getattr(self._film, "dropped", 0)
        return f"recording missed {missed} frames" if missed else None

    def close(self) -> None:
        self._film.close()


class Played(Take):
    """Records the source as it comes, and the score: what is played. Closes the `film`, and then the recorder, which
    writes into it."""

    def __init__(self, film: Sink, recorder: Recorder, file: str) -> None:
        super().__init__()
        self.file, self._film, self._recorder = file, film, recorder

    def came(self, frame: Frame, look: Look) -> None:
        self._begin()
        self._recorder(frame, look)
        self.failed = self._recorder.failed

    def notice(self) -> str | None:
        return self._recorder.notice()

    def close(self) -> None:
        try:
            self._film.close()
        finally:
            self._recorder.close()


class Recording:
    """The recording of a performance: at most one take at a time. All but `toggle`, `came` and `shown`, which are the
    stage's, may be called from any thread.

    `begin`: opens the next take; slow. UserError where it can't be. `say`: tells the performer; on any thread.
    `take`: one that is running already.
    """

    def __init__(
        self, begin: Callable[[], Take], say: Callable[[str], None] = lambda line: None, *, take: Take | None = None
    ) -> None:
        self._begin, self.say, self._take = begin, say, take
        self._opening = self._unwanted = False  # unwanted: ended before it was open
        self._turn = threading.Lock()
        self._broken: str | None = None  # why the last take has ended, where nobody ended it
        self._failures: list[UserError] = []
        self.told: list[str] = []  # a line on each take that has ended
        self._thread = ThreadPoolExecutor(1, "recording")

    @property
    def busy(self) -> bool:
        """Whether a take is running, or is being begun."""
        return (self._opening and not self._unwanted) or self._take is not None

    def report(self) -> dict[str, object] | None:
        """{file: its name, seconds} of the take that is running, else None."""
        take = self._take
        return {"file": Path(take.file).name, "seconds": round(take.seconds, 1)} if take else None

    def line(self) -> str | None:
        """How long it has recorded, for the figures."""
        take = self._take
        return f"recording {running_clock(take.seconds)}" if take else None

    def notice(self) -> str | None:
        """A line for the performer where not everything is kept."""
        return self._take.notice() if self._take else self._broken

    def toggle(self) -> None:
        """Begins a recording, or ends the one that is running."""
        with self._turn:
            if self._opening:
                self._unwanted = not self._unwanted
                return
            self._opening = begins = self._take is None
            self._unwanted = False
        if begins:
            self._thread.submit(self._open)
        else:
            self._end()

    def came(self, frame: Frame, look: Look) -> None:
        """A frame as it came. Never raises."""
        if self._take:
            self._safely(self._take, lambda take: take.came(frame, look))

    def shown(self, frame: Frame) -> None:
        """A frame as it is shown. Never raises."""
        if self._take:
            self._safely(self._take, lambda take: take.shown(frame))

    def finish(self) -> None:
        """Ends what is running; returns when all of it is on the disk. Nothing can be recorded after that."""
        with suppress(RuntimeError):  # it was called before
            self._thread.submit(self._end)  # after one that is just being begun
        self._thread.shutdown()

    def close(self) -> None:
        """As `finish`. Raises the first UserError of a take that could not be finished."""
        self.finish()
        if self._failures:
            raise self._failures[0]

    def _safely(self, take: Take, do: Callable[[Take], None]) -> None:
        try:
            do(take)
            why = take.failed
        except Exception as error:  # a full disk, an encoder that breaks: whatever it raises, the show goes on
            why = one_line(error)
        if why and self._take is take:
            self._end(why)

    def _open(self) -> None:
        try:
            take = self._begin()
        except Exception as error:  # as above
            self._opening = False
            self.say(f"no recording: {one_line(error)}")
            return
        try:
            with self._turn:
                self._opening, unwanted = False, self._unwanted
                if not unwanted:
                    self._take, self._broken = take, None
            if unwanted:
                take.close()
            else:
                self.say(f"recording {take.file}")
        except Exception as error:
            self.say(f"no recording: {one_line(error)}")

    def _end(self, why: str | None = None) -> None:
        """`why`: what broke it off."""
        take, self._take, self._broken = self._take, None, why
        if take:
            try:
                self._thread.submit(self._finish, take, take.seconds, why)
            except RuntimeError:  # `finish` has been called, and this is its thread
                self._finish(take, take.seconds, why)

    def _finish(self, take: Take, seconds: float, why: str | None) -> None:
        done = f"recorded {take.file}, {running_clock(seconds)}" if seconds else "nothing was recorded: no frame came"
        line = why or done
        try:
            take.close()
            self.told.append(line)
        except Exception as error:  # as above
            line = one_line(error)
            self._failures.append(error if isinstance(error, UserError) else UserError(line))
        self.say(line)
