"""sACN's packets, by the standard's bytes and as another program writes them."""

import pytest
from dmx_packets import CID, e131
from sacn.messages.data_packet import DataPacket
from sacn.messages.sync_packet import SyncPacket
from sacn.messages.universe_discovery import UniverseDiscoveryPacket

from kaleidocam.control.dmx_sacn import Sacn

HOST = "10.0.0.7"


def test_data_is_read():
    packet = Sacn(5).read(e131(bytes(range(100)), 5, sequence=7, priority=120, name="Pult Süd".encode()), HOST)
    assert (packet.universe, packet.levels, packet.sequence, packet.priority) == (5, bytes(range(100)), 7, 120)
    assert (packet.sender, packet.called, packet.ends) == (CID, "Pult Süd", False)


def test_another_program_s_packet_is_the_same():
    levels = tuple(i % 256 for i in range(512))
    theirs = DataPacket(tuple(CID), "a desk", 63999, levels, priority=0, sequence=255)
    assert bytes(theirs.getBytes()) == e131(bytes(levels), 63999, sequence=255, priority=0)
    assert Sacn(1).read(bytes(theirs.getBytes()), HOST).levels == bytes(levels)


def test_levels_that_are_to_wait_for_a_synchronization_are_read():
    assert Sacn(1).read(e131(b"\5", options=0x20), HOST).levels == b"\5"


def test_the_end_is_read():
    assert Sacn(1).read(e131(b"", options=0x40), HOST).ends


@pytest.mark.parametrize(
    ("name", "called"),
    [(b"", HOST), (b"\xff\xfe\xfd", "\ufffd" * 3), (b" a\nb\x1b ", r"a\nb\x1b"), (b"x" * 64, "x" * 64)],
)
def test_a_name_is_shown_on_one_line(name, called):
    assert Sacn(1).read(e131(b"\1", name=name), HOST).called == called


@pytest.mark.parametrize(
    "data",
    [
        e131(b"\1", options=0x80),  # a preview, for visualizers
        e131(b"\1", start_code=0xDD),  # priorities by channel
        e131(b"\1", start_code=0x17),  # a text
        bytes(SyncPacket(tuple(CID), 7, 1).getBytes()),
        bytes(UniverseDiscoveryPacket(tuple(CID), "a desk", (1, 2)).getBytes()),
    ],
)
def test_what_is_not_for_the_stage_is_passed_over(data):
    assert Sacn(1).read(data, HOST) is None


GOOD = e131(bytes(10))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no sACN"),
        (GOOD[:21], "no sACN"),
        (b"\0" + GOOD, "no sACN"),
        (GOOD[:18] + b"\0\0\0\3" + GOOD[22:], "its kind is 3; sACN of 2009 or later"),
        (GOOD[:125], "cut off"),
        (GOOD[:-1], "has 9 of 10 channels"),
        (GOOD[:40] + b"\0\0\0\3" + GOOD[44:], "no data packet"),
        (GOOD[:117] + b"\3" + GOOD[118:], "no data packet"),
        (GOOD[:123] + b"\0\0" + GOOD[125:], "of -1 channels"),
        (e131(bytes(513)), "513 of 513 channels"),
        (e131(bytes(10), priority=201), "at priority 201"),
    ],
)
def test_what_is_broken(data, why):
    with pytest.raises(ValueError, match=why):
        Sacn(1).read(data, HOST)


@pytest.mark.parametrize(("universe", "group"), [(1, "239.255.0.1"), (256, "239.255.1.0"), (63999, "239.255.249.255")])
def test_where_it_is_multicast(universe, group):
    assert Sacn(universe).groups == (group,)
