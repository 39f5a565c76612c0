"""What the controls of a MIDI device do at the desk.

Invariant: a control that is turned changes only the parameter that it is mapped to, by way of `Knobs`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kaleidocam.control.commands import LAYER, PRESET, TEMPO
from kaleidocam.control.desk import COMMANDS, Desk
from kaleidocam.control.midi_knobs import KnobMove, Knobs
from kaleidocam.control.midi_map import WHEN, MidiMap, Touch, is_knob
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError
from kaleidocam.settings.ranges import default, knob

BY = "MIDI"


class Play:
    """`presets`: what program changes choose from, counted from 0; `load` plays one by name."""

    def __init__(
        self,
        desk: Desk,
        tempo: Tempo,
        controls: MidiMap,
        knobs: Knobs,
        *,
        presets: Callable[[], Sequence[str]],
        load: Callable[[str], None],
    ) -> None:
        self._desk, self._tempo, self._map, self._knobs = desk, tempo, controls, knobs
        self._presets, self._load = presets, load
        self._before: dict[str, Any] = {}  # values of parameters that a note has switched to rest

    def turn(self, moves: Mapping[Touch, KnobMove]) -> str | None:
        """Sets what the knobs have moved. Returns a hint for the performer where one has not taken hold."""
        values, hint = {}, None
        for touch, move in moves.items():
            name = self._map.name(touch)
            if name is None or not is_knob(name):
                continue
            value = self._desk.share(name, BY)
            if (share := self._knobs.wanted(name, move, value)) is not None:
                values[name] = knob(name).value(share)
            else:
                hint = f"MIDI: {name} is at {value:.0%}, its knob at {move.share:.0%}: turn it there to take it up"
        refused = self._set(values) if values else None
        for name in values:
            self._knobs.leave(name, self._desk.share(name, BY))
        if refused:
            raise refused
        return hint

    def _set(self, values: Mapping[str, Any]) -> UserError | None:
        """Sets all together; where one is refused, the others alone. Returns the refusal."""
        try:
            self._desk.set_all(values, BY)
            return None
        except UserError as error:
            refused = error
        for name, value in values.items() if len(values) > 1 else ():
            try:
                self._desk.set(name, value, BY)
            except UserError as error:
                refused = error
        return refused

    def press(self, pressed: Iterable[tuple[Touch, float]]) -> None:
        """Does what was pressed, and when (time.monotonic). UserError for what was refused; all else is done."""
        refused = None
        for touch, when in pressed:
            try:
                self._press(touch, when)
            except UserError as error:
                refused = error
        if refused:
            raise refused

    def _press(self, touch: Touch, when: float) -> None:
        name = self._map.name(touch)
        if name in TEMPO:
            self._tempo.commands[name](when)  # through the desk it would wait for the next frame
        elif name in COMMANDS:
            self._desk.ask(name, BY)
        elif name == WHEN:
            self._desk.turn_when(BY)
        elif name is not None and name.startswith(PRESET):
            self._load(name.removeprefix(PRESET))
        elif name is not None and name.startswith(LAYER):
            self._desk.lay(name.removeprefix(LAYER), BY)
        elif name is not None and touch.kind == "note":
            self._switch(name)
        elif name is None and touch.kind == "program":
            self._choose(touch.number)

    def _choose(self, number: int) -> None:
        presets = self._presets()
        if number >= len(presets):
            raise UserError(f"MIDI: program {number} plays nothing; there are {len(presets)} presets, counted from 0")
        self._load(presets[number])

    def _switch(self, name: str) -> None:
        """A note switches its parameter to rest, and back."""
        reach, value = knob(name), self._desk.value(name, BY)
        rest = 0 if reach.low < 0 else reach.low
        if value != rest:
            self._before[name] = value
            self._desk.set(name, rest, BY)
        else:
            usual = default(name)
            self._desk.set(name, self._before.get(name, usual if usual != rest else reach.high), BY)
