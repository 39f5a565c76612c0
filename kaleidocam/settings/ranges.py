"""What a parameter may be: for people, for knobs, as a list.

Invariant: all of it is read from the list of parameters.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from kaleidocam.settings.parameters import EVERY_GROUP, LARGEST_SIDE, SMALLEST_GRID, parameters


def allowed(name: str) -> str:
    """What a parameter may be, for people: `"0 to 10 per second"`."""
    field = dict(parameters(EVERY_GROUP))[name]
    low, high = _limits(field)
    unit = f" {field.json_schema_extra['unit']}".rstrip()
    if low is not None and high is not None:
        whole = "a whole number from " if kind_of(field) is int else ""
        return f"{whole}{low:g} to {high:g}{unit}"
    if kind_of(field) is str:
        return "text"
    if choices(name):
        return " or ".join(choices(name))
    unset = field.json_schema_extra["unset"]
    return f"{unset} or " * (unset is not None) + f"WIDTHxHEIGHT, each {SMALLEST_GRID} to {LARGEST_SIDE}"


def has_range(name: str) -> bool:
    """Whether a parameter is a number between two others."""
    return _limits(dict(parameters(EVERY_GROUP))[name])[0] is not None


@dataclass(frozen=True)
class Span:
    """A numeric parameter's range as a knob or fader has it: share 0 to 1 of the way from `low` to `high`.

    `curve` above 1 gives the small values, or those near 0 of a range round 0, more of the way: there the ear and eye
    tell them apart. `whole`: only whole numbers.
    """

    low: float
    high: float
    curve: float
    whole: bool

    def value(self, share: float) -> float | int:
        """The value at `share`, which is taken as the nearest of 0 to 1."""
        share = min(1.0, max(0.0, share))
        if self.low < 0:
            way = 2 * share - 1
            value = self.high * abs(way) ** self.curve * (1 if way >= 0 else -1)
        else:
            value = self.low + (self.high - self.low) * share**self.curve
        return round(value) if self.whole else value

    def share(self, value: float) -> float:
        """Where `value` lies, 0 to 1; the inverse of `value`."""
        if self.low < 0:
            way = (abs(value) / self.high) ** (1 / self.curve)
            return 0.5 + (way if value >= 0 else -way) / 2
        return ((value - self.low) / (self.high - self.low)) ** (1 / self.curve)


@lru_cache
def span(name: str) -> Span | None:
    """The span of a parameter that has one: a number; None for a text, a choice, a size."""
    field = dict(parameters())[name]
    low, high = _limits(field)
    if low is None or high is None:
        return None
    return Span(low, high, field.json_schema_extra["curve"], kind_of(field) is int)


def knob(name: str) -> Span:
    """The span of a parameter that is a number. ValueError for the others."""
    if (found := span(name)) is None:
        raise ValueError(f"{name} is no number")
    return found


def choices(name: str) -> tuple[str, ...]:
    """What a parameter of few values may be; none for the others."""
    annotation = dict(parameters(EVERY_GROUP))[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def kind_of(field: Any) -> Any:
    """The type of a parameter's values, where they may also be None."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(field.annotation) else field.annotation


def _limits(field: Any) -> tuple[float | None, float | None]:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    return low, next((m.le for m in field.metadata if hasattr(m, "le")), None)
