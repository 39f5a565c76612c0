"""A tempo that others set too, and how far ours may be apart from theirs.

Invariant: where there are others, a tap sets the tempo for all, but no beat of theirs ever jumps: bars and nudges are
ours alone.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from kaleidocam.control.course import BAR, Course
from kaleidocam.control.taps import Taps


class Session(Protocol):
    """What is shared, such as `link.Link`. Times are those of time.monotonic."""

    @property
    def bpm(self) -> float: ...

    @property
    def others(self) -> int:
        """How many set it too."""

    @property
    def is_stopped(self) -> bool: ...

    def beat(self, seconds: float) -> float:
        """The beat number at that time; bars begin where BAR divides it."""

    def set_bpm(self, bpm: float, seconds: float) -> None: ...

    def set_beat(self, beat: float, seconds: float) -> None:
        """The beat number at that time is `beat`, for all."""


@dataclass(frozen=True)
class _Apart:
    """Our beat comes `early` seconds before theirs, and ours is `beats` further. `lag`, `since`: as in a Course."""

    early: float = 0.0
    beats: int = 0
    lag: float = 0.0
    since: float = 0.0


class SharedTempo:
    """Tempo and beat of a session, as we play them."""

    def __init__(self, session: Session) -> None:
        self._session, self._apart = session, _Apart()

    @property
    def bpm(self) -> float:
        return self._session.bpm

    @property
    def others(self) -> int:
        """How many set it too."""
        return self._session.others

    @property
    def is_stopped(self) -> bool:
        return self._session.is_stopped

    def course(self, seconds: float) -> Course:
        """Where the music is at that time, also while it is stopped."""
        apart = self._apart
        beats = self._session.beat(seconds) + apart.beats
        return Course(seconds - apart.early, beats, 60 / self._session.bpm, apart.lag, apart.since)

    def tap(self, taps: Taps, seconds: float) -> None:
        """A tap. Two or more set the tempo for all; only alone they are the beat too."""
        place = self.course(seconds).place(seconds)
        if taps.between:
            self._session.set_bpm(60 / taps.between, seconds)
        if not self.others:
            self._set_beat(taps.beat if taps.between else round(place), seconds)

    def resync(self, course: Course, seconds: float) -> None:
        """A bar begins now: where there are others, with the beat that is nearest."""
        place = course.place(seconds)
        if self.others:
            self._apart = replace(self._apart, beats=self._apart.beats + BAR * round(place / BAR) - round(place))
        else:
            self._set_beat(BAR * round(place / BAR), seconds)

    def nudge(self, earlier: float, course: Course, seconds: float) -> None:
        """Our beat comes so many seconds earlier from now on."""
        self._apart = replace(self._apart, early=self._apart.early + earlier, lag=0.0)
        bent = self.course(seconds).bent_from(course, seconds)
        self._apart = replace(self._apart, lag=bent.lag, since=bent.since)

    def set_bpm(self, bpm: float, course: Course, seconds: float) -> None:
        """For all of them."""
        self._session.set_bpm(bpm, seconds)

    def _set_beat(self, beat: float, seconds: float) -> None:
        self._apart = _Apart()
        self._session.set_beat(beat, seconds)
