"""What OSC's arguments mean to a parameter or a command.

Invariant: what is returned has the kind that the desk wants; its range is the desk's business. All else is a UserError.

What has a plain meaning is taken: true is 1, false is 0, an array of one number is the number, a text that is a number
is one; what is neither number nor text (a blob, nothing, a color, a time tag) after the value is passed over.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

from kaleidocam.control.osc_arguments import IMPULSE, Other, Untyped, flat
from kaleidocam.errors import UserError
from kaleidocam.settings.presets import ALLOWED, LAYER, is_preset_name, require_preset
from kaleidocam.settings.ranges import span
from kaleidocam.settings.values import as_text

ROOT = "/kaleidocam/"
NORM = f"{ROOT}norm/"  # before a parameter's share of its range
BY = "OSC"
LONGEST_TEXT = 200  # characters
ECHO = 1e-6  # relative, and of a knob's range: what comes back may differ so, as OSC's floats hold 7 digits
_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)


def as_osc(value: Any) -> float | str:
    """A value as OSC has it: floats, texts; a size as 320x180, or auto."""
    value = as_text(value)
    return value if isinstance(value, str) else float(value)


def is_echo(name: str, value: Any, now: Any) -> bool:
    """Whether it is what the parameter is `now`, as near as OSC can say it: surfaces send back what they are told,
    and that must neither change the value bit by bit nor go round for ever."""
    reach = span(name)
    if reach is None or not reach.low <= value <= reach.high:
        return value == now
    near = math.isclose(reach.share(value), reach.share(now), rel_tol=0, abs_tol=ECHO)
    return near or math.isclose(value, now, rel_tol=ECHO)


def is_question(values: tuple) -> bool:
    """Whether the value is asked for, not given."""
    return _plain(values) == ["?"] or any(isinstance(v, Untyped) and v.text() == "?" for v in values)


def value_of(name: str, values: tuple) -> float | str:
    if name == "grid":
        raise UserError(f"{BY}: grid is not played; give it at the start with --grid, or play detail")
    if span(name):
        return _number(name, values)
    return _text(name, values, "one text")


def share_of(name: str, values: tuple) -> float | int:
    reach = span(name)
    if reach is None:
        raise UserError(f"{BY}: {name} has no knob; use {ROOT}{name}")
    return reach.value(_number(f"norm/{name}", values))


def name_of(action: str, values: tuple) -> str:
    name = _text(action, values, "one name")
    if action == LAYER and not name:  # it is taken off
        return name
    if action == "source":  # the repertoire opens nothing but what the performer allowed
        return name
    if not is_preset_name(name):  # no path: what listens to a network opens no file that it names
        raise UserError(f"{BY}: {action} '{name}' is no name; allowed is {ALLOWED}")
    if action in ("preset", LAYER):
        require_preset(name, BY)
    return name


def is_pressed(command: str, values: tuple) -> bool:
    """Nothing, an impulse and 1 press a button; 0 lets it go."""
    given = [value for value in flat(values) if value is not None and value != IMPULSE]
    numbers = [_as_number(value) for value in given if not _is_extra(value)]
    if (given and not numbers) or any(number not in (0, 1) for number in numbers[:1]) or len(numbers) > 1:
        raise UserError(f"{BY}: {command} takes 1, 0 or nothing{_came(values)}")
    return numbers != [0]


def port_of(values: tuple, otherwise: int) -> int:
    if not values or _plain(values) in ([1], []):  # a button's press
        return otherwise
    port = _number("subscribe", values)
    if not (port.is_integer() and 1 <= port <= 65535):
        raise UserError(f"{BY}: a port is a whole number from 1 to 65535")
    return int(port)


def text_in(values: tuple) -> str:
    """The text among the values, or an empty one."""
    return next((value for value in flat(values) if isinstance(value, str)), "")


def _number(name: str, values: tuple) -> float:
    """The one number among `values`, at the digits that OSC's floats hold."""
    numbers = [number for number in map(_as_number, _plain(values)) if number is not None]
    if len(numbers) != 1 or _as_number(_plain(values)[0]) is None or not math.isfinite(numbers[0]):
        raise UserError(f"{BY}: {name} takes one number, or '?' to ask for it{_came(values)}")
    return float(f"{numbers[0]:.7g}")


def _text(name: str, values: tuple, what: str) -> str:
    given = [value.text() if isinstance(value, Untyped) else value for value in _plain(values)]
    if len(given) != 1 or not isinstance(given[0], str) or len(given[0]) > LONGEST_TEXT:
        raise UserError(f"{BY}: {name} takes {what} of at most {LONGEST_TEXT} characters{_came(values)}")
    return given[0]


def _plain(values: Iterable[Any]) -> list[Any]:
    """Numbers and texts, also those in arrays."""
    return [value for value in flat(values) if not _is_extra(value)]


def _is_extra(value: Any) -> bool:
    return value is None or isinstance(value, Other)


def _as_number(value: Any) -> float | None:
    if isinstance(value, Untyped):
        return value.number()
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return float(value)


def _came(values: tuple) -> str:
    """What came instead, where that is not easily seen on the sender."""
    kinds = {bool: "true or false", str: "a text", Untyped: "something without type tags", type(None): "nil (N)"}
    came = [value.kind if isinstance(value, Other) else kinds.get(type(value), "a number") for value in flat(values)]
    return f"; {' and '.join(came[:3]) or 'nothing'}{', ...' if len(came) > 3 else ''} came"
