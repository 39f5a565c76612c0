"""The looks that a performer has kept in slots: eight snapshots, and A and B of the crossfader.

Invariant: keeping one never waits for a disk; what can't be written is told and stays until the end.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kaleidocam.control.commands import CALLED, SNAPSHOTS
from kaleidocam.control.scene import Scene
from kaleidocam.control.snapshot_file import SnapshotFile
from kaleidocam.errors import UserError, one_line


class Snapshots:
    """`path`: the file in which they outlast the program; None: they last as long as it."""

    def __init__(self, path: Path | None = None) -> None:
        self._scenes: dict[str, Scene] = {}
        self._file = SnapshotFile(path) if path else None
        self._writer = ThreadPoolExecutor(1, "snapshots")  # begun when first used; the program's end waits for it
        self.told: str | None = None
        """A line for the performer where something could not be read or written; whoever shows it takes it away."""
        self._lock, self._due = threading.Lock(), set[str]()  # slots that wait to be written
        self._unwritten: dict[str, str] = {}  # slots whose newest scene is not on the disk, and why
        if self._file:
            try:
                self._scenes, self.told = self._file.read()
            except UserError as error:
                self._file, self.told = None, f"{error}; new snapshots last until the end"

    def scene(self, slot: str) -> Scene | None:
        """What is kept in one of commands.SLOTS."""
        return self._scenes.get(slot)

    def holds(self, scene: Scene) -> bool:
        """Whether this look is kept in any slot."""
        return any(kept.look == scene.look for kept in self._scenes.values())

    def store(self, slot: str, scene: Scene) -> None:
        """Keeps a scene in place of the one before."""
        self._scenes = self._scenes | {slot: scene}
        with self._lock:
            file, due = self._file, slot in self._due
            if file and not due:  # else the newest is written when its turn comes
                self._due.add(slot)
                self._writer.submit(self._write, file, slot)

    def rename(self, before: str, after: str) -> None:
        """A preset has another name from now on."""
        for slot, scene in self._scenes.items():
            if scene.preset == before:
                self.store(slot, scene.renamed(before, after))

    def close(self) -> str | None:
        """Waits until all is written; from then on slots last as long as the program. Returns a line on those that
        could not be written."""
        with self._lock:
            self._file = None
        self._writer.shutdown()
        slots, reasons = [CALLED[slot] for slot in self._unwritten], list(self._unwritten.values())
        return f"not kept for the next show: {', '.join(slots)}: {reasons[-1]}" if slots else None

    def about(self) -> dict[str, Any]:
        """{"snapshots": eight times what is there, or None; "a", "b": the same}, for surfaces."""
        scenes = self._scenes
        shown = {slot: scene.about() for slot, scene in scenes.items()}
        return {"snapshots": [shown.get(slot) for slot in SNAPSHOTS], "a": shown.get("a"), "b": shown.get("b")}

    def _write(self, file: SnapshotFile, slot: str) -> None:
        with self._lock:
            self._due.discard(slot)
        try:
            self.told = file.store(slot, self._scenes[slot]) or self.told
            self._unwritten.pop(slot, None)
        except Exception as error:  # of whatever kind: the show goes on, and the snapshot with it
            self._unwritten[slot] = one_line(error)
            self.told = f"{CALLED[slot]} lasts until the end: {one_line(error)}"
