"""Presets: those that come with kaleidocam, the user's own, and files.

Invariant: a preset that is read is valid; else a UserError says what is wrong.
"""

import os
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, nearest
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
PRESET_GROUPS = ("creatures", "ornament", "nature", "architecture", "light", "mirrors")
# Of a preset that a user saves. Some names are devices on Windows, whatever their ending: no preset has one, so that
# presets travel.
PRESET_NAME = re.compile(r"(?!(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])\Z)[A-Za-z0-9_-]{1,64}")
ALLOWED = "1 to 64 letters, digits, - and _, and no device of Windows, such as con"
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


def own_preset_names(folder: Path | None = None) -> list[str]:
    """The presets that this user has saved, or those in another `folder`."""
    paths = (folder or own_presets()).glob("*.toml")
    return sorted(path.stem for path in paths if PRESET_NAME.fullmatch(path.stem))


def preset_names() -> list[str]:
    """The presets that come with kaleidocam."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_preset(name_or_file: str) -> dict[str, Any]:
    """The values of a preset: one of `preset_names()`, one that the user has saved, or the path of a TOML file.
    Validated; UserError if it is wrong."""
    names = preset_names()
    own = own_presets() / f"{name_or_file}.toml"
    if name_or_file in names:
        path = PRESETS / f"{name_or_file}.toml"
    else:
        path = own if PRESET_NAME.fullmatch(name_or_file) and own.is_file() else Path(name_or_file)
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
    for name in values:
        if name in Machine.model_fields:
            raise UserError(f"preset '{name_or_file}': {name} belongs to a machine, not to a look; give it as a flag")
        if name not in Look.model_fields:
            raise UserError(f"preset '{name_or_file}': no parameter '{name}'{nearest(name, Look.model_fields)}")
    settle(values, f"preset '{name_or_file}'")
    return values
