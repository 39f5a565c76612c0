"""Makes a command-line flag for every parameter in the list of parameters.

Invariant: no parameter is described here; a new parameter in `settings/parameters.py` is a new flag.
"""

import inspect
import sys
from collections.abc import Callable, Container, Sequence
from functools import partial, wraps
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from kaleidocam.settings.parameters import DEFAULT_PRESET, EVERY_GROUP, GROUPS, Look, Machine, Still
from kaleidocam.settings.presets import LAYER, read_preset, with_layer
from kaleidocam.settings.ranges import allowed, kind_of
from kaleidocam.settings.values import as_text, over, settle

PANELS: dict[type, str] = {Look: "The look", Machine: "This machine", Still: "The still"}
OF_A_STILL = (
    "channel",
    "strength",
    "color",
    "sharpness",
    "luma",
    "subject",
    "mask",
    "subject_amount",
    "subject_soft",
    "subject_grow",
    "palette",
    "palette_amount",
    "outline",
    "bands",
    "tilt",
    "evenness",
    "jitter",
    "weights",
    "backend",
    "device",
    "precision",
)
"""The parameters that have a meaning without time, besides all of `Still`."""

OF_THE_NETWORK = ("weights", "backend", "device", "precision")


def with_parameters(
    command: Callable | None = None, *, only: Container[str] | None = None, still: bool = False
) -> Callable:
    """Adds `--preset`, `--layer` and a flag for every parameter of a film to a typer command. `only`: the parameters
    that get one. The command receives the values as `look` and `machine`, with `still` also as `still`. A flag takes
    precedence over the preset, the preset over the default. If the command has these arguments, it also receives
    `preset`, the name, and `given`, the values that flags gave, except those of the machine."""
    if command is None:
        return partial(with_parameters, only=only, still=still)
    accepted = inspect.signature(command).parameters
    own = [p for p in accepted.values() if p.name not in ("look", "machine", "still", "preset", "given")]
    groups = EVERY_GROUP if still else GROUPS
    fields = {
        (group, name): field
        for group in groups
        for name, field in group.model_fields.items()
        if only is None or group is Still or name in only
    }
    spelled = {name: _spellings(name, field) for (_, name), field in fields.items()}
    looks = any(group is Look for group, _ in fields)
    layers = (Look, "layer_channel") in fields

    @wraps(command)
    def filled(**given: Any) -> None:
        flags = {name: given.pop(name) for _, name in fields}
        flags = {n: v for n, v in flags.items() if v is not None}
        flags = with_layer(flags | {LAYER: given.pop(LAYER, None)}, f"--{LAYER}")
        preset = (given.pop("preset") if looks else None) or DEFAULT_PRESET
        typed = {name: _typed(names) for name, names in spelled.items() if name in flags}
        settled = settle(over(read_preset(preset), flags), "the command line", groups, typed)
        given |= zip(("look", "machine", "still"), settled, strict=False)
        machine = Machine.model_fields
        given |= {"preset": preset, "given": {n: _of(settled, n) for n in flags if n not in machine}}
        command(**{name: value for name, value in given.items() if name in accepted})

    options = [_flag(group, name, field) for (group, name), field in fields.items()]
    signature = inspect.Signature([*own, *([_preset()] if looks else []), *([_layer()] if layers else []), *options])
    vars(filled)["__signature__"] = signature
    filled.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return filled


def _spellings(name: str, field: Any) -> tuple[str, ...]:
    """All spellings of a parameter's flag, its own name first."""
    return (f"--{name.replace('_', '-')}", *field.json_schema_extra["also"])


def _typed(spellings: Sequence[str]) -> str:
    """The spelling that was typed, from `sys.argv`, because typer keeps only the value."""
    words = [word.partition("=")[0] for word in sys.argv[1:]]
    return next((each for each in spellings if each in words), spellings[0])


def _of(settled: tuple[Any, ...], name: str) -> Any:
    return next(getattr(group, name) for group in settled if name in type(group).model_fields)


def _preset() -> inspect.Parameter:
    option = typer.Option(
        "--preset", "-preset", help=f"A look by name, or a TOML file. Default: {DEFAULT_PRESET}.", metavar="NAME|FILE"
    )
    return _keyword("preset", Annotated[str | None, option])


def _layer() -> inspect.Parameter:
    option = typer.Option(
        f"--{LAYER}",
        help="A second look, by name or a TOML file, whose dream is laid over the first: its channel, palette and "
        "mirrors. The --layer-… flags say how, and count before it.",
        metavar="NAME|FILE",
    )
    return _keyword(LAYER, Annotated[str | None, option])


def _flag(group: type, name: str, field: Any) -> inspect.Parameter:
    default = field.json_schema_extra["unset"] if field.default is None else as_text(field.default)
    default = "" if default is None else f"; default {default}"
    option = typer.Option(
        *_spellings(name, field),
        help=f"{field.description[0].upper()}{field.description[1:]}. {allowed(name)}{default}.",
        metavar={int: "N", float: "X"}.get(kind_of(field), "TEXT"),
        rich_help_panel=PANELS[group],
        parser=partial(_whole_number, name) if kind_of(field) is int else None,
    )
    kind = kind_of(field) if kind_of(field) in (int, float) else str
    return _keyword(name, Annotated[kind | None, option])


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not a whole number; allowed is {allowed(name)}") from error


def _keyword(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def elsewhere(error: TyperException) -> str:
    """The end of a line on an option that a command has not: which other commands have it. Empty for other errors."""
    context, name = getattr(error, "ctx", None), getattr(error, "option_name", None)
    if context is None or context.parent is None or not hasattr(error, "possibilities"):
        return ""
    commands = context.parent.command.commands
    have = [other for other, its in commands.items() if any(name in option.opts for option in its.params)]
    return f"; an option of {', '.join(have)}, not of {context.info_name}" if have else ""
