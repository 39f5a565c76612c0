"""The allowed values of a parameter: as text, as a knob's range, as a list of choices.

Invariant: all of it is derived from the list of parameters.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from kaleidocam.settings.parameters import EVERY_GROUP, LARGEST_SIDE, SMALLEST_GRID, Performance, parameters

_FIELDS: dict[str, Any] = dict(parameters((*EVERY_GROUP, Performance)))


def allowed(name: str) -> str:
    """The allowed values of a parameter as text: `"0 to 10 per second"`."""
    field = _FIELDS[name]
    low, high = _limits(field)
    unit = f" {field.json_schema_extra['unit']}".rstrip()
    if low is not None and high is not None:
        prefix = "a whole number from " if kind_of(field) is int else ""
        return f"{prefix}{low:g} to {high:g}{unit}"
    if kind_of(field) is str:
        return field.json_schema_extra["form"]
    if choices(name):
        return " or ".join(choices(name))
    unset = field.json_schema_extra["unset"]
    return f"{unset} or " * (unset is not None) + f"WIDTHxHEIGHT, each {SMALLEST_GRID} to {LARGEST_SIDE}"


def has_range(name: str) -> bool:
    """Whether a parameter is a number with a range."""
    return _limits(_FIELDS[name])[0] is not None


@dataclass(frozen=True)
class Span:
    """A numeric parameter's range on a knob or fader: a share of 0 to 1 is the position from `low` to `high`.

    `curve` above 1 gives more of the knob's travel to values near 0, where ear and eye notice small differences.
    `whole`: only whole numbers.
    """

    low: float
    high: float
    curve: float
    whole: bool

    def value(self, share: float) -> float | int:
        """The value at `share`, which is clipped to 0 to 1."""
        share = min(1.0, max(0.0, share))
        if self.low < 0:
            way = 2 * share - 1
            value = self.high * abs(way) ** self.curve * (1 if way >= 0 else -1)
        else:
            value = self.low + (self.high - self.low) * share**self.curve
        return round(value) if self.whole else value

    def share(self, value: float) -> float:
        """The position of a value, 0 to 1; the inverse of the method `value`."""
        if self.low < 0:
            way = (abs(value) / self.high) ** (1 / self.curve)
            return 0.5 + (way if value >= 0 else -way) / 2
        return ((value - self.low) / (self.high - self.low)) ** (1 / self.curve)


@lru_cache
def span(name: str) -> Span | None:
    """The span of a numeric parameter; None for a text, a choice or a size."""
    field = _FIELDS[name]
    low, high = _limits(field)
    if low is None or high is None:
        return None
    return Span(low, high, field.json_schema_extra["curve"], kind_of(field) is int)


def knob(name: str) -> Span:
    """The span of a numeric parameter. ValueError for the others."""
    if (found := span(name)) is None:
        raise ValueError(f"{name} is not a number")
    return found


def default(name: str) -> Any:
    """What a parameter is where nobody has set it."""
    return _FIELDS[name].default


def choices(name: str) -> tuple[str, ...]:
    """The choices of a parameter that has a fixed list of them; empty for the others."""
    annotation = _FIELDS[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def kind_of(field: Any) -> Any:
    """The type of a parameter's values, apart from None."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    return kinds[0] if type(None) in get_args(field.annotation) else field.annotation


def _limits(field: Any) -> tuple[float | None, float | None]:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    return low, next((m.le for m in field.metadata if hasattr(m, "le")), None)
