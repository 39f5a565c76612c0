"""The time of a film's frames, one after another.

Invariant: times rise; a frame keeps its own time unless that would break the order.
"""

from fractions import Fraction


class Clock:
    """`time_base`: seconds of one tick; `pace`: seconds from frame to frame if the file gives no times."""

    def __init__(self, time_base: Fraction, pace: float) -> None:
        self._tick, self._pace = time_base, pace
        self._last: float | None = None
        self.steady = True  # whether each time so far was the frame's own

    def seconds(self, pts: int | None) -> float:
        """The presentation time of the next frame. A missing time follows the previous one by `pace`; a time that does
        not rise becomes one tick after the previous. Where the file's clock begins anew, a Timeline has mended it."""
        last = self._last
        seconds = (0.0 if last is None else last + self._pace) if pts is None else float(pts * self._tick)
        own = pts is not None
        if last is not None and seconds <= last:
            seconds, own = last + float(self._tick), False
        self._last, self.steady = seconds, self.steady and own
        return seconds
