"""What a DMX packet brings, of either protocol.

Invariant: a packet is whole: what can't be read is a ValueError, and what brings no levels is no packet.
"""

from collections.abc import Hashable
from typing import NamedTuple, Protocol


class Packet(NamedTuple):
    """The `levels` of a `universe`, a byte a channel, at most 512. `sender`: who it is, whatever it is called by people
    (`called`); `sequence`: a byte, None where the sender counts none; `ends`: it is the sender's last."""

    universe: int
    levels: bytes
    sender: Hashable
    called: str
    priority: int = 0
    sequence: int | None = None
    ends: bool = False


class Wire(Protocol):
    """A protocol, of one universe."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def port(self) -> int:
        """Its own, UDP."""

    @property
    def lost_seconds(self) -> float:
        """A sender that is silent for so long is gone."""

    @property
    def again(self) -> bool:
        """Whether the same sequence number twice is in order."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The multicast groups to join."""

    def read(self, data: bytes, host: str) -> Packet | None:
        """What came from `host`; None where it is of no concern. ValueError where it is broken."""

    def asks(self, data: bytes) -> bool:
        """Whether it is a question of who is there, which wants `reply`."""

    def reply(self, own: str) -> bytes:
        """That this program is there, at `own`, the IPv4 address at which the asker reaches this machine."""
