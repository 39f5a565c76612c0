"""Presets: those that come with kaleidocam, the user's own, and files.

Invariant: a preset that is read is valid; else a UserError says what is wrong.
"""

import os
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, brief, nearest
from kaleidocam.settings.layering import as_layer
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.settings.values import settle
from kaleidocam.text_file import read_toml

# Values of ffmpeg's -preset for x264 and x265.
ENCODER_SPEEDS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)
ABOUT = "about"  # table of a preset with its group and a description for people
LAYER = "layer"  # beside parameters: the preset whose dream is laid over
PRESET_GROUPS = ("people", "creatures", "ornament", "nature", "architecture", "light", "mirrors")
LONGEST_NAME, MOST_BYTES = 64, 240  # of a preset's name, characters and bytes: with an ending, a file has 255
# What no system's files, or not all systems', may have in their names, so that presets travel. Some names are devices
# on Windows, whatever comes after their first dot.
_BARRED = re.compile(r'[/\\:*?"<>|]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE | re.DOTALL)
ALLOWED = (
    f'1 to {LONGEST_NAME} letters, digits, spaces and signs, but none of / \\ : * ? " < > |, no space or dot at either '
    "end, and no device of Windows, such as con"
)
PACKAGE = Path(__file__).parents[1]
# In an installed package, or in a checkout.
PRESETS = PACKAGE / "configs" if (PACKAGE / "configs").is_dir() else PACKAGE.parent / "configs"


def own_folder() -> Path:
    """The folder of the user's settings on this system; it may not exist yet."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA", "~/AppData/Roaming")
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "kaleidocam"


def own_presets() -> Path:
    """The folder of the presets that a user saves; it may not exist yet."""
    return own_folder() / "presets"


@lru_cache
def preset_groups() -> dict[str, dict[str, str]]:
    """The presets that come with kaleidocam, by group: {group: {name: description}}, in the groups' order."""
    groups: dict[str, dict[str, str]] = {group: {} for group in PRESET_GROUPS}
    for name in preset_names():
        about = read_toml(PRESETS / f"{name}.toml", f"preset '{name}'")[ABOUT]
        groups[about["group"]][name] = about["text"]
    return groups


def preset_list() -> str:
    """All presets as text: the user's own, then those that come with kaleidocam, in groups, with descriptions."""
    own = "".join(f"{name}\n" for name in own_preset_names())
    return own + "\n".join(
        "".join([f"{group}\n", *(f"  {name:14s} {text}\n" for name, text in names.items())])
        for group, names in preset_groups().items()
    )


@lru_cache
def former_presets() -> dict[str, str]:
    """Presets of earlier versions, for shows that were saved with them: {name: channel}."""
    return read_toml(PRESETS / "former" / "channels.toml", "the list of former presets")


def is_preset_name(name: str) -> bool:
    """Whether a preset that a user saves may have this name: ALLOWED says which may. It never leads out of a folder."""
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and len(name.encode(errors="replace")) <= MOST_BYTES
        and name == name.strip(" .")
        and not _BARRED.search(name)
        and not _DEVICE.fullmatch(name)
    )


def own_preset_names(folder: Path | None = None) -> list[str]:
    """The presets that this user has saved, or those in another `folder`."""
    paths = (folder or own_presets()).glob("*.toml")
    return sorted(path.stem for path in paths if is_preset_name(path.stem))


def preset_names() -> list[str]:
    """The presets that come with kaleidocam."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def require_preset(name: str, by: str) -> None:
    """UserError where there is no preset of that name: for `by`, who listens to a network and may open no file that it
    names."""
    known = [*own_preset_names(), *preset_names()]
    if name not in known and name not in former_presets():
        raise UserError(f"{by}: no preset '{name}'; the presets are {', '.join(known)}{nearest(name, known)}")


def read_preset(name_or_file: str) -> dict[str, Any]:
    """The values of a preset: one of `preset_names()`, one that the user has saved, or the path of a TOML file.
    Validated; UserError if it is wrong."""
    values = _as_written(name_or_file)
    said = f"preset '{name_or_file}'"
    values = with_layer(values, said)
    for name in values:
        if name in Machine.model_fields:
            raise UserError(f"{said}: {name} belongs to a machine, not to a look; give it as a flag")
        if name not in Look.model_fields:
            raise UserError(f"{said}: no parameter '{name}'{nearest(name, (*Look.model_fields, LAYER))}")
    settle(values, said)
    return values


def with_layer(values: Mapping[str, Any], by: str) -> dict[str, Any]:
    """Parameters among which a preset may be named as their LAYER: with the values of its dream as the layer's; those
    that are given beside it count before them. None is none, an empty name takes the layer off. UserError as by
    `read_preset`, which begins with `by`."""
    rest = {name: value for name, value in values.items() if name != LAYER}
    named = values.get(LAYER)
    if named is None:
        return rest
    if not isinstance(named, str | os.PathLike):
        raise UserError(f"{by}: {LAYER} is '{brief(named)}'; allowed is the name of a preset, or the path of its file")
    try:
        return layer_of(os.fspath(named)) | rest
    except UserError as error:
        raise UserError(f"{by}: {error}") from error


def layer_of(name_or_file: str) -> dict[str, Any]:
    """The first dream of a preset as the layer of another look: {parameter: value}; with an empty name, no layer.
    UserError as by `read_preset`."""
    if not name_or_file:
        return {"layer_channel": ""}
    values = {name: value for name, value in _as_written(name_or_file).items() if name != LAYER}
    return as_layer(settle(values, f"preset '{name_or_file}'")[0])


def _as_written(name_or_file: str) -> dict[str, Any]:
    """What the file of a preset says, but for its description. UserError where there is none, or it is no TOML."""
    names = preset_names()
    own = own_presets() / f"{name_or_file}.toml"
    if name_or_file in names:
        path = PRESETS / f"{name_or_file}.toml"
    else:
        path = own if is_preset_name(name_or_file) and own.is_file() else Path(name_or_file)
        if not os.path.isfile(path) and name_or_file in (former := former_presets()):
            return {"channel": former[name_or_file]}
    if not os.path.isfile(path) and name_or_file in ENCODER_SPEEDS:
        raise UserError(
            f"'{name_or_file}' is an encoder's speed, which can't be chosen; --preset takes a look, such "
            f"as {DEFAULT_PRESET}, and -crf sets a film's quality"
        )
    if os.path.isdir(path) or not os.path.exists(path):  # whatever the name, unlike Path's
        raise UserError(
            f"no preset '{name_or_file}'; the presets are {', '.join([*own_preset_names(), *names])}; or give the path "
            f"of a .toml file{nearest(name_or_file, names)}"
        )
    values = read_toml(path, f"preset '{name_or_file}'")
    values.pop(ABOUT, None)
    return values
