"""Score files: TOML in, a `Score` out.

Invariant: whatever is wrong is said before anything is rendered, with the file and the place in it; what a recorder
wrote is a score as it is.
"""

import tomllib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError, nearest, one_line
from kaleidocam.film.moments import Moments
from kaleidocam.film.score import Score, Track
from kaleidocam.film.score_parts import JOURNEY, changed, keyed, located, traveled
from kaleidocam.picture.palette import is_picture
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.values import settle

PARTS = {  # of a score: what each is
    "preset": "the name or file of the look that it begins with",
    "film": "the name of the film that it was recorded with",
    "journey": "a table, under [journey]",
    "keys": "a table, under [keys]",
    "change": "any number of tables, each under [[change]]",
}


def read_score(path: str, base: Look, moments: Moments, *, fixed: Mapping[str, Any] | None = None) -> Score:
    """The score of a film that has these `moments`. It begins with its own preset, or else with `base`; the parameters
    `fixed` (by flags of the command line) stay as they are, whatever it says. UserError says what is wrong, and where.
    """
    data, said, fixed = _load(path), f"score '{path}'", fixed or {}
    if "preset" in data:
        with located(said):
            base = settle(read_preset(data["preset"]), "preset")[0]
    if "film" in data:  # what beat and sound did is in its numbers
        base = base.model_copy(update={"modulate": ""})
    base = settle({**base.model_dump(), **fixed}, "the command line")[0]
    entries = [
        *traveled(data.get("journey"), moments, f"{said}, [journey]"),
        *keyed(data.get("keys", {}), moments, f"{said}, [keys]"),
        *changed(data.get("change", []), moments, said),
    ]
    entries.sort(key=lambda entry: entry.at)
    tracks: dict[str, Track] = {}
    fades = Track(None)
    for entry in entries:
        if entry.name in fixed:
            continue
        track = tracks.setdefault(entry.name, Track(getattr(base, entry.name)))
        track.go(entry.at, entry.value, entry.over, entry.ease)
        if entry.name == "channel":
            fades.go(entry.at, entry.fade)
    faded = "morph" not in fixed and any(fade is not None for fade in fades.targets())
    return Score(base, tracks, fades if faded else None)


def needs_beats(path: str) -> bool:
    """Whether a score speaks of beats, which must then be found in the sound. UserError where it can't be read."""
    data = _load(path)
    journey = data.get("journey") or {}
    keys = chain.from_iterable(keys for keys in data.get("keys", {}).values() if isinstance(keys, list))
    said = chain(
        (journey.get(name) for name in JOURNEY if name != "channels"),
        (key[0] for key in keys if isinstance(key, list) and key),
        (change.get(name) for change in data.get("change", []) for name in ("at", "over")),
    )
    return any(isinstance(text, str) and "beat" in text for text in said)


def named_in(path: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What a score names that lies elsewhere: its presets with their values, and the paths of pictures, which guide it
    or whose colors it has. UserError where a preset or a channel can't be read."""
    data = _load(path)
    names = {str(part["preset"]) for part in (data, *data.get("change", [])) if "preset" in part}
    with located(f"score '{path}'"):
        presets = {name: read_preset(name) for name in sorted(names)}
        guides = [guide for channel in _texts("channel", data, presets) for guide in parse(channel).guides]
        return presets, [*guides, *filter(is_picture, _texts("palette", data, presets))]


def _texts(name: str, data: Mapping[str, Any], presets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All that a score names as its channel or palette, whether they are played or not; what is none is refused where
    the score is read."""
    keys, journey = data.get("keys", {}).get(name), data.get("journey", {}).get(f"{name}s")
    texts = chain(
        (part.get(name) for part in (*presets.values(), *data.get("change", []))),
        (key[1] for key in _listed(keys) if isinstance(key, list) and len(key) > 1),
        _listed(journey),
    )
    return list(dict.fromkeys(text for text in texts if isinstance(text, str)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _load(path: str) -> dict[str, Any]:
    """The file's tables, of the right kind each."""
    if not Path(path).is_file():
        raise UserError(f"no score '{path}'; give the path of a .toml file")
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UserError(f"score '{path}' can't be read: {one_line(error)}") from error
    for name, value in data.items():
        if name in Look.model_fields:
            raise UserError(f"score '{path}': {name} belongs into a [[change]], such as one with at = 0")
        if name not in PARTS:
            raise UserError(f"score '{path}': no part '{name}'; there are {', '.join(PARTS)}{nearest(name, PARTS)}")
        kind = {"preset": str, "film": str, "change": list}.get(name, dict)
        if not isinstance(value, kind) or (kind is list and not all(isinstance(part, dict) for part in value)):
            raise UserError(f"score '{path}': {name} is {PARTS[name]}")
    return data
