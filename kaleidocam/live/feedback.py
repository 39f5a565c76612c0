"""The line that says what was just changed, and fades.

Invariant: there is one line, the last; whatever changes, and however often, it never grows to more.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaleidocam.control.commands import STORE
from kaleidocam.control.desk import Desk
from kaleidocam.settings.parameters import PLAYED
from kaleidocam.settings.values import as_text

SECONDS = 1.5  # after which it is gone
WHOLE_SECONDS = 0.6  # of them, in which it does not fade yet
JUST = 0.1  # seconds: a line this young is about the same change
FEW = 3  # values that are told one by one


class Feedback:
    """Told of changes on any thread; the video thread asks for `now`."""

    def __init__(self) -> None:
        self._line, self._since = "", -SECONDS
        self._preset: str | None = None

    def say(self, line: str) -> None:
        """Shows a line from now on; an empty one shows nothing."""
        self._line, self._since = line, time.monotonic()

    def now(self) -> tuple[str, float]:
        """The line, and how much of it is there: 1, then less and less; ("", 0) once it is gone."""
        line, age = self._line, time.monotonic() - self._since
        share = min(1.0, (SECONDS - age) / (SECONDS - WHOLE_SECONDS))
        return (line, share) if line and share > 0 else ("", 0.0)

    def follow(self, desk: Desk) -> None:
        """Tells of every change of the desk's look from now on, whoever makes it."""
        self._preset = desk.preset
        desk.watch(lambda changed, by: self._changed(changed, desk.preset))
        self._slots = slots(desk.instrument())
        desk.watch_instrument(lambda changed, by: self._played(changed, desk.instrument()))
        desk.done = self._done

    def _changed(self, changed: Mapping[str, Any], preset: str) -> None:
        another, self._preset = preset != self._preset, preset
        if another:
            self.say(f"preset {preset_title(preset)}")
        elif len(changed) <= FEW:
            self.say("   ".join(told(name, value) for name, value in changed.items()))
        elif not self.now()[1] or self._line.startswith(MANY):  # what is changed step by step has been told of
            self.say(f"{MANY} {len(changed)} values")

    def _done(self, command: str) -> None:
        """Names what has just changed the look; what is kept is told by its own line."""
        if command.startswith(STORE):
            return
        just, name = time.monotonic() - self._since < JUST, command.replace("-", " ")
        self.say(f"{name}   {self._line}" if just and self._line and not self._line.startswith(MANY) else name)

    def _played(self, changed: Mapping[str, Any], instrument: Mapping[str, Any]) -> None:
        before, self._slots = self._slots, slots(instrument)
        kept = [name for name, slot in self._slots.items() if slot is not None and slot != before[name]]
        said = [f"{name} kept" for name in kept]
        said += [told(name, changed[name]) for name in ("crossfade", "recall_seconds", "when") if name in changed]
        if changed.get("waiting"):
            said.append(str(changed["waiting"]))
        if said:
            self.say("   ".join(said))


def slots(instrument: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept, by the names that people give it."""
    snapshots = {f"snapshot {i}": slot for i, slot in enumerate(instrument["snapshots"], 1)}
    return snapshots | {"look A": instrument["a"], "look B": instrument["b"]}


MANY = "changed"


def told(name: str, value: object) -> str:
    """A parameter, its value and its unit, as people read them."""
    extra = next(group.model_fields[name] for group in PLAYED if name in group.model_fields).json_schema_extra
    unit = str(extra.get("unit") or "") if isinstance(extra, dict) else ""
    text = f"{value:.3g}" if isinstance(value, float) else str(as_text(value))
    return f"{name.replace('_', ' ')} {text or 'none'}{'' if value is None else ' ' + unit}".rstrip()


def preset_title(preset: str) -> str:
    """A preset's name: of a file, without its folder and ending."""
    return Path(preset).stem if preset.lower().endswith(".toml") else preset
