"""The settings that a Python program asks for, completed with the defaults.

Invariant: the order is that of the command line: the look overrides the defaults, and named parameters override both.
"""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from pydantic import BaseModel

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import GROUPS, Look, Machine
from kaleidocam.settings.presets import read_preset, with_layer
from kaleidocam.settings.values import over, settle


def asked(
    look: str | PathLike[str] | Look,
    machine: Machine | None,
    parameters: Mapping[str, Any],
    source: str,
    groups: Sequence[type[BaseModel]] = GROUPS,
) -> tuple[Any, ...]:
    """The groups of parameters. `look`: a preset's name, a TOML file's path, or a Look. UserError names the first wrong
    parameter; `source` says where it came from. The `parameters` may name a preset as their layer, see `with_layer`."""
    parameters = with_layer(parameters, source)
    if isinstance(look, Look):
        values = look.model_dump(exclude_unset=True)
    elif isinstance(look, str | PathLike):
        values = read_preset(fspath(look))
    else:
        raise UserError(f"{source}: look is {look!r}; give a preset's name, the path of a .toml file, or a Look")
    if machine is not None and not isinstance(machine, Machine):
        raise UserError(f"{source}: machine is {machine!r}; give a Machine, or its parameters by name")
    of_machine = {} if machine is None else machine.model_dump(exclude_unset=True)
    return settle(over({**values, **of_machine}, parameters), source, groups)
