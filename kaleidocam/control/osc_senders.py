"""Who sends OSC, and how much each may be answered.

Invariant: a machine that has not proved that it can be reached at its address is answered at most FACTOR times the
bytes that came from there. Datagrams can bear anybody's address, and long answers to short questions are a weapon.
Source: the limit before an address is validated, and the token that validates it, of QUIC (RFC 9000, section 8).
"""

import hashlib
import hmac
import secrets
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

FACTOR = 3
MOST_PROVED = 64  # machines; the newest count
COOKIE_LETTERS = 8  # hexadecimal: no guess hits before the show is over


class Peer(NamedTuple):
    """Somebody's `address` as a socket has it, and the socket of ours at which it is reached."""

    through: socket.socket
    address: tuple

    @property
    def host(self) -> str:
        return self.address[0]

    def at(self, port: int) -> "Peer":
        """The same machine at another port."""
        return self._replace(address=(self.address[0], port, *self.address[2:]))


@dataclass
class Asker:
    """The sender of a packet; `room`: the bytes that may still be answered to it, None if it is known to be there."""

    peer: Peer
    room: int | None

    def takes(self, size: int) -> bool:
        """Whether an answer of `size` bytes may be sent; then they are used up."""
        if self.room is None:
            return True
        fits = size <= self.room
        self.room -= size if fits else 0
        return fits


class Senders:
    """Knows which machines have proved their address: this one, and those that sent their cookie back."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._proved: dict[str, None] = {}  # hosts, the newest last

    def asker(self, peer: Peer, size: int) -> Asker:
        """Of a packet of `size` bytes."""
        return Asker(peer, None if self.is_known(peer) else FACTOR * size)

    def is_known(self, peer: Peer) -> bool:
        return peer.host in self._proved or is_this_machine(peer.host)

    def cookie(self, peer: Peer) -> str:
        """A text that only a machine at that address gets to know."""
        return hmac.new(self._secret, peer.host.encode(), hashlib.sha256).hexdigest()[:COOKIE_LETTERS]

    def prove(self, peer: Peer, cookie: str) -> bool:
        """Whether that is its cookie; then the machine is known from now on."""
        right = hmac.compare_digest(cookie.encode(errors="replace"), self.cookie(peer).encode())
        if right:
            self._proved.pop(peer.host, None)
            self._proved[peer.host] = None
            if len(self._proved) > MOST_PROVED:
                del self._proved[next(iter(self._proved))]
        return right


def is_this_machine(host: str) -> bool:
    """Whether it is a loopback address, which no packet from outside can bear."""
    number = ip_address(host.partition("%")[0])
    mapped = number.ipv4_mapped if isinstance(number, IPv6Address) else None
    return (mapped or number).is_loopback
