"""Moments of a film as people write them: by seconds, frames, shots and beats.

Invariant: all seconds count from the film's first frame. A moment that a film does not have (shot 9 of 3) is an error.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from kaleidocam.errors import UserError
from kaleidocam.settings import clock

_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_LENGTH = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<unit>s|f|shots?|beats?)?", re.ASCII)
_MARK = re.compile(rf"(?:(?P<mark>shot|beat)\s*(?P<number>{_NUMBER})|(?P<end>end))", re.ASCII)
_MOMENT = re.compile(r"\s*(?P<anchor>[^+-]+?)\s*(?:(?P<sign>[+-])\s*(?P<length>[^+-]*?)\s*)?")
UNITS = {"s": "seconds", "f": "frames", "shot": "shots", "beat": "beats"}
HOW_LONG = "seconds, or a text such as '2.5s', '1:02.5', '120f' or '4 beats'"
HOW = "seconds, or a text such as '1:02.5', '120f', 'shot 3', 'beat 16', 'end', or 'shot 3 + 1.5'"
JUST = 1e-6  # seconds: a time this close to a mark counts as being on it


@dataclass(frozen=True)
class Length:
    """`amount` of a `unit`, one of UNITS. How many seconds it lasts depends on where in the film it begins."""

    amount: float
    unit: str

    @classmethod
    def of(cls, given: object) -> "Length":
        """From a number of seconds, a text as in HOW_LONG, or a text such as '2 shots'. UserError for anything else."""
        if isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given < math.inf:
            return cls(float(given), "s")
        if _is_clock(given):
            try:
                return cls(clock.seconds_of(given), "s")
            except UserError as error:
                raise UserError(f"'{given}'; allowed is {clock.HOW}") from error
        found = _LENGTH.fullmatch(given.strip()) if isinstance(given, str) else None
        if found is None:
            raise UserError(f"'{given}'; allowed is {HOW_LONG}")
        return cls(float(found["number"]), (found["unit"] or "s").removesuffix("s") or "s")


@dataclass(frozen=True)
class Moments:
    """The marks of a film: the times of its `frames`, of the first frame of each of its `shots` and of the `beats` in
    its sound, all rising; and its `end`. All in seconds."""

    frames: Sequence[float]
    shots: Sequence[float]
    beats: Sequence[float] = ()
    end: float = 0.0

    @classmethod
    def by_clock(cls, frames: Sequence[float], shots: Sequence[float], beats: Sequence[float] = ()) -> "Moments":
        """From times by the film's own clock, which can begin at any time. The film ends one frame interval after its
        last frame."""
        start = frames[0]
        pace = (frames[-1] - start) / (len(frames) - 1) if len(frames) > 1 else 0.0
        own, cuts, beaten = (tuple(seconds - start for seconds in marks) for marks in (frames, shots, beats))
        return cls(own, cuts, beaten, end=frames[-1] - start + pace)

    def at(self, given: object) -> float:
        """The seconds of a moment written as in HOW. UserError for anything else."""
        found = _MOMENT.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            seconds = self._anchor(given)
        else:
            seconds = self._anchor(found["anchor"])
            if found["sign"]:
                seconds = self.after(seconds, Length.of(found["length"]), -1 if found["sign"] == "-" else 1)
        if seconds < 0:
            raise UserError(f"'{given}', which is {-seconds:g} s before the start of the film")
        return seconds

    def after(self, seconds: float, length: Length, sign: int = 1) -> float:
        """The moment `length` after `seconds`; before it where `sign` is -1. Outside the first and last frame or beat,
        their mean interval is assumed to continue. UserError if there are fewer than two."""
        if length.unit == "s":
            return seconds + sign * length.amount
        if length.unit == "shot":
            raise UserError(f"'{length.amount:g} shots', which is not a duration; allowed is {HOW_LONG}")
        marks = self._marks(length.unit)
        if len(marks) < 2:
            raise UserError(f"'{length.amount:g} {UNITS[length.unit]}', but {self._has(length.unit)}")
        return _seconds(marks, _place(marks, seconds) + sign * length.amount)

    def every(self, length: Length, start: float, until: float) -> Iterator[float]:
        """`start`, then a moment every `length`, until before `until`. Frames and beats count from the first one at or
        after `start`; shots from the shot that `start` is in. UserError for a fraction of a frame, shot or beat."""
        yield start
        if length.unit == "s":
            yield from (start + i * length.amount for i in range(1, math.ceil((until - start) / length.amount)))
            return
        if length.amount % 1:
            raise UserError(f"'{length.amount:g} {UNITS[length.unit]}'; allowed is a whole number of them")
        marks = self._marks(length.unit)
        if not marks:
            raise UserError(f"'{length.amount:g} {UNITS[length.unit]}', but {self._has(length.unit)}")
        if length.unit == "shot":
            first = max(0, bisect_right(marks, start + JUST) - 1)
        else:
            first = bisect_left(marks, start - JUST)
        yield from (mark for mark in marks[first + int(length.amount) :: int(length.amount)] if mark < until)

    def _anchor(self, given: object) -> float:
        found = _MARK.fullmatch(given) if isinstance(given, str) else None
        if found is None:
            try:
                length = Length.of(given)
            except UserError as error:
                raise error if _is_clock(given) else UserError(f"'{given}'; allowed is {HOW}") from error
            if length.unit in ("s", "f"):
                return length.amount if length.unit == "s" else self._mark("f", length.amount, first=0)
            raise UserError(f"'{given}'; allowed is {HOW}")
        if found["end"]:
            return self.end
        return self._mark(found["mark"], float(found["number"]), first=1)

    def _mark(self, unit: str, number: float, first: int) -> float:
        """The seconds of mark `number`; the first mark has number `first`. For beats, fractions are allowed."""
        marks = self._marks(unit)
        if not first <= number <= len(marks) - 1 + first:
            raise UserError(
                f"{UNITS[unit][:-1]} {number:g}, but {self._has(unit)}"
                + (f", {first} to {len(marks) - 1 + first}" if marks else "")
            )
        if number % 1 and unit != "beat":
            raise UserError(f"{UNITS[unit][:-1]} {number:g}; allowed is a whole number")
        return _seconds(marks, number - first)

    def _marks(self, unit: str) -> Sequence[float]:
        return {"f": self.frames, "shot": self.shots, "beat": self.beats}[unit]

    def _has(self, unit: str) -> str:
        count = len(self._marks(unit))
        name = UNITS[unit][:-1] if count == 1 else UNITS[unit]
        return f"the {'sound' if unit == 'beat' else 'film'} has {count or 'no'} {name}"


def _is_clock(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and ":" in given


def _place(marks: Sequence[float], seconds: float) -> float:
    """The position of `seconds` among the marks: 0 on the first, 1.5 halfway between the second and the third."""
    before = bisect_right(marks, seconds) - 1
    if 0 <= before < len(marks) - 1:
        return before + (seconds - marks[before]) / (marks[before + 1] - marks[before])
    pace = (marks[-1] - marks[0]) / (len(marks) - 1)
    return (seconds - marks[0]) / pace if before < 0 else len(marks) - 1 + (seconds - marks[-1]) / pace


def _seconds(marks: Sequence[float], place: float) -> float:
    """The inverse of `_place`."""
    before = math.floor(place)
    if 0 <= place <= len(marks) - 1:
        after = min(before + 1, len(marks) - 1)
        return marks[before] + (marks[after] - marks[before]) * (place - before)
    pace = (marks[-1] - marks[0]) / (len(marks) - 1)
    return marks[0] + place * pace if place < 0 else marks[-1] + (place - len(marks) + 1) * pace
