"""Where a connection waits until it has said what it wants.

Invariant: those who wait take no place from those who were let in, wait HEADER_SECONDS at most, and are MOST_WAITING
at most; if there are more, the oldest one of the machine that has the most is turned away.
"""

import asyncio
import re
from collections import Counter
from typing import Any, Protocol

HEADER_SECONDS = 5.0  # for the whole header of a first request: far more than any browser takes
HEADER_BYTES = 16_000
MOST_WAITING = 100
END = re.compile(rb"\n\r?\n")


class Waiting(Protocol):
    """Who waits."""

    def turn_away(self) -> None: ...


class Crowd:
    """All who wait at one server."""

    def __init__(self) -> None:
        self._waiting: dict[Waiting, str] = {}  # and from which host, the oldest first

    def enter(self, who: Waiting, host: str, instead_of: Waiting | None = None) -> None:
        """`instead_of`: who waited for it so far; it takes that one's place."""
        if instead_of in self._waiting:
            self._waiting = {who if each is instead_of else each: its for each, its in self._waiting.items()}
            return
        self._waiting[who] = host
        if len(self._waiting) > MOST_WAITING:
            busiest = Counter(self._waiting.values()).most_common(1)[0][0]
            next(each for each, its in self._waiting.items() if its == busiest).turn_away()

    def leave(self, who: Waiting) -> None:
        self._waiting.pop(who, None)


class Threshold(asyncio.Protocol):
    """Reads until the header of the first request is whole; then uvicorn's own protocol goes on from its first byte.
    `given`: what uvicorn makes its protocol with. `instead_of`: who waited for it so far."""

    def __init__(self, crowd: Crowd, instead_of: Waiting | None = None, **given: Any) -> None:
        self._crowd, self._before, self._given, self._data = crowd, instead_of, given, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(HEADER_SECONDS, self.turn_away)
        self._crowd.enter(self, (transport.get_extra_info("peername") or ("",))[0], self._before)

    def data_received(self, data: bytes) -> None:
        new = max(0, len(self._data) - 2)
        self._data += data
        if END.search(self._data, new):
            self._pass()
        elif len(self._data) > HEADER_BYTES:
            self.turn_away()

    def connection_lost(self, error: Exception | None) -> None:
        self._leave()

    def turn_away(self) -> None:
        """Ends the connection at once."""
        self._leave()
        self._transport.abort()

    def _pass(self) -> None:
        from uvicorn.protocols.http.h11_impl import H11Protocol

        self._leave()
        protocol = H11Protocol(**self._given)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._data)

    def _leave(self) -> None:
        self._timer.cancel()
        self._crowd.leave(self)
