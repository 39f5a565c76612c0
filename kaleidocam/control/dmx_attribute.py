"""An attribute of the fixture that a DMX desk plays: a channel or two, and what they play.

Invariant: every level has a meaning, and equal levels mean the same at any time.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from kaleidocam.control.commands import SWITCHED
from kaleidocam.control.desk import SETTABLE
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import choices, knob, span

NOTHING = ""  # a range of levels that plays nothing


class Kind(Enum):
    """What an attribute plays."""

    LOOK = "a parameter of the look"
    CONTROL = "a control of the performance"
    RANGES = "one of several, by equal ranges"
    SWITCH = "on from 128 on"
    PRESS = "pressed by a level that rises over 127"


@dataclass(frozen=True)
class Attribute:
    """Plays `names`: one, or several by equal ranges. `channel`: 1 to 512, counted from the fixture's first; with a
    `fine` one, it is the coarse one. A parameter goes from `low` to `high`, in its unit, where these are given."""

    channel: int
    names: tuple[str, ...]
    fine: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.names[0] if len(self.names) == 1 else "one of these"

    @property
    def kind(self) -> Kind:
        if len(self.names) > 1:
            return Kind.RANGES
        if self.name in SETTABLE:
            return Kind.LOOK if self.name in Look.model_fields else Kind.CONTROL
        return Kind.SWITCH if self.name in SWITCHED else Kind.PRESS

    @property
    def channels(self) -> tuple[int, ...]:
        return (self.channel,) if self.fine is None else (self.channel, self.fine)

    @property
    def steps(self) -> int:
        """How many levels it has."""
        return 256 if self.fine is None else 65536

    @property
    def options(self) -> tuple[str, ...]:
        """What it plays by equal ranges: several names, or the choices of one parameter; else empty."""
        return self.names if self.kind == Kind.RANGES else options(self.name)

    def level(self, levels: bytes) -> int | None:
        """Where it stands, 0 to `steps` - 1; None where `levels` do not reach it."""
        if max(self.channels) > len(levels):
            return None
        coarse = levels[self.channel - 1]
        return coarse if self.fine is None else coarse << 8 | levels[self.fine - 1]

    def at(self, level: int) -> int:
        """Which of its options a level means."""
        return level * len(self.options) // self.steps

    def first(self, option: int) -> int:
        """The lowest level that means an option; of the one after the last: the number of levels."""
        return -(-option * self.steps // len(self.options))

    def value(self, level: int) -> Any:
        """The value of its parameter at a level. The two levels in the middle are the middle of a knob that goes to
        both sides."""
        if self.options:
            return self.options[self.at(level)]
        reach, share, (low, high) = knob(self.name), level / (self.steps - 1), self._shares()
        if low + high == 1 and reach.low < 0 and level in (self.steps // 2 - 1, self.steps // 2):
            share = 0.5
        return reach.value(low + (high - low) * share)

    def level_of(self, value: Any) -> int:
        """The level at which its parameter has a value, or the nearest to it; the lowest of several."""
        if self.options:
            return self.first(self.options.index(value)) if value in self.options else 0
        low, high = self._shares()
        place = (knob(self.name).share(value) - low) / (high - low) if high != low else 0.0
        level = min(1.0, max(0.0, place)) * (self.steps - 1)
        return self.steps // 2 if level == (self.steps - 1) / 2 else round(level)

    def _shares(self) -> tuple[float, float]:
        """Of its parameter's range, at the lowest level and at the highest."""
        reach = knob(self.name)
        return (
            0.0 if self.low is None else reach.share(self.low),
            1.0 if self.high is None else reach.share(self.high),
        )


def options(name: str) -> tuple[str, ...]:
    """The choices of a parameter that is no number, or the texts that are known for it; empty for all else."""
    if name not in SETTABLE or span(name):
        return ()
    extra = Look.model_fields[name].json_schema_extra if name in Look.model_fields else {}
    return choices(name) or tuple(extra["known"] if isinstance(extra, dict) else ())  # type: ignore[arg-type]
