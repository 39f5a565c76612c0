"""Which senders there are, found out in another process.

Invariant: this process loads no system's library and opens no port; the other one ends, whatever a library does.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from contextlib import suppress

from kaleidocam import child_process
from kaleidocam.errors import UserError
from kaleidocam.sharing.base import System
from kaleidocam.sharing.names import listed
from kaleidocam.sharing.systems import SYSTEMS, found

STARTED_SECONDS = 5.0  # for a process to start and import a library, besides the search itself
LISTED = "senders"
NAMED = "version"
FAILED = "error"


def installed() -> list[str]:
    """The systems that can be on this one and are installed; imports nothing."""
    names = []
    for system in SYSTEMS:
        with suppress(UserError):
            system.check()
            names.append(system.name)
    return names


def search(systems: Collection[str]) -> dict[str, dict]:
    """Of each system by its name: its "version" and its "senders", or a line on the "error". Slow: seconds."""
    if not systems:
        return {}
    seconds = STARTED_SECONDS + sum(system.patience for system in SYSTEMS if system.name in systems)
    try:
        with child_process.start("kaleidocam.sharing.search:main") as process:
            try:
                told, _ = process.communicate(json.dumps(sorted(systems)).encode(), timeout=seconds)
                return json.loads(told)
            finally:
                process.kill()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {name: {FAILED: "it gave no answer"} for name in systems}


def told_of(system: System) -> str:
    """The system's version here and its senders, as text for a person; or how to get it. Slow."""
    try:
        system.check()
    except UserError as error:
        return str(error)
    told = search([system.name])[system.name]
    if FAILED in told:
        return told[FAILED]
    return (
        f"{told[NAMED]}; {'senders: ' + listed(told[LISTED]) if told[LISTED] else 'no sender found: ' + system.advice}"
    )


def senders() -> list[str]:
    """The senders of all systems that are installed, as texts such as "ndi:NAME". Slow, where any is."""
    return [f"{system}:{name}" for system, told in search(installed()).items() for name in told.get(LISTED, [])]


class Lookout:
    """Looks for senders beside the show, when it is asked to. `texts`: what was found last; `changes`: how often that
    has changed. `look`: finds them; slow."""

    def __init__(self, look: Callable[[], list[str]] = senders) -> None:
        self.texts: list[str] = []
        self.changes = 0
        self._look, self._looking = look, threading.Lock()

    def begin(self) -> None:
        """Looks for them on another thread; returns at once."""
        threading.Thread(target=self.look, name="lookout", daemon=True).start()

    def look(self) -> None:
        """Looks for them; where that is being done, waits for it instead. Slow."""
        done = self._looking.locked()
        with self._looking:
            if not done:
                before, self.texts = self.texts, self._look()
                self.changes += before != self.texts


def main() -> None:
    """The other process: reads names of systems, tells what there is of each."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answer
    wanted = json.load(sys.stdin.buffer)
    told = {system.name: _looked(system) for system in SYSTEMS if system.name in wanted}
    answer.write(json.dumps(told).encode())
    answer.flush()
    os._exit(0)  # skips the exit handlers of libraries, which can hang


def _looked(system: System) -> dict:
    try:
        library = system.loaded()
        return {NAMED: library.version(), LISTED: found(library, system.patience)}
    except UserError as error:
        return {FAILED: str(error)}
