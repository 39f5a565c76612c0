"""A MIDI clock as it arrives: early, late, lost or twice; and the even ticks that it means.

Invariant: a tick counts for as many as there are lines of the grid since the one before; what stands nowhere near the
grid for long is another tempo, and is counted anew. Seconds are those of time.monotonic.
Sources: the grid is a line fitted by least squares to the ticks of the last seconds; a known tempo is worth a few ticks
(ridge regression). For how many lines a tick counts is what is most likely, by the spread of those before; so is where
another tempo begins (the generalized likelihood ratio for a change; Basseville and Nikiforov 1993).
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from kaleidocam.control.clock_lines import (
    FEWEST,
    KNOWN_TICKS,
    LONGEST_TICK,
    SHORTEST_TICK,
    TICKS_A_BEAT,
    Line,
    counted,
    line_of,
    off_own_line,
    sums_of_last,
)

QUIET_SECONDS = 0.4  # without a tick, three times the longest there is: it has stopped, or is held up
GONE_SECONDS = 2.0  # without a tick; then the clock is found anew
BURST_SECONDS = 0.0005  # between ticks that were held up and come together
MEMORY_SECONDS, MEMORY_TICKS = 4.0, 256  # with +-5 ms of jitter at 120 BPM this leaves 0.02 % of the tempo
GRID_TICKS = 24  # make a grid, by which it is seen that others are lost or double
UNLIKELY = 9.0  # that one is: as three times the spread
# By so much, in squares of the spread, that must be more likely: where the lines stay, and where others are counted.
# Jitter alone looks so once in days.
SURE = np.array([30.0, 50.0])
LOOK_BACK = 48  # ticks, in which another tempo may have begun
AS_GOOD = 4.0  # below the best: the longest of these, for the tick before the change is the one that is counted right
EVEN_SECONDS = 0.0005  # no error, as far as the system's timers go


@dataclass(frozen=True)
class _Tick:
    """It came at `at`, `steps` lines after the one before, `error` seconds off the grid; `index`: of its line."""

    at: float
    index: int
    steps: int
    error: float


class MidiClock:
    """Call `tick` for each tick. `at`: when the last line of the grid was, `between`: seconds from line to line."""

    def __init__(self) -> None:
        self.at, self.between, self._spread = 0.0, 0.0, 0.0
        self._known: float | None = None  # seconds from line to line, as they were before
        self._fitted: deque[Line] = deque(maxlen=MEMORY_TICKS)
        self._recent: deque[_Tick] = deque(maxlen=LOOK_BACK)
        self._came = -math.inf  # the last tick, whatever it was

    @property
    def is_found(self) -> bool:
        """Whether there is a grid."""
        return len(self._fitted) >= (1 if self._known else KNOWN_TICKS)

    def runs(self, seconds: float) -> bool:
        """Whether it sets the tempo at that time."""
        return seconds - self._came <= QUIET_SECONDS

    def has_gone(self, seconds: float) -> bool:
        """Whether there is no clock any more."""
        return seconds - self._came > GONE_SECONDS

    def forget(self, between: float | None) -> None:
        """The next tick is the first. `between`: seconds from line to line, if they are known."""
        self._known, self._came = between, -math.inf
        self._fitted.clear()
        self._recent.clear()

    def tick(self, seconds: float) -> int:
        """By how many ticks the music has gone on; less than 0 where it was counted too far before."""
        pause, self._came = seconds - self._came, seconds
        if not self._fitted:
            self._note(_Tick(seconds, 0, 1, 0.0))
            return 1
        before, held_up = self._fitted[-1][0], pause < BURST_SECONDS
        steps, error = self._steps(seconds) if len(self._fitted) >= GRID_TICKS else (int(not held_up), 0.0)
        if held_up and not steps:
            return 0
        self._note(_Tick(seconds, before + steps, steps, error))
        if another := self._another():
            self._known, self._fitted = None, deque(another, MEMORY_TICKS)
            self._recent = deque((_Tick(at, index, 1, 0.0) for index, at in another), LOOK_BACK)
            self._fit()
        return self._fitted[-1][0] - before

    def _steps(self, seconds: float) -> tuple[int, float]:
        """For how many lines the tick most likely counts, and its error then."""
        away = seconds - self.at
        several = {0, 1, max(0, round(away / self.between))}
        errors = {steps: away - steps * self.between for steps in several}
        cost = {steps: (error / self._spread) ** 2 + UNLIKELY * (steps != 1) for steps, error in errors.items()}
        likely = min(cost, key=lambda steps: cost[steps])
        return likely, errors[likely]

    def _note(self, tick: _Tick) -> None:
        self._recent.append(tick)
        if tick.steps:
            self._fitted.append((tick.index, tick.at))
        while len(self._fitted) > TICKS_A_BEAT and tick.at - self._fitted[0][1] > MEMORY_SECONDS:
            self._fitted.popleft()
        self._fit()

    def _fit(self) -> None:
        self.at, between, spread = line_of(self._fitted, self._known)
        self._spread = max(EVEN_SECONDS, spread)
        self.between = min(LONGEST_TICK, max(SHORTEST_TICK, between))

    def _another(self) -> list[Line] | None:
        """The ticks of another tempo or another place, with their lines, if that is what the last ones are."""
        recent, fitted = list(self._recent), list(self._fitted)
        if len(fitted) == len(recent) == GRID_TICKS:
            return counted(fitted)
        if len(fitted) < GRID_TICKS or len(recent) < FEWEST:
            return None
        ways = [[(tick.index, tick.at) for tick in recent], [(i, tick.at) for i, tick in enumerate(recent)]]
        errors = np.array([(tick.error / self._spread) ** 2 for tick in recent])
        odd = np.array([UNLIKELY * (tick.steps != 1) for tick in recent])  # none, where they are counted one by one
        gains = [
            sums_of_last(each) - off_own_line(way, self._spread)
            for each, way in zip((errors, errors + odd), ways, strict=True)
        ]
        sure = np.max(gains, axis=1) - SURE
        kind = int(sure.argmax())
        if sure[kind] < 0:
            return None
        length = int(np.flatnonzero(gains[kind] >= gains[kind].max() - AS_GOOD)[-1]) + 1
        last = recent[-length:]
        return [(last[0].index + i, tick.at) for i, tick in enumerate(last)] if kind else ways[0][-length:]
