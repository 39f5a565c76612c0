"""The file in which a performer's snapshots outlast the program.

Invariant: the file is whole at every moment; what can't be read in it is set aside under another name, never lost.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaleidocam.control.commands import SLOTS
from kaleidocam.control.scene import KEPT, Scene
from kaleidocam.errors import UserError, nearest
from kaleidocam.own_file import OwnFile
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look
from kaleidocam.settings.presets import own_folder
from kaleidocam.settings.values import as_toml, settle

HEAD = "# The snapshots of a performance: 1 to 8, and the looks A and B of the crossfader.\n"
KEYS = ("preset", "by_hand", "look")


def own_snapshots() -> Path:
    """Where this user's snapshots are; the file may not exist yet."""
    return own_folder() / "snapshots.toml"


class SnapshotFile:
    """The file at `path`. More than one performance may use it."""

    def __init__(self, path: Path) -> None:
        self._file = OwnFile(path, HEAD, f"the snapshots in '{path}' are damaged")

    def read(self) -> tuple[dict[str, Scene], str | None]:
        """The scene in each slot, and a line on what could not be read: that is kept aside. UserError where the file
        can't even be set aside: then it must not be written."""
        tables, told = self._file.tables()
        scenes, wrong = {}, None
        for slot, table in tables.items():
            try:
                scenes[slot] = _scene(slot, table)
            except UserError as error:
                wrong = wrong or str(error)
        return scenes, self._file.mend(wrong, _text(scenes)) if wrong else told

    def store(self, slot: str, scene: Scene) -> str | None:
        """Writes one slot; the others stay as they are in the file by now. Returns a line where some of them could not
        be read. UserError where it can't be written."""
        with self._file.held():
            scenes, wrong = self.read()
            self._file.write(_text(scenes | {slot: scene}))
        return wrong


def _text(scenes: Mapping[str, Scene]) -> str:
    return "".join(_table(name, each) for name, each in sorted(scenes.items()))


def _scene(slot: str, table: Any) -> Scene:
    if slot not in SLOTS:
        raise UserError(f"no snapshot '{slot}'{nearest(slot, SLOTS)}")
    if not isinstance(table, dict) or set(table) - set(KEYS) or not isinstance(table.get("look"), dict):
        raise UserError(f"snapshot {slot} has other keys than {', '.join(KEYS)}")
    preset, by_hand = table.get("preset", DEFAULT_PRESET), table.get("by_hand", [])
    if not isinstance(preset, str) or not isinstance(by_hand, list) or not all(name in KEPT for name in by_hand):
        raise UserError(f"snapshot {slot} has a preset or by_hand that can't be read")
    for name in table["look"]:
        if name not in Look.model_fields:
            raise UserError(f"snapshot {slot}: no parameter '{name}'{nearest(name, Look.model_fields)}")
    return Scene(settle(table["look"], f"snapshot {slot}")[0], preset, frozenset(by_hand))


def _table(slot: str, scene: Scene) -> str:
    lines = [f"\n[{slot}]", f"preset = {as_toml(scene.preset)}", f"by_hand = {json.dumps(sorted(scene.by_hand))}"]
    lines += [f"[{slot}.look]", *(f"{name} = {as_toml(value)}" for name, value in scene.look)]
    return "\n".join(lines) + "\n"
