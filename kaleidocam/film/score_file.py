"""Score files: TOML in, a `Score` out.

Invariant: every error is reported before anything is rendered, with the file and the place in it. A recorded
performance is a valid score.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError, nearest
from kaleidocam.film.moments import Moments
from kaleidocam.film.score import Score, Track
from kaleidocam.film.score_parts import JOURNEY, Entry, changed, keyed, located, traveled
from kaleidocam.mask.kinds import path_in
from kaleidocam.picture.palette import is_picture
from kaleidocam.settings.layering import CHANNELS, COLORS, EVERYWHERE, MASKS
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import LAYER, layer_of, read_preset
from kaleidocam.settings.values import over, settle
from kaleidocam.text_file import RECORDED_BYTES, read_toml

PARTS = {  # the parts of a score, and what each must be
    "preset": "the name or file of the first look",
    LAYER: "the name or file of the preset that is laid over the first look",
    "film": "the name of the film that was recorded with it",
    "journey": "a table, under [journey]",
    "keys": "a table, under [keys]",
    "change": "any number of tables, each under [[change]]",
}


def read_score(path: str, base: Look, moments: Moments, *, fixed: Mapping[str, Any] | None = None) -> Score:
    """The score in a file, for a film that has these `moments`. It begins with its own preset, or else with `base`. The
    score does not change the parameters in `fixed`, which were given as flags. UserError says what is wrong and where.
    """
    data, said, fixed = _load(path), f"score '{path}'", fixed or {}
    if "preset" in data:
        with located(said):
            base = settle(read_preset(data["preset"]), "preset")[0]
    if LAYER in data:
        with located(said):
            base = base.model_copy(update=layer_of(data[LAYER]))
    if "film" in data:  # a recording already contains what beat and sound changed, and how the dream wandered
        base = base.model_copy(update={"modulate": "", "wander": 0.0})
    base = settle(over(base.model_dump(), fixed), "the command line")[0]
    entries = [
        *traveled(data.get("journey"), moments, f"{said}, [journey]"),
        *keyed(data.get("keys", {}), moments, f"{said}, [keys]"),
        *changed(data.get("change", []), moments, said),
    ]
    if "film" not in data:
        entries += _subjects(entries, base)
    entries.sort(key=lambda entry: entry.at)
    tracks: dict[str, Track] = {}
    fades = Track(None)
    for entry in entries:
        if entry.name in fixed:
            continue
        track = tracks.setdefault(entry.name, Track(getattr(base, entry.name)))
        track.go(entry.at, entry.value, entry.over, entry.ease)
        if entry.name in CHANNELS:
            fades.go(entry.at, entry.fade)
    faded = "morph" not in fixed and any(fade is not None for fade in fades.targets())
    return Score(base, tracks, fades if faded else None)


def _subjects(entries: Sequence[Entry], base: Look) -> list[Entry]:
    """Where a score sets masks and nobody says what the subject is to the dream: from the first one on, only it
    dreams."""
    masks = [entry.at for entry in entries if entry.name == "mask"]
    said = any(entry.name in ("subject", "subject_channel") for entry in entries)
    if not masks or base.subject != "off" or base.subject_channel or said:
        return []
    return [Entry(min(masks), "subject", "dream")]


def needs_beats(path: str) -> bool:
    """Whether a score uses beats, so that they must be found in the sound. UserError if it can't be read."""
    data = _load(path)
    journey = data.get("journey") or {}
    keys = chain.from_iterable(keys for keys in data.get("keys", {}).values() if isinstance(keys, list))
    texts = chain(
        (journey.get(name) for name in JOURNEY if name != "channels"),
        (key[0] for key in keys if isinstance(key, list) and key),
        (change.get(name) for change in data.get("change", []) for name in ("at", "over")),
    )
    return any(isinstance(text, str) and "beat" in text for text in texts)


def named_in(path: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What a score names outside its file: its presets with their values, and the paths of the pictures that it uses as
    guides, palettes or masks. UserError if a preset or a channel can't be read."""
    data = _load(path)
    named = [part.get(word) for part in (data, *data.get("change", [])) for word in ("preset", LAYER)]
    names = {str(name) for name in named if name}
    with located(f"score '{path}'"):
        presets = {name: read_preset(name) for name in sorted(names)}
        channels, palettes = (_texts(names, data, presets) for names in (CHANNELS, COLORS))
        guides = [guide for channel in channels for guide in parse(channel).guides]
        mattes = filter(None, map(path_in, masks_in(path)))
        return presets, [*guides, *filter(is_picture, palettes), *mattes]


def masks_in(path: str) -> list[str]:
    """All masks that a score names, used or not. UserError if a preset can't be read."""
    data = _load(path)
    names = {str(part["preset"]) for part in (data, *data.get("change", [])) if "preset" in part}
    masks = _texts(MASKS, data, {name: read_preset(name) for name in names})
    return [mask for mask in masks if mask != EVERYWHERE]


def _texts(names: Sequence[str], data: Mapping[str, Any], presets: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """All texts that a score gives for the parameters `names`, used or not. Values of other types are ignored here;
    `read_score` refuses them."""
    texts: list[Any] = []
    for name in names:
        texts += [part.get(name) for part in (*presets.values(), *data.get("change", []))]
        keys = _listed(data.get("keys", {}).get(name))
        texts += [key[1] for key in keys if isinstance(key, list) and len(key) > 1]
        texts += _listed(data.get("journey", {}).get(f"{name}s"))
    return list(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _load(path: str) -> dict[str, Any]:
    """The file's tables, each checked for its type."""
    try:
        data = read_toml(Path(path), f"score '{path}'", most=RECORDED_BYTES)
    except FileNotFoundError as error:
        raise UserError(f"no score '{path}'; give the path of a .toml file") from error
    for name, value in data.items():
        if name in Look.model_fields:
            raise UserError(f"score '{path}': {name} must be in a [[change]], such as one with at = 0")
        if name not in PARTS:
            raise UserError(f"score '{path}': no part '{name}'; there are {', '.join(PARTS)}{nearest(name, PARTS)}")
        kind = {"preset": str, LAYER: str, "film": str, "change": list}.get(name, dict)
        if not isinstance(value, kind) or (kind is list and not all(isinstance(part, dict) for part in value)):
            raise UserError(f"score '{path}': {name} must be {PARTS[name]}")
    return data
