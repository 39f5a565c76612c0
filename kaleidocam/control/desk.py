"""The desk that every control surface plays: one valid look, and the commands of a performance.

Invariant: the look is whole and valid at every moment, whoever changes it and from whichever thread; a refused change
changes nothing.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kaleidocam.control.board import Board
from kaleidocam.control.changeover import Changeover
from kaleidocam.control.changes import Changes, Watcher
from kaleidocam.control.commands import COMMANDS, LOOKS, ON, SWITCHED
from kaleidocam.control.instrument import Instrument
from kaleidocam.control.scene import KEPT, Scene
from kaleidocam.control.wandering import wandering
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.modulation import Drivers, moved
from kaleidocam.settings.parameters import DEFAULT_PRESET, PLAYED, Look, Performance
from kaleidocam.settings.presets import layer_of, read_preset
from kaleidocam.settings.ranges import allowed, choices, span
from kaleidocam.settings.values import settle

__all__ = ["COMMANDS", "KEPT", "SETTABLE", "Desk", "Watcher"]
SETTABLE = tuple(name for group in PLAYED for name in group.model_fields)  # parameters of the look, and controls
WAITING_COMMANDS = 16  # of one surface: no player gives more at once, and none crowds out another surface


class Desk:
    """Holds the look that is played. All methods may be called from any thread.

    `check` is asked about every new look before it is taken and raises UserError where it can't be played, such as one
    whose channel does not exist. `by` in the methods names the surface ("the panel", "OSC") for messages and watchers.
    """

    def __init__(
        self,
        look: Look,
        check: Callable[[Look], None] = lambda look: None,
        *,
        preset: str = DEFAULT_PRESET,
        given: Iterable[str] = (),
        snapshots: Path | None = None,
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`preset`: the name of the one that `look` comes from; `given`: what of it was set by hand. `snapshots`: the
        file in which they outlast the program; `seed`: of surprises. `clock`: seconds."""
        self._board = Board(Scene(look, preset, frozenset(given) & frozenset(KEPT)), check)
        self._changeover = Changeover(self._board, clock)
        self._instrument = Instrument(self._changeover, snapshots, seed)
        self._changes = Changes(
            look=lambda: dict(self._board.look), instrument=lambda: self.instrument() | {"preset": self.preset}
        )
        self._asked: deque[tuple[str, str]] = deque()
        self._clock, self._began = clock, clock()
        self._channel = look.channel, self._began  # and since when it is that one
        self.drivers = Drivers()
        self.done: Callable[[str], None] = lambda command: None  # told of each of LOOKS once it is done; any thread

    @property
    def base(self) -> Look:
        """The look as it was set, or on its way there, without what beat and sound move."""
        return self._board.look

    @property
    def preset(self) -> str:
        """The name of the preset that the look comes from."""
        return self._board.goal.preset

    @property
    def coming_preset(self) -> str:
        """The name of the preset that waits for the beat; where none does, `preset`."""
        return self._changeover.coming.preset

    def look(self) -> Look:
        """The look of this very moment: what was due has begun, it has wandered, and beat and sound are in it. This is
        what is dreamed and shown, so it is asked for with every frame."""
        if self._changeover.is_under_way:
            with self._changes.by(self._changeover.by):
                self._changeover.pass_time()
        look, terms, seconds = self._board.look, self._board.terms, self._board.morph_seconds
        if seconds is not None:
            look = look.model_copy(update={"morph": seconds})
        if look.wander:
            look = self._wandered(look)
        return moved(look, terms, self.drivers.now()) if terms else look

    def _wandered(self, look: Look) -> Look:
        now = self._clock()
        if look.channel != self._channel[0]:
            self._channel = look.channel, now
        return wandering(look, now - self._began, self._channel[1] - self._began)

    def value(self, name: str, by: str) -> Any:
        """The present value of a parameter or a control."""
        self._require(name, by)
        return getattr(self.base if name in Look.model_fields else self._changeover.controls, name)

    def set(self, name: str, value: object, by: str) -> None:
        """Sets one parameter, or control of the performance, in its own unit. UserError says what is wrong with the
        name or the value."""
        self.set_all({name: value}, by)

    def set_share(self, name: str, share: float, by: str) -> None:
        """Sets a numeric one by its knob: `share`, 0 to 1, of its range (see `settings.ranges.Span`)."""
        reach = self._span(name, by)
        if not math.isfinite(share):
            raise UserError(f"{by}: {name} is given as {share} of its range; allowed is 0 to 1")
        self.set_all({name: reach.value(share)}, by)

    def share(self, name: str, by: str) -> float:
        """Where the knob of a numeric one stands, 0 to 1."""
        return self._span(name, by).share(self.value(name, by))

    def set_all(
        self, values: Mapping[str, object], by: str, *, preset: str | None = None, at_once: bool = False
    ) -> None:
        """Sets several, all or none; the others stay. With the name of a `preset`, `values` are all of it: then the
        others go back to their defaults, but for those of KEPT that were set by hand; and it begins and is reached as
        the controls say, or `at_once`."""
        for name in values:
            self._require(name, by)
        with self._changes.by(by):
            if preset is None:
                self._set(values, by)
            elif at_once:
                self._changeover.play_now(self._board.goal.with_preset(preset, values, by))
            else:
                goal = lambda: self._board.goal.with_preset(preset, values, by)  # noqa: E731
                self._changeover.play(f"preset {preset}", goal, by)

    def load(self, name: str, by: str, *, file: Path | None = None, at_once: bool = False) -> None:
        """Plays a preset as `set_all` does, from `file` where one is given. UserError where there is none of that
        name."""
        self.set_all(read_preset(str(file or name)), by, preset=name, at_once=at_once)

    def lay(self, name: str, by: str, *, file: Path | None = None) -> None:
        """Lays the dream of a preset over what is played, as the controls say when; from `file` where one is given. An
        empty name takes the layer off. UserError where there is no preset of that name."""
        values = layer_of(str(file or name))
        with self._changes.by(by):
            what = f"{name} as a layer" if name else "no layer"
            self._changeover.play(what, lambda: self._board.goal.with_values(values, by), by)

    def turn_when(self, by: str) -> None:
        """The next of the values that `when` can have, and after the last the first."""
        kinds = choices("when")
        self.set("when", kinds[(kinds.index(self.value("when", by)) + 1) % len(kinds)], by)

    def rename_preset(self, before: str, after: str, by: str) -> None:
        """A preset is called `after` from now on, and was `before`."""
        with self._changes.by(by):
            self._instrument.rename(before, after)

    def lock(self, name: str, locked: bool, by: str) -> None:
        """Whether `surprise` leaves a parameter alone."""
        with self._changes.by(by):
            self._instrument.lock(name, locked, by)

    def instrument(self) -> dict[str, Any]:
        """What there is to undo, the snapshots, the controls, the locks, and what waits, for surfaces: see
        `Instrument.state`."""
        return self._instrument.state()

    def keeps(self, slot: str) -> bool:
        """Whether a look is kept in a slot: "1" to "8", "a" or "b"."""
        return self._instrument.keeps(slot)

    def notice(self) -> str | None:
        """A line for the performer: what waits for the beat, and what could not be kept."""
        return self._instrument.notice()

    def follow(self, place: Callable[[], float | None]) -> None:
        """From now on `place` gives the beat number of the moment, see `Tempo.place`."""
        self._changeover.quantizer.place = place

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Calls `watcher` after every change of the look; returns what ends that."""
        return self._changes.watch("look", watcher)

    def watch_instrument(self, watcher: Watcher) -> Callable[[], None]:
        """The same for what `instrument` tells, and for `preset`, the name: the watcher is given what has changed."""
        return self._changes.watch("instrument", watcher)

    def ask(self, command: str, by: str) -> None:
        """Has one of COMMANDS carried out: those for whole looks at once, the stage's before the next frame. UserError
        if it is none, or can't be done."""
        if command not in COMMANDS:
            raise UserError(
                f"{by}: no command '{command}'; there are {', '.join(COMMANDS)}" + nearest(command, COMMANDS)
            )
        if command in LOOKS:
            with self._changes.by(by):
                self._instrument.command(command, by)
            self.done(command)
        else:
            self._wait(command, by)

    def switch(self, command: str, on: bool, by: str) -> None:
        """Has one of SWITCHED on, or off, from the next frame on, however it is now. UserError for the others."""
        if command not in SWITCHED:
            raise UserError(f"{by}: '{command}' is no switch; there are {', '.join(SWITCHED)}")
        self._wait(command + ON[on], by)

    def asked(self) -> list[str]:
        """The stage's commands asked for since the last call, in order; one that was switched has ON behind it. For the
        stage."""
        return [self._asked.popleft()[0] for _ in range(len(self._asked))]

    def close(self) -> str | None:
        """Waits until the snapshots are written; later ones last as long as the program. Returns a line on what could
        not be written."""
        return self._instrument.close()

    def _wait(self, command: str, by: str) -> None:
        if sum(who == by for _, who in list(self._asked)) < WAITING_COMMANDS:
            self._asked.append((command, by))

    def _set(self, values: Mapping[str, object], by: str) -> None:
        """Some parameters and controls by hand, all or none."""
        look = {name: value for name, value in values.items() if name in Look.model_fields}
        controls = {name: value for name, value in values.items() if name not in look}
        if controls:
            settled = settle(dict(self._changeover.controls) | controls, by, (Performance,))[0]
            self._board.require(self._board.goal.with_values(look, by).look)
            self._instrument.control(settled, controls, by)
        if look:  # after the crossfader, which takes all of the look
            self._changeover.turn(look, by)

    def _span(self, name: str, by: str):
        self._require(name, by)
        reach = span(name)
        if reach is None:
            raise UserError(f"{by}: {name} has no knob; allowed is {allowed(name)}")
        return reach

    def _require(self, name: str, by: str) -> None:
        if name not in SETTABLE:
            raise UserError(f"{by}: no parameter '{name}'{nearest(name, SETTABLE)}")
