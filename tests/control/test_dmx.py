"""A lighting desk at the performance: real packets over the loopback, by our own bytes and by other programs."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest
from dmx_packets import ART_POLL, art_dmx, e131
from sacn.messages.data_packet import DataPacket
from stupidArtnet import StupidArtnet

from kaleidocam.control.desk import Desk
from kaleidocam.control.dmx import Dmx
from kaleidocam.control.dmx_address import Address
from kaleidocam.control.dmx_attribute import Attribute
from kaleidocam.control.dmx_fixture import Fixture
from kaleidocam.control.tempo import Tempo
from kaleidocam.settings.parameters import Look

pytestmark = pytest.mark.timed

HERE, PATIENCE = "127.0.0.1", 10.0
FIXTURE = Fixture(
    (
        Attribute(1, ("strength",), 2),
        Attribute(3, ("bypass",)),
        Attribute(4, ("", "preset:neon", "recall-1", "surprise")),
    ),
    "a test",
)


def eventually(what):
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


class Rig:
    """A performance's desk and the DMX that plays it; `say` sends levels to it."""

    def __init__(self, protocol, universe, start=1):
        self.desk = Desk(Look(channel="mixed3:1"), seed=1)
        self.protocol, self.universe, self.sequence = protocol, universe, 0
        self.dmx = Dmx(self.desk, Tempo(), Address(protocol, universe, start, HERE, 0), FIXTURE)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 0))
        self.socket.settimeout(PATIENCE)

    def send(self, data):
        self.socket.sendto(data, (HERE, self.dmx.port))

    def say(self, *levels, **more):
        self.sequence = self.sequence % 255 + 1
        write = art_dmx if self.protocol == "artnet" else e131
        self.send(write(bytes(levels), self.universe, **{"sequence": self.sequence} | more))

    def close(self):
        self.dmx.close()
        self.socket.close()

    @property
    def strength(self):
        return self.desk.base.strength


@pytest.fixture
def rig():
    with ExitStack() as stack:

        def make(*given):
            made = Rig(*given)
            stack.callback(made.close)
            return made

        yield make


@pytest.mark.parametrize(("protocol", "universe"), [("artnet", 0), ("artnet", 32767), ("sacn", 1), ("sacn", 63999)])
def test_levels_move_the_look(rig, protocol, universe):
    show = rig(protocol, universe, 5)
    show.say(9, 9, 9, 9, 255, 255, 200, 0)
    eventually(lambda: show.strength == 2)
    show.say(9, 9, 9, 9, 64, 0, 100, 64)
    eventually(lambda: show.desk.preset == "neon")
    assert show.strength == pytest.approx(0.5, abs=1e-3)
    assert show.desk.asked() == ["bypass-on", "bypass-off"]


def test_stupid_artnet_moves_the_look(rig):
    show = rig("artnet", 3)
    sender = StupidArtnet(HERE, 3, 4, port=show.dmx.port)
    try:
        sender.set([255, 255, 0, 0])
        sender.show()
        eventually(lambda: show.strength == 2)
        for level in range(254, 100, -1):
            sender.set_16bit(1, level << 8) if hasattr(sender, "set_16bit") else sender.set_single_value(1, level)
            sender.show()
        eventually(lambda: show.strength < 0.8)
    finally:
        sender.close()


def test_the_library_sacn_moves_the_look(rig):
    show = rig("sacn", 7)
    packet = DataPacket(tuple(range(16)), "a desk", 7, (255, 255))
    for level in range(255, 100, -1):
        packet.dmxData = (level, 0)
        packet.sequence_increase()
        show.send(bytes(packet.getBytes()))
    eventually(lambda: show.strength == pytest.approx(2 * 101 / 256, abs=1e-3))


def test_a_hand_at_the_page_is_not_overridden_by_the_same_levels(rig):
    show = rig("sacn", 1)
    show.say(128, 0, 0, 0)
    eventually(lambda: show.dmx.notice)
    show.desk.set("strength", 0.3, "the page")
    for _ in range(20):
        show.say(128, 0, 0, 0)
        time.sleep(0.005)
    assert show.strength == 0.3
    show.say(0, 0, 0, 0)
    eventually(lambda: show.strength == 0)


def test_whoever_looks_for_it_finds_it(rig):
    show = rig("artnet", 0x0102)
    show.send(ART_POLL)
    reply, sender = show.socket.recvfrom(2048)
    assert (len(reply), reply[:10], sender[1]) == (239, b"Art-Net\0\x00\x21", show.dmx.port)
    assert reply[10:14] == bytes([127, 0, 0, 1]) and b"kaleidocam" in reply
    for _ in range(50):
        show.send(ART_POLL)
    show.say(0, 0, 0, 0)
    eventually(lambda: show.strength == 0)
    show.socket.settimeout(0.1)
    answers = 0
    try:
        while show.socket.recv(2048):
            answers += 1
    except TimeoutError:
        pass
    assert answers <= 2  # of fifty: anyone can write another's address on a question


def test_what_is_broken_or_not_for_it_is_passed_over_and_said_once(rig, logged):
    show = rig("sacn", 1)
    show.say(255, 255, 0, 0, priority=201)
    show.say(255, 255, 0, 0, options=0x80)
    show.say(255, 255, 0, 0, start_code=0xDD)
    for _ in range(30):
        show.send(b"nonsense")
        show.send(art_dmx(b"\0\0\0\0"))
        show.send(e131(bytes(4), 2))
    show.say(64, 0, 0, 0)
    eventually(lambda: show.strength == pytest.approx(0.5, abs=1e-3))
    lines = [record.message for record in logged.records]
    assert sum("can't be read: it is no sACN; it is passed over" in line for line in lines) == 1
    assert sum("priority 201" in line for line in lines) == 1
    assert len(lines) == 3 and lines[-1] == "DMX: sACN universe 1 is there, from a desk"


def test_loss_and_return(rig, logged, monkeypatch):
    show = rig("sacn", 1)
    show.dmx._universe._lost_seconds = 0.2
    show.say(64, 0, 0, 0)
    eventually(lambda: show.strength == pytest.approx(0.5, abs=1e-3))
    eventually(lambda: "nothing comes from a desk any more; the last look stays" in (show.dmx.notice or ""))
    show.desk.set("strength", 1.5, "the page")
    show.say(64, 0, 0, 0)
    eventually(lambda: "is back, from a desk" in (show.dmx.notice or ""))
    assert show.strength == 1.5
    show.say(0, 0, 0, 0)
    eventually(lambda: show.strength == 0)
    show.say(0, 0, 0, 0, options=0x40)
    eventually(lambda: "was ended by a desk" in (show.dmx.notice or ""))
    assert [line.message.partition("universe 1")[2][:10] for line in logged.records][:3] == [
        " is there,",
        ": nothing ",
        " is back, ",
    ]


def test_nothing_at_all_is_said_once_with_the_universes_that_are_there(rig, logged, monkeypatch):
    monkeypatch.setattr("kaleidocam.control.dmx.LATE_SECONDS", 0.2)
    show = rig("artnet", 0)
    show.send(art_dmx(b"\1", 1))
    show.send(art_dmx(b"\1", 4))
    eventually(lambda: logged.records)
    time.sleep(0.8)
    assert [record.message for record in logged.records] == [
        "DMX: nothing has come for Art-Net universe 0 yet; there is universe 1, 4"
    ]


def test_what_waits_for_the_beat_begins_under_the_faders(rig):
    show = rig("sacn", 1)
    place = [0.5]
    show.desk.follow(lambda: place[0])
    show.desk.set("when", "beat", "the page")
    show.say(255, 255, 0, 0)
    eventually(lambda: show.strength == 2)
    show.say(255, 255, 0, 64)
    eventually(lambda: show.desk.instrument()["waiting"])
    place[0] = 1.1
    show.desk.look()
    assert show.desk.preset == "neon"
    eventually(lambda: show.strength == 2)


def test_a_refused_recall_is_said(rig, logged):
    show = rig("sacn", 1)
    show.say(0, 0, 0, 128)
    eventually(lambda: show.dmx.notice == "DMX: snapshot 1 is empty: store-1 keeps the look there")
    assert show.strength == 0


def test_a_flood_harms_nothing(rig):
    """Ten thousand packets a second, and more: the thread takes its turns, and what is meant comes through."""
    show, ended = rig("sacn", 1), threading.Event()
    data = [e131(bytes(512), 2), b"x" * 2000, e131(bytes(512), 1, priority=10)]

    def flood():
        while not ended.is_set():
            for each in data * 40:
                show.send(each)
            time.sleep(0.01)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for level in (255, 128, 40):
            for _ in range(200):
                show.say(level, 0, 0, 0)
                time.sleep(0.005)
                if show.strength == pytest.approx(2 * level / 256, abs=0.01):
                    break
            else:
                raise AssertionError("it never came through")
    finally:
        ended.set()
        thread.join()


def test_it_ends_at_once(rig):
    show = rig("artnet", 0)
    begun = time.monotonic()
    show.dmx.close()
    assert time.monotonic() - begun < 0.2 and not show.dmx._thread.is_alive()
    show.dmx = Dmx(show.desk, Tempo(), Address("artnet", 0, 1, HERE, 0), FIXTURE)
