"""The sockets of OSC: what comes in within the budget, what goes out.

Invariant: nothing here waits but `wait`, and what there is no time for is lost in the socket, unread.
"""

import select
import socket
from collections.abc import Iterator
from contextlib import suppress

from kaleidocam.control.listening import callable_as, in_brackets, listen, parse_place
from kaleidocam.control.osc_packets import LARGEST_PACKET, Budget
from kaleidocam.control.osc_senders import Peer, is_this_machine
from kaleidocam.errors import UserError


def parse_address(text: str) -> tuple[str, int]:
    """`"[HOST:]PORT"` -> (host, port); without a host it is this machine's own. UserError where it is neither."""
    return parse_place(text, "--osc", 9000)


class Line:
    """Listens at every address that `host` stands for, at `port`. UserError where that can't be had. `told`: how
    others reach it, HOST:PORT each; `is_open`: whether other machines can."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._sockets = listen(host, port, socket.SOCK_DGRAM)
        except (OSError, OverflowError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise UserError(f"OSC can't listen on {host}:{port}: {why}; give another with --osc HOST:PORT") from error
        for opened in self._sockets:
            opened.setblocking(False)
        self.address: tuple = self._sockets[0].getsockname()
        self.told = [f"{in_brackets(each)}:{self.address[1]}" for each in callable_as(host, self._sockets)]
        self.is_open = not all(is_this_machine(each.getsockname()[0]) for each in self._sockets)
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)

    def wake_up(self) -> None:
        """Ends `wait`. Any thread."""
        with suppress(OSError):  # full: it is awake
            self._wake.send(b"\0")

    def wait(self, seconds: float | None = None) -> None:
        """Until something has come, or `wake_up`, or so long."""
        if self._woken in select.select([*self._sockets, self._woken], [], [], seconds)[0]:
            self._woken.recv(4096)

    def packets(self, budget: Budget) -> Iterator[tuple[Peer, bytes]]:
        """What has come, until there is no more, or no time left for it."""
        self._sockets.append(self._sockets.pop(0))  # a flood at one must not shut out the others for good
        for through in tuple(self._sockets):
            while not budget.used_up():
                try:
                    packet, sender = through.recvfrom(LARGEST_PACKET + 1)
                except OSError:  # nothing there; on Windows also: someone to whom something was sent is gone
                    break
                yield Peer(through, sender), packet

    def forget(self, budget: Budget) -> None:
        """Throws away what has come; otherwise the work of a flood would go on long after it."""
        budget.begin()
        for _ in self.packets(budget):
            pass
        budget.rest()

    def send(self, peer: Peer, data: bytes) -> None:
        with suppress(OSError):  # nobody there any more, or no room: UDP promises nothing
            peer.through.sendto(data, peer.address)

    def close(self) -> None:
        for used in (*self._sockets, self._wake, self._woken):
            used.close()
