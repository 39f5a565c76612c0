"""Endless knobs, which send steps: recognized by what they send, and what their steps are.

Invariant: a control that has sent what no endless knob sends is never taken for one.
Source: the ways in which makers write a step (relative two's complement, binary offset, sign and magnitude either way).
"""

from dataclasses import dataclass

FASTEST = 20  # steps in one message; more sends no hand
IN_A_ROW = 3  # times the same step, which a knob with ends does not send
WAYS = {  # by what is sent for one step right and one step left
    "1/127": lambda value: value if value < 64 else value - 128,
    "65/63": lambda value: value - 64,
    "1/65": lambda value: value if value < 64 else 64 - value,  # the V-Pots of a Mackie Control among them
    "65/1": lambda value: value - 64 if value > 64 else -value,  # recognized as the one above; written in the file
}
# Where small steps lie. To each the way that is most likely; "1/65" shows only when a hand turns back.
ZONES = {
    "low": (range(1, FASTEST + 1), "1/127"),
    "high": (range(128 - FASTEST, 128), "1/127"),
    "above": (range(65, 65 + FASTEST), "65/63"),
    "below": (range(64 - FASTEST, 64), "65/63"),
}
OTHERS = {("1/127", "above"): "1/65", ("65/63", "low"): "1/65"}  # a way, and what it never sends: then it is this one


def zone_of(value: int) -> str | None:
    return next((name for name, (values, _) in ZONES.items() if value in values), None)


@dataclass
class Encoder:
    """What one control has sent. `way`: of WAYS, once it is known to be endless."""

    way: str | None = None
    _last: int | None = None
    _row: int = 1
    _near: bool = False  # the last value came from one close to it, as a knob with ends comes to its end
    _ends: bool = False  # it has sent what no endless knob sends

    def see(self, value: int, *, follows: bool) -> int | None:
        """The steps that `value`, 0 to 127, means; None if it is a position, or may be one. `follows`: no other control
        has sent anything since its last value."""
        if self.way is None:
            self._recognize(value, follows=follows)
        elif other := OTHERS.get((self.way, zone_of(value) or "")):
            self.way = other
        self._last = value
        return None if self.way is None else WAYS[self.way](value)

    def is_doubtful(self, value: int) -> bool:
        """Whether `value` after the last one may be a step back of an endless knob, not a leap of a position."""
        return self.way is None and not self._ends and self._last is not None and abs(value - self._last) > FASTEST

    def _recognize(self, value: int, *, follows: bool) -> None:
        zone, before = zone_of(value), zone_of(-1 if self._last is None else self._last)
        self._ends = self._ends or zone is None
        if value == self._last:
            self._row = self._row + 1 if follows else 1
        else:
            turned_back = follows and self._row > 1
            self._near = self._last is not None and abs(value - self._last) <= FASTEST
            self._row = 1
            if (
                follows and {before, zone} == {"low", "high"} and not self._ends
            ):  # no hand moves so far within a message
                self.way = "1/127"
            elif turned_back and {before, zone} == {"low", "above"} and not self._ends:
                self.way = "1/65"
        at_its_end = value == 127 and self._near
        if zone and self._row >= IN_A_ROW and not self._ends and not at_its_end:
            self.way = ZONES[zone][1]
