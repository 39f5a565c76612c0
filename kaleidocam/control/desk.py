"""The desk that every control surface plays: one valid look, and the commands of a performance.

Invariant: the look is whole and valid at every moment, whoever changes it and from whichever thread; a refused change
changes nothing.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.modulation import Drivers, Modulation, moved, parse
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.ranges import allowed, span
from kaleidocam.settings.values import settle

COMMANDS = {  # name: what it does
    "bypass": "the clean picture at once, and back",
    "pause": "hold the picture, and go on",
    "screenshot": "save the picture as PNG",
    "figures": "figures in the window: off, short, full",
    "help": "the keys in the window, and off again",
    "tap": "tap the tempo: at least two taps in time",
    "quit": "end the performance",
}
# Once set by hand, these stay when another preset is played, unless it names them.
KEPT = ("grid", "detail", "morph", "modulate")
WAITING_COMMANDS = 8  # of one surface: no player gives more at once, and none crowds out another surface

Watcher = Callable[[Mapping[str, Any], str], None]
"""Called with {name: new value} and who changed it, on that one's thread; it must neither wait nor raise."""


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
    ) -> None:
        """`preset`: the name of the one that `look` comes from; `given`: what of it was set by hand."""
        self.preset = preset
        self._by_hand = set(given) & set(KEPT)
        self._look, self._check = look, check
        self._terms: tuple[Modulation, ...] = parse(look.modulate)
        self._watchers: list[Watcher] = []
        self._lock = threading.Lock()
        self._asked: deque[tuple[str, str]] = deque()
        self.drivers = Drivers()

    @property
    def base(self) -> Look:
        """The look as it was set, without what beat and sound move."""
        return self._look

    def look(self) -> Look:
        """The look of this very moment, beat and sound included: what is dreamed and shown."""
        look, terms = self._look, self._terms
        return moved(look, terms, self.drivers.now()) if terms else look

    def set(self, name: str, value: object, by: str) -> None:
        """Sets one parameter in its own unit. UserError says what is wrong with the name or the value."""
        self.set_all({name: value}, by)

    def set_share(self, name: str, share: float, by: str) -> None:
        """Sets a numeric parameter by its knob: `share`, 0 to 1, of its range (see `settings.ranges.Span`)."""
        reach = self._span(name, by)
        if not math.isfinite(share):
            raise UserError(f"{by}: {name} is given as {share} of its range; allowed is 0 to 1")
        self.set_all({name: reach.value(share)}, by)

    def share(self, name: str, by: str) -> float:
        """Where the knob of a numeric parameter stands, 0 to 1."""
        return self._span(name, by).share(getattr(self._look, name))

    def set_all(self, values: Mapping[str, object], by: str, *, preset: str | None = None) -> None:
        """Sets several parameters, all or none; the others stay. With the name of a `preset`, `values` are all of it:
        then the others go back to their defaults, but for those of KEPT that were set by hand."""
        for name in values:
            self._require(name, by)
        with self._lock:
            before = self._look
            kept = before.model_dump(include=None if preset is None else self._by_hand)
            look = settle({**kept, **values}, by)[0]
            self._check(look)
            terms = parse(look.modulate)
            self._look, self._terms, self.preset = look, terms, preset or self.preset
            if preset is None:
                self._by_hand |= set(values) & set(KEPT)
            changed = {n: getattr(look, n) for n in Look.model_fields if getattr(look, n) != getattr(before, n)}
            watchers = list(self._watchers)
        if changed:
            for watcher in watchers:
                watcher(changed, by)

    def load(self, name: str, by: str, *, file: Path | None = None) -> None:
        """Plays a preset as `set_all` does, from `file` where one is given. UserError where there is none of that
        name."""
        self.set_all(read_preset(str(file or name)), by, preset=name)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Calls `watcher` after every change; returns what ends that."""
        with self._lock:
            self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def ask(self, command: str, by: str) -> None:
        """Has one of COMMANDS carried out before the next frame. UserError if it is none."""
        if command not in COMMANDS:
            raise UserError(
                f"{by}: no command '{command}'; there are {', '.join(COMMANDS)}" + nearest(command, COMMANDS)
            )
        if sum(who == by for _, who in list(self._asked)) < WAITING_COMMANDS:
            self._asked.append((command, by))

    def asked(self) -> list[str]:
        """The commands asked for since the last call, in order. For the stage."""
        return [self._asked.popleft()[0] for _ in range(len(self._asked))]

    def _span(self, name: str, by: str):
        self._require(name, by)
        reach = span(name)
        if reach is None:
            raise UserError(f"{by}: {name} has no knob; allowed is {allowed(name)}")
        return reach

    def _require(self, name: str, by: str) -> None:
        if name not in Look.model_fields:
            raise UserError(f"{by}: no parameter '{name}'{nearest(name, Look.model_fields)}")
