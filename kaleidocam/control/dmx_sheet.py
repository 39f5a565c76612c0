"""The patch sheet of a DMX fixture: what an operator types into the desk.

Invariant: the sheet is made from the attributes that are played, so it tells what happens.
"""

from collections.abc import Iterator

from kaleidocam.control.commands import COMMANDS
from kaleidocam.control.dmx_address import PROTOCOLS, Address, parse_address
from kaleidocam.control.dmx_attribute import NOTHING, Attribute, Kind
from kaleidocam.control.dmx_fixture import Fixture, find_fixture
from kaleidocam.settings.parameters import Look, Performance
from kaleidocam.settings.ranges import allowed

Row = tuple[str, str, str, str]
BITS = {False: "8 bit", True: "16 bit, coarse and fine"}


def sheet_of(dmx: str | None, wanted: str | None, look: Look) -> str:
    """The sheet for what `--dmx` and `--dmx-map` say; without the first, for Art-Net. UserError where they can't be."""
    return sheet(find_fixture(wanted), parse_address("artnet" if dmx is None else dmx), look)


def sheet(fixture: Fixture, address: Address, look: Look) -> str:
    """The text. `look`: at its values the desk's profile should begin."""
    first, last = fixture.place(address)
    rows: list[Row] = [("channel", "plays", "levels", "default")]
    for each in fixture.attributes:
        rows += _rows(each, first - 1, look)
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
    head = f"{PROTOCOLS[address.protocol].name} universe {address.universe}, channels {first} to {last}"
    return "\n".join([f"{head}: {fixture.called}", *lines, ""])


def _rows(one: Attribute, before: int, look: Look) -> Iterator[Row]:
    channels = " ".join(str(before + channel) for channel in one.channels)
    if one.options:
        yield channels, one.name, "", "0" if one.kind == Kind.RANGES else _default(one, look)
        for i, name in enumerate(one.options):
            yield "", f"  {_told(name)}", f"{one.first(i)}-{one.first(i + 1) - 1}", ""
    elif one.kind in (Kind.LOOK, Kind.CONTROL):
        reach = allowed(one.name)
        if (one.low, one.high) != (None, None):
            reach = " to ".join(f"{one.value(level):.4g}" for level in (0, one.steps - 1))
        yield channels, f"{one.name}, {BITS[one.fine is not None]}", reach, _default(one, look)
    elif one.kind == Kind.SWITCH:
        yield channels, f"{one.name}: {COMMANDS[one.name].partition(',')[0]}", "128-255: on", "0"
    else:
        yield channels, _told(one.name), "rising over 127", "0"


def _default(one: Attribute, look: Look) -> str:
    level = one.level_of(getattr(look if one.kind == Kind.LOOK else Performance(), one.name))
    return str(level) if one.fine is None else f"{level >> 8} and {level & 255}"


def _told(name: str) -> str:
    return f"{name}: {COMMANDS[name]}" if name in COMMANDS else name if name != NOTHING else "nothing"
