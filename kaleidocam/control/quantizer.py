"""What begins on the next beat or bar of the music.

Invariant: one thing waits at a time, the newest; without a tempo nothing waits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

BEATS = {"beat": 1, "bar": 4}  # in a beat, and in a bar
JUST_NOW = 0.2  # of a beat: so late after a tap or a start the music is still at its beginning


@dataclass
class Waiting:
    """`begin` is called at beat number `due`, the next that `unit` divides; `name`: what waits, for people."""

    name: str
    begin: Callable[[], None]
    unit: str
    due: int
    seen: float  # the beat number when it was looked at last

    def __str__(self) -> str:
        return f"{self.name} waits for the {self.unit}"


class Quantizer:
    """`place` gives the beat number of this moment, or None without a tempo; see `Tempo.place`."""

    def __init__(self, place: Callable[[], float | None] = lambda: None) -> None:
        self.place = place
        self.waiting: Waiting | None = None

    def waits(self, name: str, when: str, begin: Callable[[], None]) -> bool:
        """Has `begin` called by `due` on the next beat or bar; it replaces what waited. False where there is nothing to
        wait for: then it is to begin now."""
        self.waiting, place = None, self.place()
        if when not in BEATS or place is None:
            return False
        self.waiting = Waiting(name, begin, when, _next(math.floor(place) + 1, BEATS[when]), place)
        return True

    def due(self) -> Callable[[], None] | None:
        """What is to begin now, once."""
        waiting = self.waiting
        if waiting is None:
            return None
        place = self.place()
        if place is not None and place < waiting.seen:  # a tap or a start: the music is counted anew
            waiting.due = _next(math.ceil(place - JUST_NOW), BEATS[waiting.unit])
        if place is not None and place < waiting.due:
            waiting.seen = place
            return None
        self.waiting = None
        return waiting.begin


def _next(beat: int, every: int) -> int:
    """`beat`, or the first after it that `every` divides."""
    return -(-beat // every) * every
