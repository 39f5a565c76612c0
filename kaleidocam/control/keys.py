"""The keys of a performance, as in mpv where mpv has them.

Invariant: a key does nothing that another surface could not do through the desk.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kaleidocam.control.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import PALETTES
from kaleidocam.settings.presets import own_preset_names, preset_names
from kaleidocam.settings.ranges import knob

NUDGE = 0.04  # of a knob's range, by which one press moves it


@dataclass(frozen=True)
class Key:
    """`press` acts on the desk; None: the key goes to the sinks."""

    meaning: str
    press: Callable[[Desk], None] | None = None


def _command(name: str) -> Callable[[Desk], None]:
    return lambda desk: desk.ask(name, "a key")


def _nudge(name: str, way: int) -> Callable[[Desk], None]:
    def press(desk: Desk) -> None:
        reach = knob(name)
        if reach.whole:
            desk.set(name, min(reach.high, max(reach.low, getattr(desk.base, name) + way)), "a key")
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
        at = names.index(desk.preset) if desk.preset in names else -way
        desk.load(names[(at + way) % len(names)], "a key")

    return press


def _palette(desk: Desk) -> None:
    now = desk.base.palette
    at = PALETTES.index(now) if now in PALETTES else -1
    desk.set("palette", PALETTES[(at + 1) % len(PALETTES)], "a key")


KEYS = {
    "q": Key("quit", _command("quit")),
    " ": Key("pause", _command("pause")),
    "p": Key("pause", _command("pause")),
    "f": Key("full screen"),
    "esc": Key("leave full screen"),
    "s": Key("screenshot", _command("screenshot")),
    "i": Key("figures: off, short, full", _command("figures")),
    "?": Key("these keys", _command("help")),
    "b": Key("bypass: the clean picture", _command("bypass")),
    "t": Key("tap the tempo", _command("tap")),
    "<": Key("previous preset", _preset(-1)),
    ">": Key("next preset", _preset(1)),
    "{": Key("previous channel", _channel(-1)),
    "}": Key("next channel", _channel(1)),
    "[": Key("dream slower", _nudge("rate", -1)),
    "]": Key("dream faster", _nudge("rate", 1)),
    "9": Key("weaker", _nudge("strength", -1)),
    "0": Key("stronger", _nudge("strength", 1)),
    "7": Key("less color", _nudge("color", -1)),
    "8": Key("more color", _nudge("color", 1)),
    "c": Key("next palette", _palette),
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
}
SHORT = "q quit   space pause   b bypass   f full screen   i figures   ? all keys"
NAMES = {" ": "space"}
COLUMNS = 3


def help_lines() -> list[str]:
    """All keys, for the window: each line has COLUMNS times a key and what it does, parted by tabs."""
    cells = [f"{NAMES.get(key, key)}\t{bound.meaning}" for key, bound in KEYS.items() if key != "p"]
    rows = -(-len(cells) // COLUMNS)
    return ["\t".join(cells[row::rows]) for row in range(rows)]
