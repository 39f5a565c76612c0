"""The levels of a universe, from all who send it.

Invariant: of the senders with the highest priority, the highest level of each channel counts, as in a merger; what
comes too late, by its number, never takes the place of what is newer.
Sources: E1.31 6.2.3 (priority), 6.7.1 (loss), 6.7.2 (sequence); Art-Net 4, "Data Merging".
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import zip_longest

from kaleidocam.control.dmx_packet import Packet

LATE = 20  # numbers: one that is further back is a sender that began anew
MOST_SENDERS = 8


@dataclass
class _Sender:
    called: str
    priority: int
    sequence: int | None
    levels: bytes
    seen: float


class Universe:
    """Keeps the channels `first` to `last`, counted from 1. `lost_seconds`, `again`: see `dmx_packet.Wire`. `told` is
    called with a line on who is there; its lines begin with `name`."""

    def __init__(
        self, name: str, first: int, last: int, *, lost_seconds: float, again: bool, told: Callable[[str], None]
    ) -> None:
        self._name, self._part = name, slice(first - 1, last)
        self._lost_seconds, self._late = lost_seconds, range(1 if again else 0, LATE)
        self._told = told
        self._senders: dict[Hashable, _Sender] = {}
        self._met: set[tuple[str, ...]] = set()
        self.was_there = self._full = False  # whether anybody has sent it yet; whether too many have

    def take(self, packet: Packet, now: float) -> None:
        """A packet of this universe, which came at `now`, seconds of time.monotonic."""
        sender = self._senders.get(packet.sender)
        if sender and self._is_late(sender.sequence, packet.sequence):
            return
        if packet.ends:
            if self._senders.pop(packet.sender, None) and not self._senders:
                self._told(f"{self._name} was ended by {packet.called}; the last look stays")
            return
        levels = packet.levels[self._part]
        if sender:
            levels += sender.levels[len(levels) :]  # a short packet says nothing of what it does not have
        elif len(self._senders) >= MOST_SENDERS:
            self._crowded()
            return
        self._senders[packet.sender] = _Sender(packet.called, packet.priority, packet.sequence, levels, now)
        if not sender:
            self._greet(packet.called)

    def levels(self, now: float) -> bytes:
        """The levels by now, fewer where not all came yet; empty where nobody sends."""
        self._forget(now)
        senders = self._ruling()
        if len(senders) < 2:
            return senders[0].levels if senders else b""
        return bytes(map(max, zip_longest(*(sender.levels for sender in senders), fillvalue=0)))

    def _ruling(self) -> list[_Sender]:
        highest = max((sender.priority for sender in self._senders.values()), default=0)
        return [sender for sender in self._senders.values() if sender.priority == highest]

    def _forget(self, now: float) -> None:
        """Those who have been silent for too long."""
        gone = [who for who, sender in self._senders.items() if now - sender.seen > self._lost_seconds]
        for who in gone:
            called = self._senders.pop(who).called
            if not self._senders:
                self._told(f"{self._name}: nothing comes from {called} any more; the last look stays")

    def _greet(self, called: str) -> None:
        if len(self._senders) == 1:
            self._told(f"{self._name} is {'back' if self.was_there else 'there'}, from {called}")
            self.was_there = True
        rivals = self._ruling()
        names = tuple(sorted(sender.called for sender in rivals))
        if len(rivals) > 1 and names not in self._met and len(self._met) < MOST_SENDERS:
            self._met.add(names)
            self._told(f"{self._name} comes from {' and '.join(names)}: the highest level of each channel counts")

    def _crowded(self) -> None:
        if not self._full:
            self._full = True
            self._told(f"{self._name} has more than {MOST_SENDERS} senders; the others are passed over")

    def _is_late(self, before: int | None, sequence: int | None) -> bool:
        if before is None or sequence is None:
            return False
        return (before - sequence) % 256 in self._late
