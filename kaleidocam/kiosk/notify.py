"""What systemd is told of a service: that it is ready, how it is, and that it lives.

Invariant: without systemd nothing is sent, and no failure to send ends anything.
Source: sd_notify(3), systemd.service(5).
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress

PATIENCE_SECONDS = 0.5
READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


class Notify:
    """Takes where to send to out of the environment: what this process starts is not what systemd means. `seconds`:
    how often it wants a sign of life; None: never."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        self._to = environment.pop("NOTIFY_SOCKET", "")
        micros, meant = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        watched = micros.isdecimal() and meant in ("", str(os.getpid()))
        self.seconds = int(micros) / 2e6 if watched else None  # half the time, as its manual advises
        self._alive_at, self._said = float("-inf"), ""

    def tell(self, *words: str) -> None:
        """Sends words such as READY."""
        if not self._to:
            return
        address = f"\0{self._to[1:]}" if self._to.startswith("@") else self._to
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(PATIENCE_SECONDS)  # where nobody reads, the queue is full after ten
            line.sendto("\n".join(words).encode(), address)

    def alive(self) -> None:
        """A sign of life, where one is due."""
        now = time.monotonic()
        if self.seconds and now >= self._alive_at + self.seconds / 2:
            self._alive_at = now
            self.tell(ALIVE)

    def says(self, line: str) -> None:
        """One line on how it is, for `systemctl status`."""
        if line != self._said:
            self._said = line
            self.tell(f"STATUS={line}")
