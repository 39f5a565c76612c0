"""sACN's packets (E1.31): DMX that is read.

Invariant: only levels that are meant for the stage become a packet; previews, other start codes and other kinds of
packets are passed over.
Source: ANSI E1.31-2018. We read it ourselves: the receiver of the library sacn counts priorities, sequences and the end
by universe and not by sender, plays previews and every start code, and a wrong priority ends its thread.
"""

import struct
from dataclasses import dataclass, field

from kaleidocam.control.dmx_packet import Packet
from kaleidocam.errors import shown

HEAD = b"\x00\x10\x00\x00ASC-E1.17\0\0\0"
ROOT_DATA, ROOT_EXTENDED, FRAMING_DATA = 4, 8, 2
SET_PROPERTY = b"\x02\xa1\x00\x00\x00\x01"  # a DMP layer's vector, types of address and data, first address, increment
LEVELS = 126  # bytes before them: the start code's is the last
PREVIEW, ENDS = 0x80, 0x40
MOST_PRIORITY = 200


@dataclass(frozen=True)
class Sacn:
    """sACN's `universe`, 1 to 63999. A sender is a component identifier, whatever its address."""

    universe: int
    name: str = "sACN"
    port: int = 5568
    lost_seconds: float = 2.5  # E1.31 6.7.1
    again: bool = False
    groups: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", (f"239.255.{self.universe >> 8}.{self.universe & 255}",))

    def read(self, data: bytes, host: str) -> Packet | None:
        """See `dmx_packet.Wire`."""
        if not data.startswith(HEAD) or len(data) < 22:
            raise ValueError("it is no sACN")
        if (kind := int.from_bytes(data[18:22], "big")) != ROOT_DATA:
            if kind == ROOT_EXTENDED:  # synchronization, or the list of a sender's universes
                return None
            raise ValueError(f"its kind is {kind}; sACN of 2009 or later is read")
        if len(data) < LEVELS or int.from_bytes(data[40:44], "big") != FRAMING_DATA or data[117:123] != SET_PROPERTY:
            raise ValueError("it is cut off, or no data packet of sACN")
        priority, sequence, options, universe = struct.unpack_from(">BxxBBH", data, 108)
        count = int.from_bytes(data[123:125], "big")
        if not 1 <= count <= 513 or len(data) < LEVELS - 1 + count or priority > MOST_PRIORITY:
            raise ValueError(f"it has {len(data) - LEVELS} of {count - 1} channels, at priority {priority}")
        if options & PREVIEW or data[LEVELS - 1]:
            return None
        levels = data[LEVELS : LEVELS - 1 + count]
        called = shown(data[44:108].partition(b"\0")[0].decode(errors="replace").strip()) or host
        return Packet(universe, levels, data[22:38], called, priority, sequence, bool(options & ENDS))

    def asks(self, data: bytes) -> bool:
        """Receivers of sACN are not asked who they are."""
        return False

    def reply(self, own: str) -> bytes:
        return b""
