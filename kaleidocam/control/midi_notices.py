"""What MIDI tells the performer, and how long it stays.

Invariant: what is odd is logged once for each kind, however often it comes.
"""

import logging
import time
from collections.abc import Iterable

log = logging.getLogger(__name__)

SECONDS = 3.0  # that a line stays


class Notices:
    """A message and a hint; the message goes first."""

    def __init__(self) -> None:
        self._message = self._hint = ("", 0.0)  # a line, and until when it is shown
        self._told: set[str] = set()

    @property
    def line(self) -> str | None:
        """What is to be read now."""
        now = time.monotonic()
        return next((line for line, until in (self._message, self._hint) if now < until), None)

    def say(self, line: str) -> None:
        self._message = (line, time.monotonic() + SECONDS)

    def hint(self, line: str) -> None:
        self._hint = (line, time.monotonic() + SECONDS)

    def tell(self, line: str) -> None:
        """Shows a line, and logs it."""
        log.info(line)
        self.say(line)

    def is_told(self, line: str) -> bool:
        return line in self._told

    def tell_odd(self, lines: Iterable[str]) -> None:
        """Logs each once, so that the performer knows why nothing happens."""
        for line in dict.fromkeys(lines):
            if line not in self._told:
                self._told.add(line)
                log.info(f"MIDI: {line}")
