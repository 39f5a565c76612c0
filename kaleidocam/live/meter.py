"""What a performer wants to know: pace, lateness, how fast the dream goes, what was dropped.

Invariant: it only counts; nothing is decided here.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

WINDOW_SECONDS = 2.0  # over which the performer's figures are taken


@dataclass(frozen=True)
class Reading:
    """`fps`: frames shown a second; `latency_ms`, its median, and `latency_p95_ms`: from grab to shown; `steps`: of
    the dream a second; `dropped`: frames since the start."""

    fps: float
    latency_ms: float
    latency_p95_ms: float
    steps: float
    dropped: int

    def lines(self) -> list[str]:
        return [
            f"{self.fps:5.1f} fps   {self.dropped} dropped",
            f"{self.latency_ms:5.1f} ms added latency   (95 %: {self.latency_p95_ms:.1f})",
            f"{self.steps:5.1f} dream steps a second",
        ]


class Meter:
    """Fed by the video thread (`shown`) and the dream thread (`stepped`); `read` at any time.

    `kept`: how many seconds it remembers; `read` can go back no further.
    """

    def __init__(self, kept: float = WINDOW_SECONDS) -> None:
        self.kept = kept
        self._shown: deque[tuple[float, float]] = deque()  # when, latency in seconds
        self._steps: deque[float] = deque()
        self._reading = threading.Lock()  # the stage and the panel read at the same time
        self.frames = 0  # shown since the start
        self.shown_at: float | None = None  # when the last one was, and the last step taken, by time.monotonic()
        self.stepped_at: float | None = None

    def shown(self, grabbed: float) -> None:
        """A frame grabbed at `grabbed` (time.monotonic) has just been given to the sinks."""
        now = time.monotonic()
        self._shown.append((now, now - grabbed))
        self.frames, self.shown_at = self.frames + 1, now

    def stepped(self) -> None:
        """The dream has just taken one step."""
        self.stepped_at = time.monotonic()
        self._steps.append(self.stepped_at)

    def read(self, dropped: int, seconds: float = WINDOW_SECONDS) -> Reading:
        """How it went in the last `seconds`."""
        now = time.monotonic()
        with self._reading:
            while self._shown and self._shown[0][0] < now - self.kept:
                self._shown.popleft()
            while self._steps and self._steps[0] < now - self.kept:
                self._steps.popleft()
        shown = [(when, late) for when, late in list(self._shown) if when >= now - seconds]
        late = np.array([late for _, late in shown] or [0.0]) * 1000
        return Reading(
            _pace([when for when, _ in shown]),
            float(np.median(late)),
            float(np.percentile(late, 95)),
            _pace([when for when in list(self._steps) if when >= now - seconds]),
            dropped,
        )


def _pace(times: list[float]) -> float:
    """Events a second between the first and the last; 0 for fewer than two."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0
