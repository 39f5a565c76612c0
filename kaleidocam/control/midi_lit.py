"""What the lamps and motors of a MIDI device stand for: parameters, snapshots, presets.

Invariant: what changes at the desk names everything whose lamp may change with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kaleidocam.control.commands import PRESET, RECALL, SIDES, SNAPSHOTS
from kaleidocam.control.desk import Desk
from kaleidocam.control.midi_map import is_knob
from kaleidocam.control.midi_play import BY


def is_lit(name: str) -> bool:
    """Whether what plays `name` shows anything."""
    return is_knob(name) or name.startswith((RECALL, PRESET))


def brightness(desk: Desk, name: str) -> float:
    """Where a parameter stands, 0 to 1; of a snapshot whether there is one, of a preset whether it plays: 1 or 0."""
    if name.startswith(RECALL):
        return float(desk.keeps(name.removeprefix(RECALL)))
    if name.startswith(PRESET):
        return float(desk.preset == name.removeprefix(PRESET))
    return desk.share(name, BY)


def named_by(changed: Mapping[str, Any], mapped: Iterable[str]) -> set[str]:
    """What of the `mapped` names may be lit otherwise when so much of `Desk.instrument` has changed."""
    slots = (*(SNAPSHOTS if "snapshots" in changed else ()), *(side for side in SIDES if side in changed))
    presets = {name for name in mapped if name.startswith(PRESET)} if "preset" in changed else set()
    return {*changed, *(f"{RECALL}{slot}" for slot in slots), *presets}
