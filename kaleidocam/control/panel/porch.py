"""Where a connection shows whether it speaks TLS, at a port that serves both.

Invariant: those who have not shown it wait as at the threshold, by the same rules and in the same crowd.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable

from kaleidocam.control.panel.threshold import HEADER_SECONDS, Crowd, Waiting

HANDSHAKE = 0x16  # the first byte of a TLS line (RFC 8446, section 5.1)
AGAIN_SECONDS = 0.1  # when the system has no more descriptors


class Porch:
    """`make` makes the protocol of a connection, once it is known how it speaks, of who waited for it in the crowd."""

    def __init__(self, context: ssl.SSLContext, crowd: Crowd, make: Callable[[Waiting], asyncio.Protocol]) -> None:
        self._context, self._crowd, self._make = context, crowd, make
        self._tasks: set[asyncio.Task] = set()

    async def serve(self, listener: socket.socket) -> None:
        """Takes whoever comes, until it is canceled."""
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        while True:
            try:
                came, address = await loop.sock_accept(listener)
            except OSError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            task = asyncio.ensure_future(self._meet(came, address[0]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _meet(self, came: socket.socket, host: str) -> None:
        arrival = _Arrival(asyncio.current_task())
        self._crowd.enter(arrival, host)
        try:
            async with asyncio.timeout(HEADER_SECONDS):
                secret = await _first_byte(came) == HANDSHAKE
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: self._make(arrival),
                    came,
                    ssl=self._context if secret else None,
                    ssl_handshake_timeout=HEADER_SECONDS if secret else None,
                )
        except (OSError, TimeoutError, asyncio.CancelledError):  # it is gone, or turned away
            came.close()
        finally:
            self._crowd.leave(arrival)


class _Arrival:
    """Stands for a connection in the crowd."""

    def __init__(self, task: asyncio.Task | None) -> None:
        self._task = task

    def turn_away(self) -> None:
        if self._task:
            self._task.cancel()


async def _first_byte(came: socket.socket) -> int:
    """The first byte that was sent, which stays there to be read. OSError where nothing comes."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(came, readable.set)
    try:
        await readable.wait()
        first = came.recv(1, socket.MSG_PEEK)
    finally:
        loop.remove_reader(came)
    if not first:
        raise ConnectionAbortedError("nothing was sent")
    return first[0]
