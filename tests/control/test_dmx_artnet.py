"""Art-Net's packets, by the specification's bytes and as another program writes them."""

import pytest
from dmx_packets import ART_POLL, ART_SYNC, art_dmx
from stupidArtnet import StupidArtnet

from kaleidocam.control.dmx_artnet import ArtNet

HOST = "10.0.0.7"


def test_dmx_is_read():
    packet = ArtNet(3).read(art_dmx(bytes(range(200)), 0x1203, sequence=9), HOST)
    assert (packet.universe, packet.levels, packet.sequence) == (0x1203, bytes(range(200)), 9)
    assert (packet.sender, packet.called, packet.priority, packet.ends) == (HOST, HOST, 0, False)


def test_a_sequence_of_0_counts_nothing():
    assert ArtNet(0).read(art_dmx(b"\1\2"), HOST).sequence is None


@pytest.mark.parametrize("length", [1, 2, 3, 511, 512])
def test_any_length_is_read(length):
    assert len(ArtNet(0).read(art_dmx(b"\7" * length), HOST).levels) == length


def test_what_is_behind_the_levels_is_none_of_them():
    assert ArtNet(0).read(art_dmx(b"\1\2\3\4", length=2), HOST).levels == b"\1\2"


def test_another_program_s_packet_is_read():
    sender = StupidArtnet("127.0.0.1", 258, 24, port=9)
    try:
        sender.set(bytearray(range(24)))
        packet = ArtNet(258).read(bytes(sender.packet_header + sender.buffer), HOST)
    finally:
        sender.close()
    assert (packet.universe, packet.levels) == (258, bytes(range(24)))


@pytest.mark.parametrize("data", [ART_POLL, ART_SYNC, b"Art-Net\0\x00\x97\0\x0e"])
def test_other_packets_are_passed_over(data):
    assert ArtNet(0).read(data, HOST) is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no Art-Net"),
        (b"Art-Net", "no Art-Net"),
        (b"Art-Net\0\0", "no Art-Net"),
        (b"Art-Nut\0\0\x50" + bytes(30), "no Art-Net"),
        (art_dmx(b"")[:17], "cut off"),
        (art_dmx(b""), "0 channels and has 0"),
        (art_dmx(b"\1\2\3", length=4), "4 channels and has 3"),
        (art_dmx(bytes(513)), "513 channels and has 513; 1 to 512 are read"),
        (art_dmx(b"\1\2", version=13), "version 13 of Art-Net; 14 or later"),
    ],
)
def test_what_is_broken(data, why):
    with pytest.raises(ValueError, match=why):
        ArtNet(0).read(data, HOST)


def test_whoever_asks_is_answered_by_the_specification():
    art = ArtNet(0x1234)
    assert art.asks(ART_POLL) and not art.asks(art_dmx(b"\1\2")) and not art.asks(b"")
    reply = art.reply("192.0.2.17")
    assert len(reply) == 239
    assert reply[:10] == b"Art-Net\0\x00\x21" and reply[10:14] == bytes([192, 0, 2, 17])
    assert reply[14:16] == (0x1936).to_bytes(2, "little")
    assert (reply[18], reply[19]) == (0x12, 0x3)  # net, subnet
    assert reply[26:44].rstrip(b"\0") == b"kaleidocam"
    assert reply[44:108].startswith(b"kaleidocam") and reply[108:172].startswith(b"#0001")
    assert reply[172:174] == b"\0\1" and reply[174:178] == b"\x80\0\0\0"  # one port, which takes DMX from the network
    assert reply[182:186] == b"\x80\0\0\0" and reply[190] == 0x4  # its data comes; the low part of its universe
    assert reply[200] == 0x02 and reply[207:211] == bytes([192, 0, 2, 17]) and reply[211] == 1 and reply[212] == 8
