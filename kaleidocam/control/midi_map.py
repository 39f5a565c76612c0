"""Which MIDI control plays what: a readable TOML file, written again whenever a control is learned.

Invariant: a name has one control and a control one name; the file on disk is always whole.
"""

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaleidocam.control.commands import LAYER, PRESET
from kaleidocam.control.desk import COMMANDS, SETTABLE
from kaleidocam.control.midi_encoders import WAYS
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.ranges import allowed, span
from kaleidocam.text_file import read_toml
from kaleidocam.whole_file import write_whole

WHEN = "when"  # the control of the performance whose values are gone through by a button
# Highest number of each; from control 120 on they are channel modes. None: a channel has only one.
KINDS: dict[str, int | None] = {
    "control": 119,
    "note": 127,
    "program": 127,
    "nrpn": 16383,
    "rpn": 16383,
    "pitch_bend": None,
    "aftertouch": None,
    "poly_aftertouch": 127,
}
PUSHED, PRESSES = ("program",), ("control", "note", "program")  # what only presses; what can press
WAY = "turns"  # of an endless knob, in the file
HEAD = "# Which MIDI control plays what; channels count from 1. A control is learned by touching it.\n"
HOW = f"write it as {{channel = 1, control = 21}}, or with {', '.join(list(KINDS)[1:])} for control"


@dataclass(frozen=True)
class Touch:
    """A control, note or another of KINDS as a MIDI device has it: `channel` 1 to 16; `number` as KINDS says, or 0."""

    kind: str
    channel: int
    number: int

    def __str__(self) -> str:
        number = "" if KINDS[self.kind] is None else f" {self.number}"
        name = self.kind.upper() if self.kind.endswith("rpn") else self.kind.replace("_", " ")
        return f"{name}{number} on channel {self.channel}"


def is_knob(name: str) -> bool:
    """Whether `name` is a parameter, or a number of the performance, which a control turns; else it is a command, a
    preset or WHEN, which is pressed."""
    return name in SETTABLE and name != WHEN


def require(name: str, by: str) -> None:
    """UserError unless a control can play `name`: a numeric parameter, a command, or a preset as `preset:NAME` or
    `layer:NAME`. Its message begins with `by`."""
    if name in COMMANDS or name == WHEN or name.startswith((PRESET, LAYER)):
        return
    if not is_knob(name):
        raise UserError(f"{by}: no parameter or command '{name}'" + nearest(name, [*SETTABLE, *COMMANDS]))
    if span(name) is None:
        raise UserError(f"{by}: {name} has no knob; allowed is {allowed(name)}")


class MidiMap:
    """The mapping in the file `path`; a missing file is an empty one. UserError names the line that is wrong."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._touches: dict[str, Touch] = {}  # replaced, never changed: readers need no lock
        self._names: dict[Touch, str] = {}
        self._ways: dict[Touch, str] = {}  # of endless knobs
        for name, line in _read(path).items():
            way = line.pop(WAY, None) if isinstance(line, dict) else None
            touch = _touch(name, line, f"'{path}'")
            if way is not None and (way not in WAYS or touch.kind != "control"):
                raise UserError(f"'{path}': {name} has {WAY} = '{way}'; allowed is {', '.join(WAYS)}, of a control")
            if way is not None:
                self._ways[touch] = way
            if touch in self._names:
                raise UserError(f"'{path}': {name} and {self._names[touch]} are both {touch}; leave out one")
            self._hold(self._touches | {name: touch})

    def name(self, touch: Touch) -> str | None:
        """What a control plays."""
        return self._names.get(touch)

    def touch(self, name: str) -> Touch | None:
        """What plays `name`."""
        return self._touches.get(name)

    def way(self, touch: Touch) -> str | None:
        """How an endless knob writes its steps, of midi_encoders.WAYS; None: it is not known to be one."""
        return self._ways.get(touch)

    def keep_way(self, touch: Touch, way: str) -> None:
        """From now on the control is known as endless. UserError if that can't be saved."""
        with self._lock:
            self._ways[touch] = way
            self._save()

    def all(self) -> dict[str, Touch]:
        return dict(self._touches)

    def learn(self, name: str, touch: Touch) -> str | None:
        """From now on `touch` plays `name`; returns what it played before. UserError if that can't be saved: then it
        holds only until the end."""
        with self._lock:
            before = self._names.get(touch)
            self._ways.pop(touch, None)
            self._hold({other: at for other, at in self._touches.items() if at != touch} | {name: touch})
            self._save()
        return before if before != name else None

    def forget(self, name: str) -> None:
        """Nothing plays `name` any more. UserError if nothing did, or if that can't be saved."""
        with self._lock:
            if name not in self._touches:
                raise UserError(
                    f"MIDI: nothing plays '{name}'; mapped are {', '.join(self._touches) or 'none'}"
                    + nearest(name, self._touches)
                )
            self._hold({other: at for other, at in self._touches.items() if other != name})
            self._save()

    def _hold(self, touches: dict[str, Touch]) -> None:
        self._touches, self._names = touches, {touch: name for name, touch in touches.items()}

    def _save(self) -> None:
        lines = [f"{_key(name)} = {{{self._written(touch)}}}\n" for name, touch in sorted(self._touches.items())]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, (HEAD + "".join(lines)).encode())
        except OSError as error:
            raise UserError(
                f"MIDI mapping '{self._path}' can't be saved: {error.strerror}; it holds until the end"
            ) from error

    def _written(self, touch: Touch) -> str:
        number = "true" if KINDS[touch.kind] is None else touch.number
        way = f', {WAY} = "{self._ways[touch]}"' if touch in self._ways else ""
        return f"channel = {touch.channel}, {touch.kind} = {number}{way}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _read(path: Path) -> Mapping[str, object]:
    try:
        return read_toml(path, f"MIDI mapping '{path}'")
    except FileNotFoundError:
        return {}


def _touch(name: str, line: Any, by: str) -> Touch:
    require(name, by)
    kinds = [kind for kind in KINDS if isinstance(line, dict) and kind in line]
    if len(kinds) != 1 or set(line) != {"channel", kinds[0]}:
        raise UserError(f"{by}: {name} can't be read; {HOW}")
    kind = kinds[0]
    highest = KINDS[kind]
    limits = [("channel", 1, 16)] if highest is None else [("channel", 1, 16), (kind, 0, highest)]
    for key, low, high in limits:
        if type(line[key]) is not int or not low <= line[key] <= high:
            raise UserError(f"{by}: {name} has {key} = {line[key]}; allowed is a whole number from {low} to {high}")
    if highest is None and line[kind] is not True:
        raise UserError(f"{by}: {name} has {kind} = {line[kind]}; a channel has one: write {kind} = true")
    if is_knob(name) and kind in PUSHED:
        raise UserError(f"{by}: {name} is a {kind}; only a control turns a parameter, or a note switches it")
    if not is_knob(name) and kind not in PRESSES:
        raise UserError(f"{by}: {name} is pressed, which {kind} is not; allowed is {', '.join(PRESSES)}")
    return Touch(kind, line["channel"], 0 if highest is None else line[kind])
