"""Values of parameters: validated all together, and written down for people and for files.

Invariant: what is written is read back as it was.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import AUTO, GROUPS, parameters
from kaleidocam.settings.ranges import allowed


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


def settle(values: Mapping[str, Any], source: str, groups: Sequence[type[BaseModel]] = GROUPS) -> tuple[Any, ...]:
    """The groups with every parameter validated, by default (Look, Machine); what is not in `values` has its default.
    UserError names the first that is wrong.

    `source` says where the values came from, for the message.
    """
    known = dict(parameters(groups))
    for name in values:
        if name not in known:
            raise UserError(f"{source}: no parameter '{name}'{nearest(name, known)}")
    try:
        return tuple(group(**{n: v for n, v in values.items() if n in group.model_fields}) for group in groups)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise UserError(f"{source}: {name} is '{values[name]}'; allowed is {allowed(name)}") from error
