"""Lines through the ticks of a clock: where they are even, and how far off each is.

Invariant: a line that is no clock's is infinitely far off.
Source: least squares; a time between ticks that is known before is worth some of them (ridge regression).
"""

import math
from collections.abc import Sequence

import numpy as np

TICKS_A_BEAT = 24  # of a MIDI clock
LONGEST_TICK, SHORTEST_TICK = 60 / 20 / TICKS_A_BEAT, 60 / 600 / TICKS_A_BEAT  # seconds, at 20 and at 600 BPM
KNOWN_TICKS = 6  # make a first tempo; and what a tempo known before is worth
LOST = 3  # so many are looked for among the first
BETTER, PLAIN = 0.75, 0.24  # of the error, and of the time from line to line: so near a line must come for it
FEWEST = 8  # ticks that make a line of their own
WIDER = 2.0  # the square of what a spread may be there, to before
Line = tuple[int, float]  # a line of the grid, and when its tick came


def sums_of_last(values: np.ndarray) -> np.ndarray:
    """The sums of the last one, the last two, ..."""
    return np.cumsum(values[::-1])


def off_own_line(ticks: Sequence[Line], spread: float) -> np.ndarray:
    """The squares of what the last one, the last two, ... are off a line of their own, in squares of the `spread`;
    infinite for fewer than FEWEST, where they lie on no line, and where that is no clock's."""
    index, at = np.array(ticks, float).T
    x, y = index - index[-1], at - at[-1]
    n = np.arange(1, len(x) + 1)
    sum_x, sum_y = sums_of_last(x), sums_of_last(y)
    xx, xy, yy = (
        sums_of_last(x * x) - sum_x**2 / n,
        sums_of_last(x * y) - sum_x * sum_y / n,
        sums_of_last(y * y) - sum_y**2 / n,
    )
    between = xy / np.maximum(xx, 1e-9)
    off = np.maximum(0.0, yy - xy * between) / spread**2
    good = (n >= FEWEST) & (between >= SHORTEST_TICK) & (between <= LONGEST_TICK) & (off <= WIDER * n)
    return np.where(good, off, np.inf)


def counted(ticks: list[Line]) -> list[Line]:
    """The ticks as they are counted, or as they lie on a line where some of them are lost or double."""
    at = np.array([each[1] for each in ticks])
    at -= at[0]
    best, least = ticks, BETTER * error_of(ticks)
    for lost in range(-LOST, LOST + 1):
        first, between = 0.0, at[-1] / (len(ticks) - 1 + lost)
        for _ in range(3):
            index = np.rint((at - first) / between)
            between, first = np.polyfit(index, at, 1)
        lines = [(ticks[0][0] + int(i), tick[1]) for i, tick in zip(index - index[0], ticks, strict=True)]
        if (error := error_of(lines)) < min(least, PLAIN * between):
            best, least = lines, error
    return best


def error_of(ticks: Sequence[Line]) -> float:
    """Seconds by which they are off their line; infinite where that is no clock's."""
    _, between, error = line_of(ticks, None)
    return error if SHORTEST_TICK <= between <= LONGEST_TICK else math.inf


def line_of(ticks: Sequence[Line], known: float | None) -> tuple[float, float, float]:
    """When the last of the lines was by all `ticks`, the seconds from line to line, and the error that is left (root of
    the mean square)."""
    index, at = np.array([each[0] for each in ticks], float), np.array([each[1] for each in ticks])
    x, y = index - index[-1], at - at[-1]
    dx, dy = x - x.mean(), y - y.mean()
    worth = 0.0 if known is None else KNOWN_TICKS * (KNOWN_TICKS**2 - 1) / 12
    spread = float(dx @ dx) + worth
    between = (float(dx @ dy) + worth * (known or 0.0)) / spread if spread else 0.0
    left = dy - between * dx
    return float(at[-1] + y.mean() - between * x.mean()), between, float(np.sqrt(np.mean(left**2)))
