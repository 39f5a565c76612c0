"""Taps in time, and the tempo that they mean.

Invariant: one slip among them is forgiven; what comes faster than any music is no tap.
"""

import math
import statistics
from collections import deque
from itertools import pairwise

FASTEST = 300.0  # BPM
MOST = 5  # the last so many make the tempo
END_SECONDS = 2.0  # after which tapping begins again
STRAY = 0.15  # of the median interval: a tap that is further off does not count


class Taps:
    """`beat`: the number of the last tap's beat; the first is 0, for one begins to tap on the one."""

    def __init__(self) -> None:
        self.beat = 0
        self._all: deque[float] = deque(maxlen=MOST)
        self._touched = -math.inf  # the last tap, counted or not

    def tap(self, seconds: float) -> bool:
        """Whether this is one; a key that is held down gives none."""
        pause, self._touched = seconds - self._touched, seconds
        if pause < 60 / FASTEST:
            return False
        if pause > END_SECONDS:
            self._all.clear()
            self.beat = 0
        self._all.append(seconds)
        if between := self.between:
            self.beat += max(1, round(pause / between))
        return True

    @property
    def between(self) -> float | None:
        """Seconds from beat to beat: the mean of the intervals near the median; None with fewer than two taps."""
        intervals = [after - before for before, after in pairwise(self._all)]
        if not intervals:
            return None
        middle = statistics.median(intervals)
        return statistics.fmean([i for i in intervals if abs(i - middle) <= STRAY * middle] or [middle])
