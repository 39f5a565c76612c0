"""What the page is made from: every parameter of a look and control of a performance, as the settings have it.

Invariant: nothing about a parameter is said here that the settings don't say.
"""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from kaleidocam.control.desk import COMMANDS
from kaleidocam.settings.modulation import DRIVERS
from kaleidocam.settings.parameters import Look, Performance
from kaleidocam.settings.ranges import allowed, choices, knob, span
from kaleidocam.settings.values import as_text


def registry() -> dict[str, Any]:
    """Parameters, controls of the performance, commands and drivers, for JSON."""
    return {
        "parameters": [_parameter(name, Look) for name in Look.model_fields],
        "controls": [_parameter(name, Performance) for name in Performance.model_fields],
        "commands": COMMANDS,
        "drivers": DRIVERS,
    }


def for_page(look: Mapping[str, Any]) -> dict[str, Any]:
    """A look for the page: {"look": values, "shares": where each knob stands, 0 to 1}; a size is "320x180" or
    "auto"."""
    return {
        "look": {name: as_text(value) for name, value in look.items()},
        "shares": {name: knob(name).share(value) for name, value in look.items() if span(name)},
    }


def _parameter(name: str, group: type[BaseModel]) -> dict[str, Any]:
    field, reach = group.model_fields[name], span(name)
    default, extra = for_page({name: field.default}), cast(dict[str, Any], field.json_schema_extra)
    about = {
        "name": name,
        "meaning": field.description,
        "unit": extra["unit"],
        "allowed": allowed(name),
        "default": default["look"][name],
        "choices": choices(name) or extra["known"],
    }
    if reach:
        about |= {"low": reach.low, "high": reach.high, "whole": reach.whole, "share": default["shares"][name]}
    return about
