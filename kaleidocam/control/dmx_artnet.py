"""Art-Net's packets: DMX that is read, and the answer by which desks find this program.

Invariant: an answer goes to one who asked for it; all other packets are passed over in silence.
Source: Art-Net 4, Artistic Licence (Art-Net(TM) Designed by and Copyright Artistic Licence Engineering Ltd). We read it
ourselves: stupidArtnet's receiver can't be ended, reports no port in use, and believes any length.
"""

import socket
import struct
from dataclasses import dataclass

from kaleidocam.control.dmx_address import CHANNELS
from kaleidocam.control.dmx_packet import Packet

ID = b"Art-Net\0"
POLL, POLL_REPLY, DMX = 0x2000, 0x2100, 0x5000
ASKED = ID + POLL.to_bytes(2, "little")
OLDEST = 14  # version of the protocol
HEAD = 18  # bytes before the levels
UNKNOWN_MAKER, MEDIA_SERVER = 0x00FF, 0x02
FRONT_PANEL, GIVES_DMX, LONG_ADDRESSES = 0xD0, 0x80, 0x08  # of the fields Status1, PortTypes, Status2


@dataclass(frozen=True)
class ArtNet:
    """Art-Net's `universe`: a port-address, 0 to 32767. A sender is a host, as the protocol has it."""

    universe: int
    name: str = "Art-Net"
    port: int = 6454
    lost_seconds: float = 10.0  # after which the protocol's merging forgets a sender; some send changes alone
    again: bool = True  # senders that do not count may send any number
    groups: tuple[str, ...] = ()

    def read(self, data: bytes, host: str) -> Packet | None:
        """See `dmx_packet.Wire`."""
        if _kind(data) != DMX:
            return None
        if len(data) < HEAD:
            raise ValueError("it is cut off")
        version, sequence, _, universe = struct.unpack_from(">HBB", data, 10) + struct.unpack_from("<H", data, 14)
        length = int.from_bytes(data[16:HEAD], "big")
        if version < OLDEST:
            raise ValueError(f"version {version} of Art-Net; {OLDEST} or later is read")
        if not 1 <= length <= CHANNELS or len(data) < HEAD + length:
            raise ValueError(f"it should have {length} channels and has {len(data) - HEAD}; 1 to {CHANNELS} are read")
        return Packet(universe, data[HEAD : HEAD + length], host, host, sequence=sequence or None)

    def asks(self, data: bytes) -> bool:
        """Whether it is an ArtPoll."""
        return data.startswith(ASKED)

    def reply(self, own: str) -> bytes:
        """An ArtPollReply."""
        net, sub, low = self.universe >> 8, self.universe >> 4 & 15, self.universe & 15
        place = socket.inet_aton(own)
        return b"".join(
            (
                struct.pack("<8sH4sH", ID, POLL_REPLY, place, self.port),
                struct.pack(">HBBHBBH", 1, net, sub, UNKNOWN_MAKER, 0, FRONT_PANEL, 0),
                struct.pack("18s64s64s", b"kaleidocam", b"kaleidocam, a live dream of video", b"#0001 [0000] ok"),
                struct.pack(">H4B", 1, GIVES_DMX, 0, 0, 0),
                struct.pack("4x4B", GIVES_DMX, 0, 0, 0),
                struct.pack("4x4B", low, 0, 0, 0),
                struct.pack("6xB6x4sBB26x", MEDIA_SERVER, place, 1, LONG_ADDRESSES),
            )
        )


def _kind(data: bytes) -> int:
    """The packet's opcode. ValueError where it is no Art-Net."""
    if not data.startswith(ID) or len(data) < len(ID) + 2:
        raise ValueError("it is no Art-Net")
    return int.from_bytes(data[8:10], "little")
