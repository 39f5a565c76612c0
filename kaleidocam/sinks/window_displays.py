"""How the picture is projected on each display of this user, kept in a file.

Invariant: the file is whole at every moment; what can't be read in it is set aside under another name, never lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError
from kaleidocam.own_file import OwnFile
from kaleidocam.settings.presets import own_folder
from kaleidocam.settings.values import as_toml
from kaleidocam.sinks.window_projection import Projection, projection_of, table_of

HEAD = "# How the picture stands on each display: pinned by its corners, with soft edges. The key k adjusts it.\n"


@dataclass(frozen=True)
class Display:
    """One as the system tells it: its name, its size (width, height) and the place of its top left on the desktop."""

    name: str
    size: tuple[int, int]
    at: tuple[int, int]

    def alike(self, other: "Display") -> bool:
        """Whether only their places tell them apart."""
        return (self.name, self.size) == (other.name, other.size)


Saved = dict[Display, Projection]


def own_displays() -> Path:
    """Where this user's projections are; the file may not exist yet."""
    return own_folder() / "displays.toml"


def found(saved: Saved, display: Display, *, alone: bool) -> Projection:
    """What was saved for a display; the plain one where nothing was. `alone`: no other is connected that is like it:
    then it is known again at another place of the desktop."""
    alike = [known for known in saved if known.alike(display)]
    known = display if display in saved else alike[0] if alone and len(alike) == 1 else None
    return saved[known] if known else Projection()


class DisplayFile:
    """The file at `path`. More than one performance may use it."""

    def __init__(self, path: Path) -> None:
        self._file = OwnFile(path, HEAD, f"'{path}' is damaged")

    def read(self) -> tuple[Saved, str | None]:
        """What is saved, and a line on what could not be read: that is kept aside. UserError where the file can't
        even be set aside: then it must not be written."""
        tables, told = self._file.tables()
        saved: Saved = {}
        wrong = None
        entries = tables.get("display", [])
        if set(tables) - {"display"} or not isinstance(entries, list):
            wrong, entries = "it holds something else than [[display]]", entries if isinstance(entries, list) else []
        for number, entry in enumerate(entries, 1):
            try:
                display, projection = _entry(entry)
                saved[display] = projection
            except UserError as error:
                wrong = wrong or f"display {number}: {error}"
        return saved, self._file.mend(wrong, _text(saved)) if wrong else told

    def store(self, display: Display, projection: Projection, *, alone: bool) -> str | None:
        """Writes what a display has; the others stay as they are in the file by now, without one that is this display
        at another place, if it is `alone`. Returns a line where some could not be read. UserError where it can't be
        written."""
        with self._file.held():
            saved, wrong = self.read()
            others = {
                known: kept
                for known, kept in saved.items()
                if known != display and not (alone and known.alike(display))
            }
            self._file.write(_text(others if projection.plain else others | {display: projection}))
        return wrong


def _text(saved: Saved) -> str:
    return "".join(_table(display, projection) for display, projection in saved.items())


def _entry(entry: Any) -> tuple[Display, Projection]:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise UserError("it has no name")
    rest = {key: value for key, value in entry.items() if key not in ("name", "size", "at")}
    return Display(entry["name"], _pair(entry, "size"), _pair(entry, "at")), projection_of(rest)


def _pair(entry: Mapping[str, Any], name: str) -> tuple[int, int]:
    pair = entry.get(name)
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(value) is int for value in pair):
        raise UserError(f"{name} is not two whole numbers")
    return pair[0], pair[1]


def _table(display: Display, projection: Projection) -> str:
    values = {"name": display.name, "size": list(display.size), "at": list(display.at)} | table_of(projection)
    return "".join(["\n[[display]]\n", *(f"{name} = {_toml(value)}\n" for name, value in values.items())])


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value).lower() if isinstance(value, bool) else as_toml(value)
