"""Values of parameters: validated all together, and written down for people and for files.

Invariant: what is written is read back as it was.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import AUTO, GROUPS, parameters
from kaleidocam.settings.ranges import allowed, has_range


def as_text(value: object) -> object:
    """A parameter's value as people and other programs have it: a size is "320x180", None is "auto"; all others are as
    they are."""
    if isinstance(value, tuple | list):
        return "x".join(map(str, value))
    return AUTO if value is None else value


def as_toml(value: object) -> str:
    """A parameter's value as TOML has it, which has no None."""
    value = as_text(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one escape that JSON leaves out
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def settle(
    values: Mapping[str, Any],
    source: str,
    groups: Sequence[type[BaseModel]] = GROUPS,
    flags: Mapping[str, str] | None = None,
) -> tuple[Any, ...]:
    """The groups with every parameter validated, by default (Look, Machine); what is not in `values` has its default.
    UserError names the first that is wrong.

    `source` says where the values came from, for the message; `flags`, of those that were typed, as what.
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
        raise UserError(f"{source}: {name} is '{values[name]}'; allowed is {allowed(name)}") from error


def _refused(flag: str, name: str, value: Any) -> str:
    if isinstance(value, int | float) and has_range(name):
        number = f"{value:.9g}" if isinstance(value, float) else value
        return f"{flag} {number} is out of range ({allowed(name)})"
    return f"{flag} is '{value}'; allowed is {allowed(name)}"
