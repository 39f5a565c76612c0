"""The tempo of the music, whoever sets it, and where in the beat a moment is.

Invariant: where the tempo is shared (Ableton Link), that alone counts, and a MIDI clock is not followed. Seconds are
those of time.monotonic.
"""

import math
import threading
import time
from collections.abc import Callable

from kaleidocam.control.course import Course
from kaleidocam.control.own_tempo import OwnTempo
from kaleidocam.control.shared_tempo import Session, SharedTempo
from kaleidocam.control.taps import FASTEST, Taps
from kaleidocam.errors import UserError

SLOWEST = 30.0  # BPM, as FASTEST
FALL = 5.0  # the pulse is exp(-FALL) = 0.7 % at the next beat
NUDGE_SECONDS = 0.01  # by which one press moves the beat


class Tempo:
    """Any thread may tap, tick and ask. `bpm`: a tempo to begin with; UserError beyond 30 to 300. `shared`: the tempo
    that others set too, if there is one."""

    def __init__(self, bpm: float | None = None) -> None:
        if bpm is not None:
            require(bpm)
        self._lock, self._taps, self._own = threading.Lock(), Taps(), OwnTempo(bpm)
        self.shared: SharedTempo | None = None
        self.commands: dict[str, Callable[[float], None]] = {  # of commands.TEMPO, each at a time
            "tap": self.tap,
            "nudge-earlier": lambda seconds: self.nudge(NUDGE_SECONDS, seconds),
            "nudge-later": lambda seconds: self.nudge(-NUDGE_SECONDS, seconds),
            "resync": self.resync,
            "half-tempo": lambda seconds: self.multiply(0.5, seconds),
            "double-tempo": lambda seconds: self.multiply(2.0, seconds),
        }

    def share(self, session: Session) -> None:
        """From now on tempo and beat are those of the session. Call it before all else."""
        self.shared = SharedTempo(session)

    @property
    def bpm(self) -> float | None:
        """Beats a minute; None as long as nothing has set a tempo."""
        return self._set_by.bpm

    @property
    def phase(self) -> float:
        """Where in the beat this moment is, 0 to 1; 0 without a tempo."""
        course = self._set_by.course(now := time.monotonic())
        return 0.0 if course is None else course.place(now) % 1.0

    def place(self, seconds: float | None = None) -> float | None:
        """The beat number now or at `seconds`, with its fraction, counted from a start or from the first tap that set
        the tempo; None without a tempo or stopped."""
        seconds = time.monotonic() if seconds is None else seconds
        course = None if self._set_by.is_stopped else self._set_by.course(seconds)
        return None if course is None else course.place(seconds)

    def beat(self, seconds: float | None = None) -> float:
        """The pulse now or at `seconds`: 1 on the beat, falling to 0 before the next; 0 without a tempo or stopped."""
        place = self.place(seconds)
        return 0.0 if place is None else math.exp(-FALL * (place % 1.0))

    def tap(self, seconds: float) -> None:
        """A tap: the beat is now. Two or more in time set the tempo, unless a clock does."""
        with self._lock:
            if self._taps.tap(seconds):
                self._set_by.tap(self._taps, seconds)

    def resync(self, seconds: float) -> None:
        """A bar begins now. UserError without a tempo."""
        with self._lock:
            self._set_by.resync(self._require_course(seconds), seconds)

    def nudge(self, earlier: float, seconds: float) -> None:
        """The beat comes so many seconds earlier from now on, or later where that is less than 0, until it is tapped.
        UserError without a tempo."""
        with self._lock:
            self._set_by.nudge(earlier, self._require_course(seconds), seconds)

    def multiply(self, factor: float, seconds: float) -> None:
        """So many times the tempo. UserError without one, beyond 30 to 300 BPM, and where a MIDI clock sets it."""
        with self._lock:
            course = self._require_course(seconds)
            require(bpm := factor * 60 / course.seconds)
            self._set_by.set_bpm(bpm, course, seconds)

    def clock(self, seconds: float) -> bool:
        """One tick of a MIDI clock, 24 a beat, however unsteady. Whether it is followed."""
        if self.shared:
            return False
        with self._lock:
            self._own.tick(seconds)
        return True

    def start(self, seconds: float) -> None:
        """A MIDI start: the music begins, on a beat, now (with the next tick, where ticks come)."""
        with self._lock:
            self._own.start(seconds)

    def stop(self) -> None:
        """A MIDI stop: no pulse until a start, a continue or a tap; the tempo is still followed."""
        with self._lock:
            self._own.stop()

    def resume(self, seconds: float | None = None) -> None:
        """A MIDI continue: see `OwnTempo.resume`."""
        with self._lock:
            self._own.resume(time.monotonic() if seconds is None else seconds)

    def locate(self, sixteenths: int) -> None:
        """A MIDI song position: the next tick is there, in sixteenths from the beginning."""
        with self._lock:
            self._own.locate(sixteenths)

    @property
    def _set_by(self) -> OwnTempo | SharedTempo:
        return self.shared or self._own

    def _require_course(self, seconds: float) -> Course:
        course = self._set_by.course(seconds)
        if course is None:
            raise UserError("there is no tempo yet; tap it two times or more, or give --tempo")
        return course


def require(bpm: float) -> None:
    """UserError for a tempo that no music has."""
    if not SLOWEST <= bpm <= FASTEST:
        raise UserError(f"the tempo is {bpm:g} BPM; allowed is {SLOWEST:g} to {FASTEST:g}")
