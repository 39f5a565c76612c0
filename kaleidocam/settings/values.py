"""Values of parameters: validates them together, and writes them as text and as TOML.

Invariant: a written value is read back unchanged.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kaleidocam.errors import UserError, brief, nearest
from kaleidocam.settings.parameters import AUTO, GROUPS, parameters
from kaleidocam.settings.ranges import allowed, has_range


def as_text(value: object) -> object:
    """A parameter's value for people and other programs: a size becomes "320x180", None becomes "auto"; all others
    stay unchanged."""
    if isinstance(value, tuple | list):
        return "x".join(map(str, value))
    return AUTO if value is None else value


def as_toml(value: object) -> str:
    """A parameter's value as TOML, in which None is "auto"."""
    value = as_text(value)
    if isinstance(value, str):
        value = value.encode(
            "utf-8", "backslashreplace"
        ).decode()  # a path's bytes that are no UTF-8: TOML can't hold them
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one escape that JSON omits
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def settle(
    values: Mapping[str, Any],
    source: str,
    groups: Sequence[type[BaseModel]] = GROUPS,
    flags: Mapping[str, str] | None = None,
) -> tuple[Any, ...]:
    """The groups, by default (Look, Machine), with every parameter validated; a parameter that is not in `values` has
    its default. UserError names the first wrong one.

    For the message: `source` says where the values came from; `flags` gives the flag of each value that was typed.
    """
    known = dict(parameters(groups))
    for name in values:
        if name not in known:
            raise UserError(f"{source}: no parameter '{name}'{nearest(name, known)}")
    try:
        return tuple(group(**{n: v for n, v in values.items() if n in group.model_fields}) for group in groups)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        if flags and name in flags:
            raise UserError(_refused(flags[name], name, values[name])) from error
        raise UserError(f"{source}: {name} is '{brief(values[name])}'; allowed is {allowed(name)}") from error


def over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Values that were given, `above` all others. A mask that is given over a look without a subject, and without a
    dream of its own for it, makes it one."""
    values = {**below, **above}
    unused = values.get("subject", "off") == "off" and not values.get("subject_channel")
    if "mask" in above and "subject" not in above and unused:
        values["subject"] = "dream"
    return values


def _refused(flag: str, name: str, value: Any) -> str:
    if isinstance(value, int | float) and has_range(name):
        number = f"{value:.9g}" if isinstance(value, float) else value
        return f"{flag} {number} is out of range ({allowed(name)})"
    return f"{flag} is '{brief(value)}'; allowed is {allowed(name)}"
