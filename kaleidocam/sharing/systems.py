"""THE table of systems by which programs share pictures, and what a text such as "ndi:NAME" means.

Invariant: a system's library is imported when something is opened by it, never before.
"""

import sys
import time
from contextlib import suppress

from kaleidocam.errors import UserError
from kaleidocam.sharing.base import Library, System
from kaleidocam.sharing.names import meant

NETWORKED = "start one, or check that it is in the same network" + (
    ", and that avahi-daemon runs here" if sys.platform.startswith("linux") else ""
)
TICK_SECONDS = 0.05  # between two looks at which senders there are
SETTLED_SECONDS = 0.5  # without a new sender, after which those that were found are taken for all


def _ndi() -> Library:
    from kaleidocam.sharing.ndi import Ndi

    return Ndi()


def _spout() -> Library:
    from kaleidocam.sharing.spout import Spout

    return Spout()


def _syphon() -> Library:
    from kaleidocam.sharing.syphon import Syphon

    return Syphon()


SYSTEMS = (
    System("ndi", "NDI", "cyndilib", _ndi, patience=2.5, advice=NETWORKED),
    System("spout", "Spout", "SpoutGL", _spout, "win32", patience=0.5),
    System("syphon", "Syphon", "syphon", _syphon, "darwin", patience=0.5),
)


def names_one(text: str, system: System) -> bool:
    """Whether a text is "ndi" or "ndi:NAME", for the system of that name, in upper or lower case."""
    return text.partition(":")[0].casefold() == system.name


def is_sender(text: str) -> bool:
    """Whether a text names a sender of any of them."""
    return any(names_one(text, system) for system in SYSTEMS)


def label_of(text: str) -> str:
    """Such a text for people: "NAME (NDI)"."""
    return f"{wanted_of(text) or 'the only one'} ({system_of(text).title})"


def system_of(text: str) -> System:
    """The system that such a text names."""
    return next(system for system in SYSTEMS if names_one(text, system))


def wanted_of(text: str) -> str:
    """The name in such a text; empty if there is none."""
    return text.partition(":")[2].strip()


def found(library: Library, patience: float) -> list[str]:
    """The senders there are, by their names; looked for until no more are found, or for `patience` seconds."""
    search = _Search(library, patience)
    while not (search.settled or search.over):
        search.go_on()
    return search.there


def find(library: Library, wanted: str, system: System) -> str:
    """The full name of the sender that `wanted` means; one whose full name it is, at once. UserError as `meant`, after
    the system's patience."""
    search = _Search(library, system.patience)
    while wanted not in search.there:
        if search.over:
            return meant(wanted, search.there, system.title, system.advice)
        if search.settled:
            with suppress(UserError):  # others may still be found
                return meant(wanted, search.there, system.title)
        search.go_on()
    return wanted


def is_there(library: Library, name: str, patience: float) -> bool:
    """Whether there is a sender of exactly this name, after `patience` seconds at most."""
    search = _Search(library, patience)
    while name not in search.there and not search.over:
        search.go_on()
    return name in search.there


class _Search:
    """`there`: what was found so far; `settled`: something was, and nothing else since."""

    def __init__(self, library: Library, patience: float) -> None:
        self._names, self.there = library.names, sorted(library.names())
        self._at = time.monotonic()
        self._ends = self._at + patience

    @property
    def settled(self) -> bool:
        return bool(self.there) and time.monotonic() > self._at + SETTLED_SECONDS

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._ends

    def go_on(self) -> None:
        time.sleep(TICK_SECONDS)
        if (now := sorted(self._names())) != self.there:
            self.there, self._at = now, time.monotonic()
