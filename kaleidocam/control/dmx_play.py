"""What the levels of a DMX fixture do at the desk.

Invariant: a level that stays as it is plays nothing, so whatever was moved last counts, here or on another surface. But
the lighting desk's levels are the truth when it is first heard, and over a whole look that it has played itself.
"""

import math
import time
from collections.abc import Callable, Iterable

from kaleidocam.control.commands import LAYER, PRESET, RECALL
from kaleidocam.control.desk import Desk
from kaleidocam.control.dmx_attribute import NOTHING, Attribute, Kind
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError
from kaleidocam.settings.ranges import span

BY = "DMX"
ON = 128  # from this level on


class Play:
    """`load` plays a preset by its name; `refused` is told what can't be done: all else is done."""

    def __init__(
        self,
        desk: Desk,
        tempo: Tempo,
        attributes: Iterable[Attribute],
        *,
        load: Callable[[str], None],
        refused: Callable[[Exception], None],
    ) -> None:
        self._desk, self._tempo, self._attributes = desk, tempo, tuple(attributes)
        self._load, self._refused = load, refused
        self._levels: dict[Attribute, int] = {}
        self.again = False  # a whole look has begun under the faders: they play as they stand

    def play(self, levels: bytes) -> None:
        """Plays what differs from the last call. Fewer levels than channels: the others stay."""
        now = {each: level for each in self._attributes if (level := each.level(levels)) is not None}
        before, self._levels = self._levels, self._levels | now
        moved = [each for each, level in now.items() if before.get(each) != level]
        self._set([each for each in moved if each.kind == Kind.CONTROL and not self._stands(each)])
        for each in moved:
            self._trying(self._act, each, before.get(each))
        again, self.again = self.again, False
        if again and self._desk.instrument()["waiting"] is None:  # what waits for the beat is still to come
            self._set([each for each in self._levels if each.kind == Kind.LOOK])
        else:
            self._set([each for each in moved if each.kind == Kind.LOOK and not self._stands(each)])

    def _set(self, attributes: list[Attribute]) -> None:
        """Sets all together; where one is refused, the others alone."""
        values = {each.name: each.value(self._levels[each]) for each in attributes}
        try:
            if values:
                self._desk.set_all(values, BY)
        except UserError:
            for name, value in values.items():
                self._trying(self._desk.set, name, value, BY)

    def _stands(self, one: Attribute) -> bool:
        """Whether its parameter is there already, as near as its levels can tell."""
        value, now = one.value(self._levels[one]), self._desk.value(one.name, BY)
        if value == now or (reach := span(one.name)) is None:
            return value == now
        return math.isclose(reach.share(value), reach.share(now), rel_tol=0, abs_tol=0.5 / (one.steps - 1))

    def _act(self, one: Attribute, before: int | None) -> None:
        """Does what a level that is another than `before` presses or switches."""
        level = self._levels[one]
        if one.kind == Kind.RANGES:
            name = one.names[one.at(level)]
            if _is_state(name) if before is None else one.at(before) != one.at(level):
                self._press(name)
        elif one.kind == Kind.SWITCH:
            if (level >= ON) != ((before or 0) >= ON):
                self._desk.switch(one.name, level >= ON, BY)
        elif one.kind == Kind.PRESS and before is not None and before < ON <= level:
            self._press(one.name)

    def _press(self, name: str) -> None:
        parameter, is_set, value = name.partition("=")
        if name == NOTHING:
            return
        if name == "tap":
            self._tempo.tap(time.monotonic())  # through the desk it would wait for the next frame
        elif name.startswith(PRESET):
            self._load(name.removeprefix(PRESET))
        elif name.startswith(LAYER):
            self._desk.lay(name.removeprefix(LAYER), BY)
        elif is_set:
            self._desk.set(parameter, value, BY)
        else:
            self._desk.ask(name, BY)
        self.again |= name.startswith((PRESET, LAYER, RECALL)) or name == "surprise"

    def _trying(self, do: Callable[..., None], *given: object) -> None:
        try:
            do(*given)
        except Exception as error:  # of whatever kind: the other channels play
            self._refused(error)


def _is_state(name: str) -> bool:
    """Whether a range stands for how things are, not for something that is done once: so it counts from the start."""
    return name.startswith((PRESET, LAYER, RECALL)) or "=" in name
