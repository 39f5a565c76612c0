"""Another look of the same kind as the one that is played.

Invariant: every look that comes out is valid, calm enough to be watched (see CALM), and as a shipped preset or the
curated channels have it, or near that; what is locked, and what belongs to the show (grid, fineness, morph, modulation,
dry/wet mix), stays. The same `random` gives the same look.
"""

from collections.abc import Callable, Collection
from functools import lru_cache
from random import Random
from typing import Any

from kaleidocam.atlas.book import curated
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import preset_groups, read_preset
from kaleidocam.settings.ranges import default, knob

TRIES = 20  # channels, until one can be played; these weights may have none of the curated ones
MIRRORS = "mirrors"  # the group of presets whose looks are all mirrored
# Taken from a preset of the group, and moved by up to this share of the knob's way.
NEAR = {
    "rate": 0.04,
    "half_life": 0.06,
    "outline": 0.12,
    "tilt": 0.08,
    "color": 0.08,
    "strength": 0.05,
    "sharpness": 0.08,
    "limit": 0.05,
    "evenness": 0.06,
    "inertia": 0.05,
}
AS_IN_PRESET = ("palette", "palette_amount", "luma", "scales", "jitter", "onset", "bands")
CALM = {"rate": (0.5, 2.0), "half_life": (1.0, 8.0), "inertia": (0.1, 1.0), "jitter": (0.0, 0.6)}
OTHER_PALETTES = ("natural", "natural", "scene", "prism")
MIRRORING = ("mirrors", "geometry", "fold", "angle", "spin", "zoom", "center_x", "center_y", "tile")
STANDS = ("kaleidoscope", "kaleidoscope", "left", "right", "quad", "square", "hexagon")
SEGMENTS = (4, 5, 6, 6, 8, 8, 10, 12)
TILED = ("square", "hexagon")
MIRRORED, DRIFTING, RECOLORED, SIDEWAYS = 0.25, 0.35, 0.2, 0.25  # how often, outside the group of mirrors


def surprise(
    look: Look, preset: str, locked: Collection[str], random: Random, can_play: Callable[[Look], bool]
) -> dict[str, Any]:
    """What changes of `look`, which comes from `preset`: {name: value}, none of it `locked`. `can_play` says whether a
    look with another channel can be played at all."""
    group = _group(preset, look.channel, random)
    usual = _usual(random.choice(sorted(preset_groups()[group])))
    values = _dreamed(usual, random) | _mirrors(group, random) | _drift(group, random)
    values = {name: value for name, value in values.items() if name not in locked}
    if "channel" in locked:
        return values
    channels = [name for name in _kin(group) if name != look.channel]
    for channel in random.sample(channels, min(TRIES, len(channels))):
        if can_play(look.model_copy(update=values | {"channel": channel})):
            return values | {"channel": channel}
    return values


def _dreamed(usual: Look, random: Random) -> dict[str, Any]:
    """How it is dreamed and colored: near a shipped preset."""
    values: dict[str, Any] = {name: getattr(usual, name) for name in AS_IN_PRESET}
    for name, most in NEAR.items():
        values[name] = knob(name).value(knob(name).share(getattr(usual, name)) + random.uniform(-most, most))
    if random.random() < RECOLORED:
        values["palette"] = random.choice(OTHER_PALETTES)
    return values | {name: min(high, max(low, values[name])) for name, (low, high) in CALM.items()}


def _mirrors(group: str, random: Random) -> dict[str, Any]:
    """How the mirrors stand, if there are any."""
    values = {name: default(name) for name in MIRRORING}
    if group != MIRRORS and random.random() > MIRRORED:
        return values
    values["geometry"] = random.choice(STANDS)
    values["fold"] = random.choice(("inside", "inside", "after"))
    if values["geometry"] == "kaleidoscope":
        values |= {"mirrors": random.choice(SEGMENTS), "angle": random.uniform(0, 360)}
    if values["geometry"] in TILED:
        values["tile"] = random.uniform(0.4, 0.8)
    if values["geometry"] in ("kaleidoscope", *TILED):
        values["spin"] = random.choice((0.0, 1.0, -1.0)) * random.uniform(0.008, 0.03)
    return values


def _drift(group: str, random: Random) -> dict[str, Any]:
    """Where the dream flows, if it does."""
    values = dict.fromkeys(("drift_zoom", "drift_turn", "drift_x", "drift_y"), 0.0)
    if random.random() > DRIFTING:
        return values
    values["drift_zoom"] = random.choice((1, 1, -1)) * random.uniform(0.05, 0.4)
    if random.random() < 0.5:
        values["drift_turn"] = random.uniform(-0.03, 0.03)
    if group != MIRRORS and random.random() < SIDEWAYS:
        values |= {"drift_x": random.uniform(-0.06, 0.06), "drift_y": random.uniform(-0.04, 0.04)}
    return values


def _group(preset: str, channel: str, random: Random) -> str:
    """The group of presets that a look is of: its preset's; or that whose channels are most like its channel."""
    groups = preset_groups()
    for group, presets in groups.items():
        if preset in presets:
            return group
    tags = _tags().get(channel, set())
    likeness = {group: len(tags & _tags_of(group)) for group in groups}
    most = max(likeness.values())
    return random.choice([group for group in groups if likeness[group] == most])


def _kin(group: str) -> list[str]:
    """The curated channels that share a tag with the channel of a preset of the group, and those channels."""
    tags = _tags_of(group)
    return [name for name, own in _tags().items() if own & tags]


@lru_cache
def _tags() -> dict[str, set[str]]:
    """{channel: tags} of all curated channels."""
    return {each["name"]: set(each["tags"]) for each in curated()}


@lru_cache
def _tags_of(group: str) -> set[str]:
    """The tags of the channels that the presets of a group have."""
    channels = [_usual(preset).channel for preset in preset_groups()[group]]
    return set().union(*(_tags().get(channel, set()) for channel in channels))


@lru_cache
def _usual(preset: str) -> Look:
    """The look of a shipped preset."""
    return Look(**read_preset(preset))
