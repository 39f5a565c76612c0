"""Modulation: beat and sound move parameters, as a preset's `modulate` says.

Invariant: a driver is always a number from 0 to 1; without a feed it is 0.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import knob, span

DRIVERS = {
    "beat": "1 on the beat, falling to 0 before the next",
    "level": "how loud the sound is",
    "bass": "below 200 Hz",
    "mid": "200 to 2,000 Hz",
    "treble": "above 2,000 Hz",
}
_TERM = re.compile(r"\s*(?P<name>\w+)\s*(?P<sign>[+-])\s*(?:(?P<amount>\d+\.?\d*|\.\d+)\s*\*\s*)?(?P<driver>\w+)\s*")
MOST = 10  # times a knob's range
HOW = "write it as 'strength + 0.3*beat, rate - 0.5*bass'"


@dataclass(frozen=True)
class Modulation:
    """Adds `amount` times the knob's range to parameter `name` when `driver` is 1."""

    name: str
    amount: float
    driver: str


def parse(text: str) -> tuple[Modulation, ...]:
    """`"strength + 0.3*beat, rate - 0.5*bass"` -> terms; an empty text has none. UserError says what is wrong."""
    return tuple(_term(part, text) for part in text.split(",")) if text.strip() else ()


def _term(part: str, text: str) -> Modulation:
    found = _TERM.fullmatch(part)
    if not found:
        raise UserError(f"modulate is '{text}'; '{part.strip()}' can't be read: {HOW}")
    name, driver = found["name"], found["driver"]
    if name not in Look.model_fields or span(name) is None:
        playable = [name for name in Look.model_fields if span(name)]
        raise UserError(f"modulate is '{text}'; no knob '{name}'{nearest(name, playable)}")
    if driver not in DRIVERS:
        raise UserError(
            f"modulate is '{text}'; no driver '{driver}'; the drivers are {', '.join(DRIVERS)}"
            + nearest(driver, DRIVERS)
        )
    amount = float(found["amount"] or 1)
    if amount > MOST:  # hundreds of digits would be infinity, and infinity times 0 is not a number
        raise UserError(f"modulate is '{text}'; '{part.strip()}' is more than {MOST} times the knob's range")
    return Modulation(name, amount if found["sign"] == "+" else -amount, driver)


def moved(look: Look, terms: Iterable[Modulation], now: Mapping[str, float]) -> Look:
    """`look` with `terms` applied at the driver values `now`; each knob stops at the ends of its range."""
    shares: dict[str, float] = {}
    for term in terms:
        share = shares.get(term.name)
        share = knob(term.name).share(getattr(look, term.name)) if share is None else share
        shares[term.name] = share + term.amount * now[term.driver]
    return look.model_copy(update={name: knob(name).value(share) for name, share in shares.items()})


class Drivers:
    """The drivers' current values: the beat and sound analysis feeds them, the desk reads them. For any thread."""

    def __init__(self) -> None:
        self._feeds: dict[str, Callable[[], float]] = {}
        self._lock = threading.Lock()

    def feed(self, name: str, value: Callable[[], float]) -> None:
        """From now on `value` gives the driver `name`; it must return 0 to 1 without waiting."""
        with self._lock:
            self._feeds = self._feeds | {name: value}

    def now(self) -> dict[str, float]:
        """Every driver's present value."""
        feeds = self._feeds
        return {name: min(1.0, max(0.0, float(feeds[name]()))) if name in feeds else 0.0 for name in DRIVERS}
