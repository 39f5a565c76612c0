"""The parts of a score as entries: its changes, its keys and its journey.

Invariant: every entry is valid by itself. An error message quotes the value that is not valid.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from kaleidocam.dream import objective
from kaleidocam.errors import UserError, brief, nearest
from kaleidocam.film.moments import Length, Moments
from kaleidocam.film.score import DEFAULT_EASE, EASES
from kaleidocam.settings import modulation
from kaleidocam.settings.layering import CHANNELS
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.settings.presets import LAYER, read_preset, with_layer
from kaleidocam.settings.ranges import allowed, span
from kaleidocam.settings.values import settle

WORDS = ("at", "over", "ease", "preset", LAYER)  # allowed in a change, besides parameters
FINENESS = ("grid", "detail")
JOURNEY = ("channels", "every", "morph", "from", "until")
SHORTEST_STAY = 0.05  # seconds with one channel; less is a typing error, and would make endless moves
LONGEST_FADE = 60.0  # seconds, the maximum of `Look.morph`
_objective = lru_cache(None)(objective.parse)
_CHECKS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(CHANNELS, lambda text: _objective(text) if text else None),
    "channel": _objective,
    "modulate": lru_cache(None)(modulation.parse),
}


class Entry(NamedTuple):
    """From `at` seconds on, the parameter `name` goes to `value` within `over` seconds. `fade`: seconds that a change
    of channel takes; None: as `morph` says."""

    at: float
    name: str
    value: Any
    over: float = 0.0
    ease: str = DEFAULT_EASE
    fade: float | None = None


def changed(changes: list[dict[str, Any]], moments: Moments, said: str) -> Iterator[Entry]:
    """The entries of all [[change]] tables. A UserError begins with `said` and the number of the change."""
    for number, change in enumerate(changes, 1):
        with located(f"{said}, change {number}"):
            yield from _change(dict(change), moments)


def _change(values: dict[str, Any], moments: Moments) -> Iterator[Entry]:
    if "at" not in values:
        raise UserError("at is missing; it is the moment of the change")
    at = _moment(moments, values.pop("at"))
    over, ease, preset = (values.pop(name, None) for name in ("over", "ease", "preset"))
    lasts = 0.0 if over is None else _duration(moments, at, over, "over")
    if ease is not None and over is None:
        raise UserError("ease is given without over; over is the time that the change takes")
    ease = _ease(DEFAULT_EASE if ease is None else ease)
    if preset is not None:
        values = _completed(read_preset(str(preset))) | with_layer(values, LAYER)
    values = _valid(with_layer(values, LAYER))
    if over is not None and not any(span(name) or name in CHANNELS for name in values):
        what = f"{' and '.join(values)} can only change at once" if values else "nothing changes"
        raise UserError(f"over is given, but {what}")
    for name, value in values.items():
        if name in CHANNELS and over is not None:
            yield Entry(at, name, value, fade=_fade(lasts, "over"))
        else:
            yield Entry(at, name, value, lasts if span(name) else 0.0, ease)


def _completed(preset: dict[str, Any]) -> dict[str, Any]:
    """A preset with every parameter that it does not name at its default; but `grid` and `detail` stay as they were."""
    values = settle(preset, "the preset")[0].model_dump()
    return {name: value for name, value in values.items() if name not in FINENESS or name in preset}


def keyed(keys: Mapping[str, Any], moments: Moments, said: str) -> Iterator[Entry]:
    """The entries of the [keys] table: each key after the first is the end of a move."""
    for name, listed in keys.items():
        previous = None
        if not isinstance(listed, list) or not listed:
            raise UserError(f"{said}: {name} is '{brief(listed)}'; allowed is a list of [moment, value]")
        for number, key in enumerate(listed, 1):
            with located(f"{said}, {name}, key {number}"):
                if not isinstance(key, list) or len(key) not in (2, 3):
                    raise UserError(f"'{brief(key)}'; allowed is [moment, value] or [moment, value, ease]")
                at, value = _moment(moments, key[0]), _valid({name: key[1]})[name]
                ease = _ease(key[2]) if len(key) == 3 else DEFAULT_EASE
                if previous is not None and at <= previous:
                    raise UserError(f"{at:g} s is not after the previous key, which is at {previous:g} s")
                if previous is None:
                    yield Entry(0.0, name, value)
                elif span(name):
                    yield Entry(previous, name, value, at - previous, ease)
                else:
                    yield Entry(at, name, value)
                previous = at


def traveled(journey: Mapping[str, Any] | None, moments: Moments, said: str) -> Iterator[Entry]:
    """The entries of the [journey] table: its channels, one after another, repeated."""
    if journey is None:
        return
    with located(said):
        for name in journey:
            if name not in JOURNEY:
                raise UserError(f"no '{name}'; there are {', '.join(JOURNEY)}{nearest(name, JOURNEY)}")
        channels = journey.get("channels")
        if not isinstance(channels, list) or not channels:
            raise UserError("channels must be a list, such as ['mixed5:74', 'mixed4:338']")
        for channel in channels:
            _valid({"channel": channel})
        start = _moment(moments, journey.get("from", 0), "from")
        until = _moment(moments, journey["until"], "until") if "until" in journey else moments.end
        if until <= start:
            raise UserError(f"until is {until:g} s; allowed is a moment after the start, which is at {start:g} s")
        if "every" not in journey:
            raise UserError("every is missing; it is how long each channel stays")
        with located("every is ", colon=""):
            every = Length.of(journey["every"])
            if every.amount < (SHORTEST_STAY if every.unit == "s" else 1):
                raise UserError(f"'{journey['every']}'; allowed is {SHORTEST_STAY} s, 1 frame, shot or beat, or more")
            moves = list(moments.every(every, start, until))
        for number, at in enumerate(moves):
            fade = _fade(_duration(moments, at, journey["morph"], "morph"), "morph") if "morph" in journey else None
            yield Entry(at, "channel", channels[number % len(channels)], fade=fade)


def _moment(moments: Moments, given: object, name: str = "at") -> float:
    if type(given) is float and 0 <= given < moments.end:  # as in recorded scores, which have up to 100,000
        return given
    with located(f"{name} is ", colon=""):
        return moments.at(given)


def _duration(moments: Moments, at: float, given: object, name: str) -> float:
    with located(f"{name} is ", colon=""):
        return moments.after(at, Length.of(given)) - at


def _fade(seconds: float, name: str) -> float:
    if seconds > LONGEST_FADE:
        raise UserError(f"{name} is {seconds:g} s; a change of channel takes {LONGEST_FADE:g} s at most")
    return seconds


def _ease(given: object) -> str:
    if given not in list(EASES):
        raise UserError(f"ease is '{given}'; there are {', '.join(EASES)}{nearest(str(given), EASES)}")
    return given


def _valid(values: Mapping[str, Any]) -> dict[str, Any]:
    """The given parameters, checked and converted as in a Look."""
    for name in values:
        if name in Machine.model_fields:
            raise UserError(f"{name} belongs to a machine, not to a look; give it as a flag")
        if name in ("preset", LAYER):
            raise UserError(f"{name} is not one parameter; give it in a [[change]]")
        if name not in Look.model_fields:
            raise UserError(f"no parameter '{name}'{nearest(name, (*Look.model_fields, *WORDS))}")
    try:
        look = Look(**values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise UserError(f"{name} is '{values[name]}'; allowed is {allowed(name)}") from error
    for name in values.keys() & _CHECKS.keys():
        _CHECKS[name](getattr(look, name))
    return {name: getattr(look, name) for name in values}


@contextmanager
def located(place: str, colon: str = ": ") -> Iterator[None]:
    """Puts `place` before the message of a UserError."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{place}{colon}{error}") from error
