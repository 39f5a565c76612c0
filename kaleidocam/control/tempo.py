"""The tempo of the music: tapped, or followed from a MIDI clock, and where in the beat this moment is.

Invariant: the place in the music never jumps and never runs backward, except at a tap, at a start, or when a clock is
found again; without news it goes on at the last tempo. Seconds are those of time.monotonic.
Source: ticks are followed by an alpha-beta filter that begins as a growing-memory line fit (Brookner, "Tracking and
Kalman Filtering Made Easy", 1998).
"""

import math
import statistics
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kaleidocam.errors import UserError

SLOWEST, FASTEST = 30.0, 300.0  # BPM
TICKS_A_BEAT = 24  # of a MIDI clock
TAPS = 5  # the last so many make the tempo
TAPPING_ENDS_SECONDS = 2.0
STRAY = 0.15  # of the median interval: a tap that is further off does not count
FALL = 5.0  # the pulse is exp(-FALL) = 0.7 % at the next beat
GAP_SECONDS = 0.25  # without a tick, three times the longest there is: the clock was stopped or held up
BURST_SECONDS = 0.002  # between ticks that were held up and came together
JITTER_SECONDS = 0.005  # by which ticks of a steady clock are off
LONGEST_TICK, SHORTEST_TICK = 60 / SLOWEST / TICKS_A_BEAT, 60 / FASTEST / TICKS_A_BEAT  # seconds
# With +-3 ms of jitter at 120 BPM this leaves 0.05 % of the tempo.
MEMORY_TICKS = 60
KNOWN_TICKS = 6  # what a tempo known before is worth when a clock is found again; and as many make a first tempo
SHIFT_BEATS = 0.25  # over which a correction is spread; a larger one is a jump


@dataclass(frozen=True)
class _Course:
    """The beat number was `beats` at the time `at`; each beat lasts `seconds`. `lag`: by how many beats the place given
    out before differed, at the time `since`; it fades within SHIFT_BEATS."""

    at: float
    beats: float
    seconds: float
    lag: float = 0.0
    since: float = 0.0

    def place(self, now: float) -> float:
        faded = min(1.0, max(0.0, (now - self.since) / (SHIFT_BEATS * self.seconds)))
        return self.beats + (now - self.at) / self.seconds + self.lag * (1 - faded)


class Tempo:
    """Any thread may tap, tick and ask. `bpm`: a tempo to begin with; UserError beyond 30 to 300."""

    def __init__(self, bpm: float | None = None) -> None:
        if bpm is not None and not SLOWEST <= bpm <= FASTEST:
            raise UserError(f"the tempo is {bpm:g} BPM; allowed is {SLOWEST:g} to {FASTEST:g}")
        self._lock = threading.Lock()
        self._course = None if bpm is None else _Course(time.monotonic(), 0.0, 60 / bpm)
        self._stopped = False
        self._taps: deque[float] = deque(maxlen=TAPS)
        self._touched = -math.inf  # the last tap, counted or not
        self._ticked = -math.inf  # the last tick
        self._ticks = 0  # since the clock was found, up to MEMORY_TICKS
        self._tick = (0.0, 0.0)  # where the filter puts the last tick, and the time between two, in seconds
        self._place: float | None = None  # the beat number of the last tick; None: ticks have yet to be counted
        self._at_start = False  # the next tick is the first of the music

    @property
    def bpm(self) -> float | None:
        """Beats a minute; None as long as nothing has set a tempo."""
        course = self._course
        return None if course is None else 60 / course.seconds

    @property
    def phase(self) -> float:
        """Where in the beat this moment is, 0 to 1; 0 without a tempo."""
        return self._phase(time.monotonic()) or 0.0

    def beat(self, seconds: float | None = None) -> float:
        """The pulse now or at `seconds`: 1 on the beat, falling to 0 before the next; 0 without a tempo or stopped."""
        phase = self._phase(time.monotonic() if seconds is None else seconds)
        return 0.0 if phase is None or self._stopped else math.exp(-FALL * phase)

    def tap(self, seconds: float) -> None:
        """A tap: the beat is now. Two or more in time set the tempo, unless a clock does. Taps that follow faster than
        300 BPM, such as a key held down, are none; after more than 2 s tapping begins again."""
        with self._lock:
            pause, self._touched = seconds - self._touched, seconds
            if pause < 60 / FASTEST:
                return
            if pause > TAPPING_ENDS_SECONDS:
                self._taps.clear()
            self._taps.append(seconds)
            self._stopped = False
            clocked = seconds - self._ticked < GAP_SECONDS
            if len(self._taps) > 1 and not clocked:
                self._course, self._place = _Course(seconds, 0.0, _interval(self._taps)), None
            elif self._course:
                course = replace(self._course, lag=0.0)
                shift = round(course.place(seconds)) - course.place(seconds)
                self._course = replace(course, beats=course.beats + shift)
                self._place = None if self._place is None else self._place + shift

    def clock(self, seconds: float) -> None:
        """One tick of a MIDI clock, 24 a beat, however unsteady."""
        with self._lock:
            pause, self._ticked = seconds - self._ticked, seconds
            if pause < BURST_SECONDS or pause > GAP_SECONDS:
                self._find(seconds)
            else:
                self._follow(seconds)
            self._count(seconds)

    def start(self, seconds: float) -> None:
        """A MIDI start: the music begins, on a beat, now (with the next tick, where ticks come)."""
        with self._lock:
            self._stopped, self._at_start = False, True
            if self._course:
                self._course = _Course(seconds, 0.0, self._course.seconds)

    def stop(self) -> None:
        """A MIDI stop: no pulse until a start, a continue or a tap; the tempo is still followed."""
        self._stopped = True

    def resume(self) -> None:
        """A MIDI continue: the pulse is back where the music is by now."""
        self._stopped = False

    def _phase(self, seconds: float) -> float | None:
        course = self._course
        return None if course is None else course.place(seconds) % 1.0

    def _find(self, seconds: float) -> None:
        """The clock is found, at the tempo known before, if any."""
        course = self._course
        self._ticks = KNOWN_TICKS if course else 0
        self._tick = (seconds, course.seconds / TICKS_A_BEAT if course else 0.0)

    def _follow(self, seconds: float) -> None:
        """Corrects the last tick's time and the time between ticks by how far off this one is."""
        at, between = self._tick
        error = seconds - (at + between)
        n = self._ticks = min(self._ticks + 1, MEMORY_TICKS)
        if self._course and abs(error) > max(JITTER_SECONDS, between / 4):  # another tempo
            n = self._ticks = max(KNOWN_TICKS, n // 2)
        trust, turn = 2 * (2 * n + 1) / ((n + 1) * (n + 2)), 6 / ((n + 1) * (n + 2))
        self._tick = (at + between + trust * error, min(LONGEST_TICK, max(SHORTEST_TICK, between + turn * error)))

    def _count(self, seconds: float) -> None:
        """One tick further in the music."""
        before = self._course
        if self._at_start:
            self._place, self._at_start = 0.0, False
        elif self._place is None:
            self._place = before.place(seconds) if before else 0.0
        else:
            self._place += 1 / TICKS_A_BEAT
        if before is None and self._ticks < KNOWN_TICKS:
            return
        at, between = self._tick
        course = _Course(at, self._place, between * TICKS_A_BEAT)
        lag = before.place(seconds) - course.place(seconds) if before else 0.0
        self._course = replace(course, lag=lag, since=seconds) if abs(lag) < SHIFT_BEATS else course


def _interval(taps: Sequence[float]) -> float:
    """Seconds between two or more taps: the mean of the intervals near the median, so that one slip is forgiven."""
    intervals = [after - before for before, after in pairwise(taps)]
    middle = statistics.median(intervals)
    return statistics.fmean([i for i in intervals if abs(i - middle) <= STRAY * middle] or [middle])
