"""Values of 14 bits, which come in two halves: coarse and fine, whichever is first.

Invariant: what belongs together is one movement; a half that comes alone counts too, a moment later.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from kaleidocam.control.midi_events import Moved
from kaleidocam.control.midi_map import Touch

FULL = 16383  # of 14 bits
HOLD_SECONDS = 0.01  # in which the other half follows: 1 ms later on a cable, more where the machine is busy
NEARER = 3.0  # times nearer in time than the next one, a half belongs to the one before


@dataclass
class _Pair:
    """The two halves of one control, and when each came; `held`: a share that waits for its other half, since when."""

    coarse: int = 0
    fine: int = 0
    coarse_at: float = -math.inf
    fine_at: float = -math.inf
    after_coarse: float = math.inf  # seconds after it that the fine half came
    after_fine: float = math.inf
    fine_first: bool = False
    held: tuple[float, float] | None = None

    @property
    def share(self) -> float:
        return (self.coarse * 128 + self.fine) / FULL

    def order(self) -> None:
        """Finds out which half comes first: it is near the one that follows."""
        if NEARER * self.after_fine < self.after_coarse:
            self.fine_first = True
        elif NEARER * self.after_coarse < self.after_fine:
            self.fine_first = False


class Halves:
    """The pairs of a device, by their control."""

    def __init__(self) -> None:
        self._pairs: dict[Touch, _Pair] = {}

    @property
    def holds(self) -> bool:
        """Whether `late` will have something."""
        return any(pair.held for pair in self._pairs.values())

    def late(self) -> list[Moved]:
        """Movements whose other half has not come in time: the one is all."""
        now, late = time.monotonic(), []
        for touch, pair in self._pairs.items():
            if pair.held and now - pair.held[1] >= HOLD_SECONDS:
                late.append(Moved(touch, pair.held[0]))
                pair.held = None
        return late

    def coarse(self, touch: Touch, value: int, alone: float | None = None) -> Iterator[Moved]:
        """The coarse half of a control. Alone it would be a step back, on the way down, so it waits for the fine one.
        `alone`: its share if none comes."""
        pair, now = self._pairs.setdefault(touch, _Pair()), time.monotonic()
        pair.after_fine, pair.coarse, pair.coarse_at = now - pair.fine_at, value, now
        pair.order()
        if pair.fine_first and pair.after_fine < HOLD_SECONDS:
            pair.held = None
            yield Moved(touch, pair.share)
        else:
            yield from self._hold(touch, pair, value * 128 / FULL if alone is None else alone)

    def fine(self, touch: Touch, value: int) -> Iterator[Moved]:
        """The fine half."""
        pair, now = self._pairs.setdefault(touch, _Pair()), time.monotonic()
        pair.after_coarse, pair.fine, pair.fine_at = now - pair.coarse_at, value, now
        pair.order()
        if pair.fine_first:
            yield from self._hold(touch, pair, pair.share)
        else:
            pair.held = None
            yield Moved(touch, pair.share)

    def note(self, touch: Touch, value: int) -> None:
        """The coarse half of a control that may be one of a pair, or stand alone."""
        pair, now = self._pairs.setdefault(touch, _Pair()), time.monotonic()
        pair.after_fine, pair.coarse, pair.coarse_at, pair.held = now - pair.fine_at, value, now, None

    def note_fine(self, touch: Touch, value: int) -> None:
        """The same for a fine half."""
        pair, now = self._pairs.setdefault(touch, _Pair()), time.monotonic()
        pair.after_coarse, pair.fine, pair.fine_at = now - pair.coarse_at, value, now

    def _hold(self, touch: Touch, pair: _Pair, share: float) -> Iterator[Moved]:
        """Keeps a half until its other one is there. One that was kept in vain comes out."""
        if pair.held:
            yield Moved(touch, pair.held[0])
        pair.held = share, time.monotonic()
