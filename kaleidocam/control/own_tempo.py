"""A tempo of our own: tapped, or followed from a MIDI clock.

Invariant: the place in the music never jumps and never runs backward, except at a tap, at a start, when the one is
given, or when another tempo is found; without news it goes on at the last tempo. Call it from one thread at a time; any
may ask for the course.
"""

import time
from dataclasses import replace

from kaleidocam.control.clock_lines import TICKS_A_BEAT
from kaleidocam.control.course import BAR, Course
from kaleidocam.control.midi_clock import MidiClock
from kaleidocam.control.taps import Taps
from kaleidocam.errors import UserError

SIXTEENTHS_A_BEAT = 4  # in which MIDI counts a song's position


class OwnTempo:
    """`bpm`: a tempo to begin with. Times are those of time.monotonic."""

    def __init__(self, bpm: float | None = None) -> None:
        self._course = None if bpm is None else Course(time.monotonic(), 0.0, 60 / bpm)
        self._clock, self._stopped = MidiClock(), False
        self._place: float | None = None  # the beat number of the last tick; None: ticks have yet to be counted
        self._next: float | None = None  # the beat number of the next tick, where a start or a position gives it
        self._early = 0.0  # seconds by which the beat comes before the clock's

    @property
    def bpm(self) -> float | None:
        """Beats a minute; None as long as nothing has set a tempo."""
        course = self._course
        return None if course is None else 60 / course.seconds

    @property
    def is_stopped(self) -> bool:
        return self._stopped

    def course(self, seconds: float) -> Course | None:
        """Where the music is, also while it is stopped; None without a tempo."""
        return self._course

    def tap(self, taps: Taps, seconds: float) -> None:
        """A tap: the beat is now. Two or more in time set the tempo, unless a clock does."""
        self._stopped, between = False, taps.between
        if between and not self._clock.runs(seconds):
            self._course, self._place = Course(seconds, taps.beat, between), None
            self._next, self._early = None, 0.0
        elif self._course:
            self._align(round(self._course.shifted(0.0).place(seconds)), self._course, seconds)

    def resync(self, course: Course, seconds: float) -> None:
        """A bar begins now."""
        self._stopped = False
        self._align(BAR * round(course.place(seconds) / BAR), course, seconds)

    def nudge(self, earlier: float, course: Course, seconds: float) -> None:
        """The beat comes so many seconds earlier from now on."""
        self._early += earlier
        self._course = replace(course, at=course.at - earlier, lag=0.0).bent_from(course, seconds)

    def set_bpm(self, bpm: float, course: Course, seconds: float) -> None:
        """Another tempo; beats are counted as if it had always been so. UserError where a MIDI clock sets it."""
        if self._clock.runs(seconds):
            raise UserError("a MIDI clock sets the tempo; change it where that comes from")
        self._course, self._place = Course(seconds, course.place(seconds) * course.seconds * bpm / 60, 60 / bpm), None

    def tick(self, seconds: float) -> None:
        """One tick of a MIDI clock, 24 a beat, however unsteady."""
        if self._clock.has_gone(seconds):
            self._clock.forget(self._course.seconds / TICKS_A_BEAT if self._course else None)
            self._place = None
        self._count(self._clock.tick(seconds), seconds)

    def start(self, seconds: float) -> None:
        """The music begins, on a beat, now (with the next tick, where ticks come)."""
        self._next = 0.0
        self.resume(seconds)

    def stop(self) -> None:
        """No pulse until a start, a continue or a tap; the tempo is still followed."""
        self._stopped = True
        self._next = None if self._place is None else self._place + 1 / TICKS_A_BEAT

    def resume(self, seconds: float) -> None:
        """The music goes on where it was stopped, or at the position that was given since, with the next tick; without
        ticks the pulse is back where the music is by now."""
        self._stopped = False
        if self._course and self._next is not None:
            self._course = Course(seconds, self._next, self._course.seconds)

    def locate(self, sixteenths: int) -> None:
        """The next tick is there, in sixteenths from the beginning."""
        self._next = sixteenths / SIXTEENTHS_A_BEAT

    def _align(self, beat: float, course: Course, seconds: float) -> None:
        """The beat number is `beat` now; a clock is counted from there."""
        self._course, self._next, self._early = Course(seconds, beat, course.seconds), None, 0.0
        if self._clock.runs(seconds):
            self._place = beat - (seconds - self._clock.at) / (TICKS_A_BEAT * self._clock.between)

    def _count(self, ticks: int, seconds: float) -> None:
        """So many ticks further in the music."""
        before = self._course
        if not self._stopped:
            if self._next is not None:
                self._place, self._next = self._next, None
            elif self._place is None:
                self._place = before.place(seconds) if before else 0.0
            else:
                self._place += ticks / TICKS_A_BEAT
        if not self._clock.is_found:
            return
        between = self._clock.between * TICKS_A_BEAT
        if self._stopped or self._place is None:
            self._course = Course(seconds, before.place(seconds) if before else 0.0, between)
        else:
            self._course = Course(self._clock.at - self._early, self._place, between).bent_from(before, seconds)
