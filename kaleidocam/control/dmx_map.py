"""The TOML file that says which DMX channel plays what.

Invariant: every channel plays one thing, and what is to be played is there; else a UserError of one line says what is
wrong.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kaleidocam.control.commands import LAYER, PRESET
from kaleidocam.control.desk import COMMANDS, SETTABLE
from kaleidocam.control.dmx_address import CHANNELS
from kaleidocam.control.dmx_attribute import NOTHING, Attribute, options
from kaleidocam.errors import UserError, brief, nearest
from kaleidocam.settings.parameters import Look, Performance
from kaleidocam.settings.presets import require_preset
from kaleidocam.settings.ranges import allowed, has_range
from kaleidocam.settings.values import settle
from kaleidocam.text_file import read_toml

RANGES = "ranges"  # the file's table of attributes that play one of several
ENDS = ("low", "high")
HOW = "write it as {channel = 1}, or as {channel = 1, fine = 2} for 16 bits"


def read_map(path: Path) -> tuple[Attribute, ...]:
    """The attributes of a fixture, in the order of their channels. UserError; FileNotFoundError if there is no file."""
    by, tables = f"'{path}'", read_toml(path, f"DMX map '{path}'")
    ranges = tables.pop(RANGES, [])
    if not isinstance(ranges, list) or not all(isinstance(table, dict) for table in ranges):
        raise UserError(f"{by}: {RANGES} can't be read; write [[{RANGES}]], and below it channel and plays")
    found = [_named(name, table, by) for name, table in tables.items()] + [_ranges(table, by) for table in ranges]
    if not found:
        raise UserError(f"{by} names no channel; write lines such as strength = {{channel = 1}}")
    return _in_order(found, by)


def _in_order(found: Iterable[Attribute], by: str) -> tuple[Attribute, ...]:
    taken: dict[int, Attribute] = {}
    for each in found:
        for channel in each.channels:
            if other := taken.get(channel):
                both = f"{each.name} has it twice" if other is each else f"{other.name} and {each.name} have it"
                raise UserError(f"{by}: channel {channel}: {both}; give each its own")
            taken[channel] = each
    return tuple(dict.fromkeys(taken[channel] for channel in sorted(taken)))


def _named(name: str, table: Any, by: str) -> Attribute:
    """One parameter, control, command or preset."""
    if type(table) is int:
        table = {"channel": table}
    _require(name, by)
    if not isinstance(table, dict):
        raise UserError(f"{by}: {name} is '{brief(table)}'; {HOW}")
    turns = name in SETTABLE and has_range(name)
    _check(name, table, ("channel", "fine", *ENDS) if turns else ("channel",), by)
    for key in ENDS:
        if key in table:
            if type(table[key]) not in (int, float):
                raise UserError(f"{by}: {name} has {key} = '{brief(table[key])}'; allowed is {allowed(name)}")
            settle({name: table[key]}, f"{by}: {key}", (_group(name),))
    return Attribute(table["channel"], (name,), table.get("fine"), table.get("low"), table.get("high"))


def _ranges(table: Mapping[str, Any], by: str) -> Attribute:
    """One of several, by equal ranges."""
    _check(RANGES, table, ("channel", "plays"), by)
    plays = table.get("plays")
    if not isinstance(plays, list) or not 2 <= len(plays) <= 256 or not all(isinstance(name, str) for name in plays):
        raise UserError(
            f"{by}: {RANGES} has plays = '{brief(plays)}'; allowed are 2 to 256 texts, such as "
            f'["", "preset:eyes", "recall-1", "palette=scene"]'
        )
    for name in plays:
        if name != NOTHING:
            _require_played(name, by)
    return Attribute(table["channel"], tuple(plays))


def _check(name: str, table: Mapping[str, Any], keys: tuple[str, ...], by: str) -> None:
    """UserError unless `table` has such `keys` only, and channels in those that are channels."""
    for key in table:
        if key not in keys:
            raise UserError(f"{by}: {name} has '{brief(key)}'; allowed is {', '.join(keys)}{nearest(key, keys)}")
    for key in ("channel", *{"fine"}.intersection(table)):
        if key not in table:
            raise UserError(f"{by}: {name} has no channel; {HOW}")
        if type(table[key]) is not int or not 1 <= table[key] <= CHANNELS:
            raise UserError(
                f"{by}: {name} has {key} = {brief(table[key])}; allowed is a whole number from 1 to {CHANNELS}"
            )


def _require(name: str, by: str) -> None:
    """UserError unless one channel can play it."""
    if name not in SETTABLE:
        _require_played(name, by)
    elif not (has_range(name) or options(name)):
        raise UserError(f'{by}: {name} has no range; write [[{RANGES}]], and values such as "{name}=..." in its plays')


def _require_played(name: str, by: str) -> None:
    """UserError unless it is a command, a preset, or a value as NAME=VALUE."""
    parameter, is_set, value = name.partition("=")
    if name.startswith(PRESET):
        require_preset(name.removeprefix(PRESET), by)
    elif name.startswith(LAYER):
        if name != LAYER:
            require_preset(name.removeprefix(LAYER), by)
    elif is_set and parameter in SETTABLE:
        settle({parameter: value}, by, (_group(parameter),))
    elif name not in COMMANDS:
        raise UserError(f"{by}: no parameter or command '{brief(name)}'" + nearest(parameter, [*SETTABLE, *COMMANDS]))


def _group(name: str) -> Any:
    return Look if name in Look.model_fields else Performance
