"""The keys of a performance, as in mpv where mpv has them.

Invariant: a key does nothing that another surface could not do through the desk.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kaleidocam.control.commands import RECALL, SNAPSHOTS, STORE
from kaleidocam.control.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.layering import OF_LAYER
from kaleidocam.settings.parameters import PALETTES
from kaleidocam.settings.presets import layer_of, own_preset_names, preset_names
from kaleidocam.settings.ranges import choices, knob

NUDGE = 0.04  # of a knob's range, by which one press moves it


@dataclass(frozen=True)
class Command:
    """Asks the desk for one of its commands."""

    name: str

    def __call__(self, desk: Desk) -> None:
        desk.ask(self.name, "a key")


@dataclass(frozen=True)
class Key:
    """`press` acts on the desk; None: the key goes to the sinks. `listed`: whether the help names it; else another
    entry there means it too."""

    meaning: str
    press: Callable[[Desk], None] | None = None
    listed: bool = True

    @property
    def repeats(self) -> bool:
        """Whether it acts again and again while it is held: what moves a value does, what switches something does
        not."""
        return self.press is not None and not isinstance(self.press, Command)


def _nudge(name: str, way: int) -> Callable[[Desk], None]:
    def press(desk: Desk) -> None:
        reach = knob(name)
        if reach.whole:
            desk.set(name, min(reach.high, max(reach.low, desk.value(name, "a key") + way)), "a key")
            return
        share = round(desk.share(name, "a key"), 9)  # or up and down again would not end where it began
        to = share + way * NUDGE
        past_rest = reach.low < 0 and (share - 0.5) * (to - 0.5) < 0
        desk.set_share(name, 0.5 if past_rest else to, "a key")

    return press


def _channel(way: int) -> Callable[[Desk], None]:
    def press(desk: Desk) -> None:
        single = re.fullmatch(r"(\w+):(\d+)(\^2)?", desk.base.channel)
        if not single:
            raise UserError(f"'{desk.base.channel}' is not one channel, so there is no next")
        desk.set("channel", f"{single[1]}:{max(0, int(single[2]) + way)}{single[3] or ''}", "a key")

    return press


def _preset(way: int) -> Callable[[Desk], None]:
    def press(desk: Desk) -> None:
        names = [*own_preset_names(), *preset_names()]
        at = names.index(desk.coming_preset) if desk.coming_preset in names else -way
        desk.load(names[(at + way) % len(names)], "a key")

    return press


def _as_laid(preset: str) -> dict[str, Any] | None:
    with suppress(UserError):  # a broken one is told of when its turn comes
        return layer_of(preset)
    return None


def _layer(way: int) -> Callable[[Desk], None]:
    def press(desk: Desk) -> None:
        names = [*own_preset_names(), *preset_names()]
        laid = desk.base.model_dump(include=set(OF_LAYER))
        at = next((i for i, name in enumerate(names) if _as_laid(name) == laid), -way)
        desk.lay(names[(at + way) % len(names)], "a key")

    return press


def _subject(desk: Desk) -> None:
    known = choices("subject")
    desk.set("subject", known[(known.index(desk.base.subject) + 1) % len(known)], "a key")


def _palette(desk: Desk) -> None:
    now = desk.base.palette
    at = PALETTES.index(now) if now in PALETTES else -1
    desk.set("palette", PALETTES[(at + 1) % len(PALETTES)], "a key")


KEYS = {
    "q": Key("quit", Command("quit")),
    " ": Key("pause", Command("pause")),
    "p": Key("pause", Command("pause"), listed=False),
    "f": Key("full screen"),
    "esc": Key("leave full screen"),
    "k": Key("pin corners, full screen"),
    "s": Key("screenshot", Command("screenshot")),
    "i": Key("figures: off, short, full", Command("figures")),
    "?": Key("these keys", Command("help")),
    "b": Key("bypass: the clean picture", Command("bypass")),
    "t": Key("tap the tempo", Command("tap")),
    "T": Key("this is the one", Command("resync"), listed=False),
    ";": Key("the beat 10 ms earlier", Command("nudge-earlier"), listed=False),
    "'": Key("the beat 10 ms later", Command("nudge-later"), listed=False),
    "/": Key("half the tempo", Command("half-tempo"), listed=False),
    "*": Key("twice the tempo", Command("double-tempo"), listed=False),
    "r": Key("record, and end it", Command("record")),
    "D": Key("forget --attract's memory", Command("forget")),
    "<": Key("previous preset", _preset(-1), listed=False),
    ">": Key("next preset", _preset(1), listed=False),
    "o": Key("the next preset as a layer over it", _layer(1), listed=False),
    "O": Key("no layer", lambda desk: desk.lay("", "a key"), listed=False),
    "{": Key("previous channel", _channel(-1)),
    "}": Key("next channel", _channel(1)),
    "[": Key("dream slower", _nudge("rate", -1)),
    "]": Key("dream faster", _nudge("rate", 1)),
    "9": Key("weaker", _nudge("strength", -1)),
    "0": Key("stronger", _nudge("strength", 1)),
    "7": Key("less color", _nudge("color", -1)),
    "8": Key("more color", _nudge("color", 1)),
    "c": Key("next palette", _palette),
    "y": Key("people: off, keep, dream", _subject),
    "1": Key("shorter half-life", _nudge("half_life", -1)),
    "2": Key("longer half-life", _nudge("half_life", 1)),
    "3": Key("coarser", _nudge("tilt", -1)),
    "4": Key("finer", _nudge("tilt", 1)),
    "5": Key("drift inward", _nudge("drift_zoom", -1)),
    "6": Key("drift outward", _nudge("drift_zoom", 1)),
    "-": Key("fewer mirrors", _nudge("mirrors", -1)),
    "=": Key("more mirrors", _nudge("mirrors", 1)),
    ",": Key("spin left", _nudge("spin", -1)),
    ".": Key("spin right", _nudge("spin", 1)),
    "backspace": Key("back to the preset", lambda desk: desk.load(desk.preset, "a key")),
    "u": Key("undo", Command("undo")),
    "U": Key("redo", Command("redo")),
    "ctrl+z": Key("undo", Command("undo"), listed=False),
    "ctrl+shift+z": Key("redo", Command("redo"), listed=False),
    "ctrl+y": Key("redo", Command("redo"), listed=False),
    "x": Key("surprise: another look", Command("surprise")),
    "A": Key("keep this look as A", Command(f"{STORE}a")),
    "B": Key("keep this look as B", Command(f"{STORE}b")),
    "j": Key("crossfade toward A", _nudge("crossfade", -1), listed=False),
    "l": Key("crossfade toward B", _nudge("crossfade", 1), listed=False),
    "J": Key("go to A", Command(f"{RECALL}a"), listed=False),
    "L": Key("go to B", Command(f"{RECALL}b"), listed=False),
    "n": Key("go to a look faster", _nudge("recall_seconds", -1), listed=False),
    "m": Key("go to a look slower", _nudge("recall_seconds", 1), listed=False),
    "w": Key("go now, on beat, on bar", lambda desk: desk.turn_when("a key")),
    **{f"f{slot}": Key(f"recall snapshot {slot}", Command(f"{RECALL}{slot}"), listed=False) for slot in SNAPSHOTS},
    **{f"shift+f{slot}": Key(f"keep snapshot {slot}", Command(f"{STORE}{slot}"), listed=False) for slot in SNAPSHOTS},
}
TOGETHER = {  # in the help, several keys as one
    "< >": "previous, next preset",
    "o O": "next layer, no layer",
    "j l": "crossfade toward A, B",
    "J L": "go to A, to B",
    "; T '": "beat earlier, one, later",
    "/ *": "half, twice the tempo",
    "f1..f8": "recall a snapshot",
    "shift+f1..": "keep a snapshot",
}
SHORT = "q quit   space pause   b bypass   f full screen   i figures   ? all keys"
NAMES = {" ": "space"}
COLUMNS = 3


def help_lines() -> list[str]:
    """All keys, for the window: each line has COLUMNS times a key and what it does, parted by tabs."""
    named = {NAMES.get(key, key): bound.meaning for key, bound in KEYS.items() if bound.listed} | TOGETHER
    cells = [f"{key}\t{meaning}" for key, meaning in named.items()]
    rows = -(-len(cells) // COLUMNS)
    return ["\t".join(cells[row::rows]) for row in range(rows)]
