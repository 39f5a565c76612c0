"""What OSC's arguments mean to a parameter or a command.

Invariant: what is returned has the kind that the desk wants; its range is the desk's business. All else is a UserError.
"""

import math
from typing import Any

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import PRESET_NAME
from kaleidocam.settings.ranges import span
from kaleidocam.settings.values import as_text

ROOT = "/kaleidocam/"
NORM = f"{ROOT}norm/"  # before a parameter's share of its range
BY = "OSC"
LONGEST_TEXT = 200  # characters
ECHO = 1e-6  # relative, and of a knob's range: what comes back may differ so, as OSC's floats hold 7 digits


def as_osc(value: Any) -> float | str:
    """A value as OSC has it: floats, texts; a size as 320x180, or auto."""
    value = as_text(value)
    return value if isinstance(value, str) else float(value)


def is_echo(name: str, value: Any, look: Look) -> bool:
    """Whether it is what the parameter already is, as near as OSC can say it: surfaces send back what they are told,
    and that must neither change the value bit by bit nor go round for ever."""
    reach, now = span(name), getattr(look, name)
    if reach is None or not reach.low <= value <= reach.high:
        return value == now
    near = math.isclose(reach.share(value), reach.share(now), rel_tol=0, abs_tol=ECHO)
    return near or math.isclose(value, now, rel_tol=ECHO)


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


def _number(name: str, values: tuple) -> float:
    """The one number among `values`, at the digits that OSC's floats hold."""
    value = values[0] if len(values) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{BY}: {name} takes one number, or '?' to ask for it")
    return float(f"{value:.7g}")


def _text(name: str, values: tuple, what: str) -> str:
    if len(values) != 1 or not isinstance(values[0], str) or len(values[0]) > LONGEST_TEXT:
        raise UserError(f"{BY}: {name} takes {what} of at most {LONGEST_TEXT} characters")
    return values[0]


def name_of(action: str, values: tuple) -> str:
    name = _text(action, values, "one name")
    if not PRESET_NAME.fullmatch(name):  # no path: what listens to a network opens no file that it names
        raise UserError(f"{BY}: {action} '{name}': a name is made of at most 64 letters, digits, _ and -")
    return name


def is_pressed(command: str, values: tuple) -> bool:
    if values not in ((), (0,), (1,)):  # True and 1.0 are 1
        raise UserError(f"{BY}: {command} takes 1, 0 or nothing")
    return values != (0,)


def port_of(values: tuple, otherwise: int) -> int:
    if values in ((), (1,)):  # a button's press
        return otherwise
    port = _number("subscribe", values)
    if not (port.is_integer() and 1 <= port <= 65535):
        raise UserError(f"{BY}: a port is a whole number from 1 to 65535")
    return int(port)
