"""The fixture that a DMX desk plays: the user's own map, the one that is there without any, or a preset's.

Invariant: the channels of the fixture that is there without a map stay as they are, whatever presets and commands are
added later: shows are programmed with them. At zero each but strength leaves everything as it is.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from kaleidocam.control.commands import PRESET, RECALL, SIDES, SNAPSHOTS
from kaleidocam.control.dmx_address import CHANNELS, Address
from kaleidocam.control.dmx_attribute import NOTHING, Attribute, options
from kaleidocam.control.dmx_map import read_map
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import own_folder, own_preset_names, preset_names, read_preset
from kaleidocam.settings.ranges import span

PRESETS = (
    *("arcade", "boil", "branches", "cells", "classic", "curls", "eyes", "fans", "feathers", "gaze", "glass", "hall"),
    *("honeycomb", "houses", "kaleidoscope", "knots", "lamps", "lattice", "leopard", "mandala", "marble", "neon"),
    *("origami", "prism", "puppy", "rorschach", "roses", "scales", "spirals", "tresses", "tunnel", "weave"),
)
USUAL = (
    Attribute(1, ("strength",), fine=2),
    Attribute(3, ("bypass",)),
    Attribute(4, (NOTHING, *(PRESET + name for name in PRESETS))),
    Attribute(5, (NOTHING, *(RECALL + slot for slot in (*SNAPSHOTS, *SIDES)))),
    Attribute(6, ("crossfade",), fine=7),
    Attribute(8, ("recall_seconds",)),
    Attribute(9, ("tap",)),
    Attribute(10, ("surprise",)),
)


@dataclass(frozen=True)
class Fixture:
    """`attributes` in the order of their channels; `called`: where they come from, for people."""

    attributes: tuple[Attribute, ...]
    called: str

    @property
    def channels(self) -> int:
        """How many it has."""
        return max(max(each.channels) for each in self.attributes)

    def place(self, address: Address) -> tuple[int, int]:
        """Its first and its last channel in the universe. UserError where it does not fit."""
        last = address.start + self.channels - 1
        if last > CHANNELS:
            raise UserError(
                f"DMX: {self.channels} channels from {address.start} on would end at {last}, and a universe has "
                f"{CHANNELS}; start at {CHANNELS - self.channels + 1} or before"
            )
        return address.start, last


def find_fixture(wanted: str | None) -> Fixture:
    """`wanted`: the file of a map; or a preset, for a channel for each parameter that it names, after the usual ones;
    None: the user's own map, or else the usual ones. UserError where there is none such, or it can't be read."""
    if wanted is None:
        own = own_folder() / "dmx.toml"
        return Fixture(read_map(own), str(own)) if own.exists() else Fixture(USUAL, "the usual fixture")
    if not os.path.exists(wanted) and wanted in (*own_preset_names(), *preset_names()):
        return Fixture((*USUAL, *_named(wanted)), f"the usual fixture and what preset {wanted} names")
    try:
        return Fixture(read_map(Path(wanted)), wanted)
    except FileNotFoundError:
        raise UserError(
            f"no DMX map '{wanted}'; give a .toml file with its channels, or the name of a preset"
        ) from None


def _named(preset: str) -> list[Attribute]:
    """A channel for each parameter that a preset names and that has a range or choices, in its order."""
    usual = {name for each in USUAL for name in each.names}
    names = [name for name in read_preset(preset) if name in Look.model_fields and (span(name) or options(name))]
    first = Fixture(USUAL, "").channels + 1
    return [Attribute(first + i, (name,)) for i, name in enumerate(name for name in names if name not in usual)]
