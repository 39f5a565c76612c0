"""Every parameter as a command-line flag, made from the one list.

Invariant: no parameter is named here; a new one in settings.py is a new flag.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from kaleidocam.settings import DEFAULT_PRESET, allowed, parameters, read_preset, settle


def with_parameters(command: Callable) -> Callable:
    """Adds `--preset` and a flag for every parameter to a typer command, which receives them as `look` and `machine`:
    the default, overruled by the preset, overruled by the flags; and, if it takes one, the name of the `preset`."""
    taken = inspect.signature(command).parameters
    own = [p for p in taken.values() if p.name not in ("look", "machine", "preset")]
    names = [name for name, _ in parameters()]

    @wraps(command)
    def filled(**given: Any) -> None:
        flags = {name: given.pop(name) for name in names}
        preset = given["preset"] = given["preset"] or DEFAULT_PRESET
        values = read_preset(preset) | {n: v for n, v in flags.items() if v is not None}
        look, machine = settle(values, "the command line")
        if "preset" not in taken:
            del given["preset"]
        command(**given, look=look, machine=machine)

    filled.__signature__ = inspect.Signature([*own, _preset(), *(_flag(n, f) for n, f in parameters())])
    filled.__annotations__ = {p.name: p.annotation for p in filled.__signature__.parameters.values()}
    return filled


def _preset() -> inspect.Parameter:
    option = typer.Option(help=f"A look by name, or a TOML file. Default: {DEFAULT_PRESET}.", metavar="NAME|FILE")
    return _keyword("preset", Annotated[str | None, option])


def _flag(name: str, field: Any) -> inspect.Parameter:
    default = "x".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
    default = "" if default is None else f"; default {default}"
    option = typer.Option(
        f"--{name.replace('_', '-')}",
        help=f"{field.description[0].upper()}{field.description[1:]}. {allowed(name)}{default}.",
        metavar={int: "N", float: "X"}.get(field.annotation, "TEXT"),
        rich_help_panel="The look" if name in _look_names() else "This machine",
    )
    kind = field.annotation if field.annotation in (int, float) else str
    return _keyword(name, Annotated[kind | None, option])


def _look_names() -> set[str]:
    from kaleidocam.settings import Look

    return set(Look.model_fields)


def _keyword(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
