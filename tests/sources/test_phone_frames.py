"""Pictures put together from packets: those of aiortc's own buffer, earlier."""

import random

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket

from kaleidocam.sources.phone_frames import NAME, Frames, hurry

START = 65_530  # so that the numbers begin anew on the way


def packet(number, time, data, last):
    made = RtpPacket(sequence_number=(START + number) % 65536, timestamp=time, marker=int(last))
    made._data = data
    return made


def stream(pictures, seed=0, padded=()):
    """Packets of so many pictures, and their data; after those that are `padded`, packets without any."""
    chance, packets, whole = random.Random(seed), [], []
    for picture in range(pictures):
        parts = [bytes([picture % 256, picture // 256, part]) for part in range(chance.randint(1, 5))]
        whole.append(b"".join(parts))
        for part in parts:
            packets.append(packet(len(packets), picture * 3000, part, part is parts[-1]))
        if picture in padded:
            packets += [packet(len(packets) + more, picture * 3000, b"", False) for more in range(2)]
    return packets, whole


def given(buffer, packets):
    """What comes out, and after how many packets."""
    found = []
    for number, each in enumerate(packets):
        if frame := buffer.add(each)[1]:
            found.append((frame.data, frame.timestamp, number))
    return found


def test_each_comes_with_its_last_packet():
    packets, whole = stream(40)
    ends = [number for number, each in enumerate(packets) if each.marker]
    assert given(Frames(512, is_video=True), packets) == [(whole[i], i * 3000, ends[i]) for i in range(40)]
    theirs = given(JitterBuffer(512, is_video=True), packets)
    assert [each[:2] for each in theirs] == [(whole[i], i * 3000) for i in range(39)]


@pytest.mark.parametrize("seed", range(20))
def test_packets_out_of_order_and_twice_make_the_same_pictures(seed):
    packets, whole = stream(60, seed)
    chance, mixed = random.Random(seed), packets[:1]
    for at in range(1, len(packets), 4):
        some = packets[at : at + 4]
        chance.shuffle(some)
        mixed += some + some[:1]
    found = given(Frames(512, is_video=True), mixed)
    assert b"".join(each[0] for each in found) == b"".join(whole[: len(found)]) and len(found) >= 55


def test_padding_is_no_picture():
    packets, whole = stream(20, padded={3, 4, 9, 19})
    found = given(Frames(512, is_video=True), packets)
    assert [each[0] for each in found] == whole


def test_a_packet_that_never_comes_costs_what_it_costs_in_aiortc():
    packets, _ = stream(800, 3)
    del packets[100]
    ours, theirs = (given(kind(512, is_video=True), packets) for kind in (Frames, JitterBuffer))
    missing = {each[0] for each in theirs} ^ {each[0] for each in ours}
    assert len(ours) >= len(theirs) and len(missing) <= 2


def test_without_a_marker_it_is_as_before():
    packets, _ = stream(20)
    for each in packets:
        each.marker = 0
    frames, theirs = given(Frames(512, is_video=True), packets), given(JitterBuffer(512, is_video=True), packets)
    assert [each[0] for each in theirs] == [each[0] for each in frames][: len(theirs)]


def test_aiortc_still_keeps_its_packets_there():
    class Transport:
        state = "new"

    receiver = RTCRtpReceiver("video", Transport())
    hurry(receiver)
    assert isinstance(getattr(receiver, NAME), Frames)
