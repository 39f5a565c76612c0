"""The signs of life of a performance, once a second, on a thread of its own.

Invariant: it never holds up the performance; where nobody hears them any more, it asks for the end.
"""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from kaleidocam.closing import Closing

log = logging.getLogger(__name__)
BEAT_SECONDS = 1.0
NUMBER = re.compile(r"\d+(\.\d+)?")


class Pulse(Closing):
    """`tell` is given each sign of life, as {"vitals": ...}; OSError there means that nobody hears it. `gone` is called
    once then. Until `vitals` is set, `waits` says what is waited for. `look`: gives what is played, to be played on.
    `aloud`: whether the notices, which nothing shows, are logged."""

    def __init__(
        self, tell: Callable[[Mapping[str, Any]], None], gone: Callable[[], None], *, aloud: bool = False
    ) -> None:
        self._tell, self._gone, self._aloud = tell, gone, aloud
        self.vitals: Callable[[], Mapping[str, Any]] | None = None
        self.look: Callable[[], Mapping[str, Any]] | None = None
        self.waits = ""
        self._ends = False
        self._said: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
        self._thread.start()

    def ends(self, *, finished: bool) -> None:
        """The performance is over, and what it has made is being finished. `finished`: it ended as it should."""
        self.vitals, self.look, self._ends = None, None, True
        with suppress(OSError, ValueError):  # nobody hears it
            self._tell({"vitals": {"ends": True}, "finished": finished})

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        last = None
        while not self._ended.wait(BEAT_SECONDS):
            vitals: Mapping[str, Any] = self.vitals() if self.vitals else {"waits": self.waits, "ends": self._ends}
            message: dict[str, Any] = {"vitals": vitals}
            look = self.look() if self.look else None
            if look != last:
                message["look"] = last = look
            if self._aloud:
                self._log(vitals.get("notices", ()))
            try:
                self._tell(message)
            except (OSError, ValueError):
                self._gone()
                return

    def _log(self, notices: list[str]) -> None:
        """Each line once, as long as it stays; seconds that are counted in it don't make it another."""
        kinds = {NUMBER.sub("#", line): line for line in notices}
        for kind in kinds.keys() - self._said:
            log.info(kinds[kind])
        self._said = set(kinds)
