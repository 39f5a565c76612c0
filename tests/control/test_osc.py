"""OSC over a real UDP socket: what is sent is played, what is asked is answered, what is broken is harmless."""

import random
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg

from kaleidocam.control import osc_senders
from kaleidocam.control.commands import STAGE
from kaleidocam.control.desk import SETTABLE, WAITING_COMMANDS, Desk
from kaleidocam.control.osc import Osc, parse_address
from kaleidocam.control.osc_agenda import AHEAD_SECONDS, MOST_MACHINES, MOST_WAITING, Agenda, seconds_ahead
from kaleidocam.control.osc_answers import LONGEST_LINE, MOST_TOLD
from kaleidocam.control.osc_packets import MOST_MESSAGES, Budget, Message
from kaleidocam.control.osc_play import BOUNCE_SECONDS
from kaleidocam.control.osc_senders import Asker, Peer
from kaleidocam.control.osc_subscribers import MOST_SUBSCRIBERS
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.ranges import span

pytestmark = pytest.mark.timed

SOON = 20.0  # seconds; what is to come comes in thousandths, but OSC's thread takes a small share of a slow core only
OSC = "/kaleidocam/"


class Surface:
    """A control surface: a UDP socket that speaks OSC."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address[0], 0))
        self.socket.settimeout(SOON)
        self.address = address

    def send(self, address, *values):
        self.send_bytes(build_msg(address, list(values)).dgram)

    def send_bytes(self, packet):
        self.socket.sendto(packet, self.address)

    def hear(self):
        """(address, value) of the next message."""
        message = OscMessage(self.socket.recv(8192))
        return message.address, message.params[0]

    def hear_until(self, address):
        """The value of the next message at `address`."""
        while True:
            where, value = self.hear()
            if where == address:
                return value

    def silent(self, seconds=0.3):
        self.socket.settimeout(seconds)
        try:
            return self.hear()
        except TimeoutError:
            return None
        finally:
            self.socket.settimeout(SOON)

    def listens(self):
        """After everything sent before has been played."""
        self.send(f"{OSC}inertia", "?")
        return self.hear_until(f"{OSC}inertia")


@pytest.fixture
def desk():
    return Desk(Look())


@pytest.fixture
def called():
    return []


@pytest.fixture
def osc(desk, called):
    def learn(name):
        if name == "crash":
            raise RuntimeError("no\nmore")
        called.append(("learn", name))

    actions = {
        "preset": lambda name: desk.load(name, "OSC"),
        "layer": lambda name: desk.lay(name, "OSC"),
        "learn": learn,
    }
    with Osc(desk, "127.0.0.1", 0, actions=actions) as osc:
        yield osc


@pytest.fixture
def surface(osc):
    surface = Surface(osc.address)
    yield surface
    surface.socket.close()


def until(condition):
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_value_in_its_own_unit_and_as_a_share(desk, surface):
    surface.send(f"{OSC}rate", 2.5)
    until(lambda: desk.base.rate == 2.5)
    surface.send(f"{OSC}norm/strength", 0.25)
    until(lambda: desk.base.strength == 0.5)
    surface.send(f"{OSC}mirrors", 6)
    until(lambda: desk.base.mirrors == 6)
    surface.send(f"{OSC}mirrors", 8.0)
    until(lambda: desk.base.mirrors == 8)
    surface.send(f"{OSC}norm/mirrors", 1.0)
    until(lambda: desk.base.mirrors == 24)
    surface.send(f"{OSC}norm/rate", 7.0)
    until(lambda: desk.base.rate == 10)
    assert isinstance(desk.base.mirrors, int)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("channel", "mixed3:10^2 + mixed5^2"),
        ("geometry", "hexagon"),
        ("fold", "inside"),
        ("modulate", "strength + 0.3*beat"),
    ],
)
def test_a_text(desk, surface, name, text):
    surface.send(OSC + name, text)
    until(lambda: getattr(desk.base, name) == text)
    surface.send(OSC + name, "?")
    assert surface.hear() == (OSC + name, text)


def test_what_is_asked_is_answered(desk, surface):
    for address, value in (
        ("half_life", desk.base.half_life),
        ("norm/strength", 0.5),
        ("mirrors", 0.0),
        ("channel", desk.base.channel),
        ("grid", "auto"),
        ("detail", 1.0),
        ("modulate", ""),
        ("preset", desk.preset),
        ("norm/rate", desk.share("rate", "a test")),
    ):
        surface.send(OSC + address, "?")
        where, answer = surface.hear()
        assert where == OSC + address and type(answer) is type(value)
        assert answer == (value if isinstance(value, str) else pytest.approx(value))


def test_decimals_arrive_as_they_were_meant(desk, surface):
    """0.02, the lowest half-life, is 0.01999999955 in OSC's floats."""
    surface.send(f"{OSC}half_life", 0.02)
    until(lambda: desk.base.half_life == 0.02)


def test_a_change_by_any_hand_is_told_to_subscribers(desk, osc, surface):
    other = Surface(osc.address)
    surface.send(f"{OSC}subscribe")
    first = dict(surface.hear() for name in SETTABLE for _ in range(2 if span(name) else 1))
    assert first[f"{OSC}rate"] == pytest.approx(desk.base.rate)
    assert first[f"{OSC}norm/strength"] == 0.5 and first[f"{OSC}channel"] == desk.base.channel
    assert {name.removeprefix(OSC) for name in first} >= set(SETTABLE)
    other.send(f"{OSC}rate", 3.0)
    assert [surface.hear(), surface.hear()] == [
        (f"{OSC}rate", 3.0),
        (f"{OSC}norm/rate", pytest.approx(desk.share("rate", "a test"))),
    ]
    desk.set("fold", "before", "a test")
    assert surface.hear() == (f"{OSC}fold", "before")
    surface.send(f"{OSC}unsubscribe")
    assert surface.listens() == pytest.approx(desk.base.inertia)
    desk.set("rate", 4.0, "a test")
    assert surface.silent() is None and other.silent(0.05) is None
    other.socket.close()


def test_a_subscriber_may_listen_at_another_port(desk, osc, surface):
    ear = Surface(osc.address)
    surface.send(f"{OSC}subscribe", ear.socket.getsockname()[1])
    assert ear.hear_until(f"{OSC}tile") == desk.base.tile
    surface.send(f"{OSC}unsubscribe", ear.socket.getsockname()[1])
    surface.listens()
    while ear.silent(0.1):
        pass
    desk.set("rate", 4.0, "a test")
    assert ear.silent() is None
    ear.socket.close()


def test_a_surface_that_sends_back_what_it_is_told_changes_nothing(desk, surface):
    shares = {name: 0.123456789 + i / 70 for i, name in enumerate(Look.model_fields) if span(name)}
    for name, share in shares.items():
        desk.set_share(name, share, "a test")
    before, changes = desk.base, []
    surface.send(f"{OSC}subscribe")
    told = [surface.hear() for name in SETTABLE for _ in range(2 if span(name) else 1)]
    desk.watch(lambda changed, by: changes.append(changed))
    for address, value in told:
        if address != f"{OSC}grid":
            surface.send(address, value)
    surface.listens()
    assert desk.base == before and changes == []


def test_every_command(desk, surface):
    for command in STAGE:
        surface.send(OSC + command)
    surface.listens()
    assert desk.asked() == list(STAGE)
    time.sleep(2 * BOUNCE_SECONDS)
    for command, value in zip(STAGE, (1, 0, 1.0, 0.0, True, False)):
        surface.send(OSC + command, value)
    surface.listens()
    assert desk.asked() == list(STAGE)[:6:2]


def test_a_flood_of_commands_leaves_room_for_the_performers_own(desk, surface):
    desk.ask("quit", "a key")
    for _ in range(2 * WAITING_COMMANDS):  # no more than any system's socket holds
        surface.send(f"{OSC}figures")
    surface.listens()
    asked = desk.asked()
    assert "quit" in asked and "figures" in asked


def test_actions_get_a_name(desk, surface, called):
    surface.send(f"{OSC}learn", "half_life")
    until(lambda: called == [("learn", "half_life")])
    surface.send(f"{OSC}preset", "agate")
    until(lambda: desk.preset == "agate")
    surface.send(f"{OSC}layer", "feathers")
    until(lambda: desk.base.layer_channel == read_preset("feathers")["channel"])
    surface.send(f"{OSC}layer", "")
    until(lambda: desk.base.layer_channel == "" and desk.preset == "agate")


@pytest.mark.parametrize(
    ("address", "values", "what"),
    [
        ("rate", (99.0,), "OSC: rate is '99.0'; allowed is 0 to 10 per second"),
        ("raet", (1.0,), "no parameter 'raet'; did you mean 'rate'?"),
        ("raet", ("?",), "no parameter 'raet'; did you mean 'rate'?"),
        ("norm/raet", (1.0,), "no parameter 'raet'"),
        ("norm/bypass", (1,), "no parameter 'bypass'"),
        ("byppass", (), "did you mean 'bypass'?"),
        ("x*", (1.0,), "no parameter 'x*'"),
        ("", (1.0,), "no parameter ''"),
        ("{ratio,lumen}", (1.0,), "no parameter"),
        ("drift_[z-a]", (1.0,), "is no pattern: bad character range"),
        ("*a*a*a*a*a", (1.0,), "more than 4 stars"),
        ("{a,b}" * 7, (1.0,), "more than 64 meanings"),
        ("((((*?[", (1.0,), "no parameter"),
        ("__class__", (1.0,), "no parameter"),
        ("rate", ("loud",), "rate takes one number"),
        ("rate", (1.0, 2.0), "rate takes one number"),
        ("rate", (float("nan"),), "rate takes one number"),
        ("rate", (float("inf"),), "rate takes one number"),
        ("rate", (), "rate takes one number, or '?' to ask for it; nothing came"),
        ("rate", ([],), "nothing came"),
        ("rate", ([1.0, 2.0],), "a number and a number came"),
        ("rate", (None,), "nil (N) came"),
        ("rate", (b"1.0",), "a blob (b) came"),
        ("rate", (b"1.0", 1.0, "x", 1.0), "a blob (b) and a number and a text, ... came"),
        ("rate", ((1, 2, 3, 4),), "a MIDI message (m) came"),
        ("rate", ("1_0",), "rate takes one number"),
        ("rate", ("inf",), "rate takes one number"),
        ("bypass", (b"1",), "a blob (b) came"),
        ("bypass", ([1, 0],), "bypass takes 1, 0 or nothing"),
        ("channel", (True,), "channel takes one text of at most 200 characters; true or false came"),
        ("norm/rate", (float("nan"),), "norm/rate takes one number"),
        ("norm/rate", ("x",), "norm/rate takes one number"),
        ("mirrors", (2.5,), "mirrors is '2.5'; allowed is a whole number from 0 to 24"),
        ("rate", (2**40,), "rate is '1099512000000.0'; allowed"),
        ("channel", (74.0,), "channel takes one text"),
        ("channel", ("m" * 5000,), "channel takes one text"),
        ("modulate", ("nonsense",), "can't be read"),
        ("geometry", ("round",), "geometry is 'round'; allowed is kaleido"),
        ("norm/channel", (0.5,), "channel has no knob"),
        ("norm/channel", ("?",), "channel has no knob"),
        ("grid", ("160x96",), "grid is not played"),
        ("bypass", ("now",), "bypass takes 1, 0 or nothing"),
        ("bypass", (7,), "bypass takes 1, 0 or nothing"),
        ("preset", (), "preset takes one name"),
        ("preset", ("../../etc/passwd",), "letters, digits"),
        ("preset", ("/dev/zero",), "letters, digits"),
        ("preset", ("spirals/..",), "letters, digits"),
        ("preset", ("spirals\n",), "letters, digits"),
        ("preset", ("con",), "no device of Windows"),
        ("preset", ("spirlas",), "did you mean 'spirals'?"),
        ("layer", (), "layer takes one name"),
        ("layer", ("../../etc/passwd",), "letters, digits"),
        ("layer", ("spirlas",), "did you mean 'spirals'?"),
        ("learn", ("crash",), "RuntimeError: no more"),
        ("subscribe", (0,), "1 to 65535"),
        ("subscribe", (70_000,), "1 to 65535"),
        ("subscribe", ("here",), "one number"),
    ],
)
def test_what_is_wrong_is_answered_in_one_line_and_changes_nothing(desk, surface, address, values, what):
    surface.send(OSC + address, *values)
    where, message = surface.hear()
    assert where == f"{OSC}error" and what in message and "\n" not in message and len(message) <= LONGEST_LINE
    assert desk.base == Look() and surface.listens()


def test_another_programs_address_is_answered(surface):
    surface.send("/resolume/rate", 1.0)
    assert "they begin with /kaleidocam/" in surface.hear_until(f"{OSC}error")


def test_an_error_is_not_answered_with_an_error(surface):
    surface.send(f"{OSC}error", "no, you")
    assert surface.silent() is None


def test_one_wrong_value_does_not_take_the_others_with_it(desk, surface):
    surface.send_bytes(bundle(("rate", 3.0), ("luma", 5.0), ("tile", 0.75)))
    assert "luma is '5.0'" in surface.hear_until(f"{OSC}error")
    until(lambda: (desk.base.rate, desk.base.tile) == (3.0, 0.75))
    assert desk.base.luma == Look().luma


def bundle(*messages, at=IMMEDIATELY):
    builder = OscBundleBuilder(at)
    for address, value in messages:
        builder.add_content(build_msg(OSC + address, value))
    return builder.build().dgram


def test_bundles_whose_time_has_come_or_is_beyond_reason_are_played_at_once(desk, surface, logged):
    for rate, at in ((1.0, IMMEDIATELY), (2.0, 0.0), (3.0, time.time() + 3600), (4.0, time.time() - 5)):
        surface.send_bytes(bundle(("rate", rate), ("norm/luma", rate / 4), at=at))
        until(lambda: (desk.base.rate, desk.base.luma) == (rate, rate / 4))
    inner = bundle(("rate", 5.0))
    surface.send_bytes(bundle() + len(inner).to_bytes(4, "big") + inner)
    until(lambda: desk.base.rate == 5.0)
    for at in (time.time() + 3600, time.time() - 3600):
        surface.send_bytes(bundle(("rate", 1.0), at=at))
    surface.listens()
    told = [record.getMessage() for record in logged.records if "clock" in record.getMessage()]
    assert len(told) == 1 and "the times of bundles from 127.0.0.1 are" in told[0]


def test_a_bundle_is_played_at_the_time_that_it_bears(desk, surface):
    came = []
    desk.watch(lambda changed, by: came.extend((name, value, time.time()) for name, value in changed.items()))
    start = time.time()
    inner = bundle(("wet", 0.5), at=start + 0.5)
    soon = bundle(("rate", 1.0), ("strength", 0.5), at=start + 0.3)
    surface.send_bytes(bundle(("luma", 0.25), at=start + 0.7))
    surface.send_bytes(soon + len(inner).to_bytes(4, "big") + inner)
    surface.send(f"{OSC}rate", 0.5)  # without a bundle: now
    until(lambda: desk.base.luma == 0.25)
    assert [(name, value) for name, value, _ in came] == [
        ("rate", 0.5),
        ("rate", 1.0),
        ("strength", 0.5),
        ("wet", 0.5),
        ("luma", 0.25),
    ]
    for (_, _, at), ahead in zip(came, (0.0, 0.3, 0.3, 0.5, 0.7), strict=True):
        assert -0.01 < at - start - ahead < 0.2


def test_an_inner_bundle_is_never_played_before_the_outer_one(desk, surface):
    start, inner = time.time(), bundle(("rate", 2.0))
    surface.send_bytes(bundle(at=start + 0.3) + len(inner).to_bytes(4, "big") + inner)
    assert surface.listens() is not None and (desk.base.rate != 2.0 or time.time() - start >= 0.3)
    until(lambda: desk.base.rate == 2.0)
    assert time.time() - start >= 0.29


def test_more_than_can_wait_is_refused_in_one_line_and_what_waits_is_played(desk, surface):
    start = time.time()
    for _ in range(MOST_WAITING // MOST_MESSAGES):
        surface.send_bytes(bundle(*[("rate", 2.0)] * MOST_MESSAGES, at=start + 1.5))
        surface.listens()
    surface.send_bytes(bundle(("rate", 1.0), at=start + 1.6))
    assert f"more than {MOST_WAITING} messages wait" in surface.hear_until(f"{OSC}error")
    until(lambda: desk.base.rate == 2.0)
    surface.send_bytes(bundle(("rate", 1.0), at=time.time() + 0.05))  # there is room again
    until(lambda: desk.base.rate == 1.0)


def test_no_machine_fills_the_agenda_of_all():
    askers = [Asker(Peer(None, (f"10.0.0.{i}", 9000)), None) for i in range(MOST_MACHINES + 1)]
    now, message = [0.0], Message(f"{OSC}rate", (1.0,))
    agenda = Agenda(lambda: now[0])
    with pytest.raises(UserError, match="more than"):
        agenda.add(askers[0], [(1.0, message)] * (MOST_WAITING + 1))
    assert agenda.rest() is None
    for asker in askers[1:]:
        agenda.add(asker, [(1.0, message)] * MOST_WAITING)
    with pytest.raises(UserError, match="more than"):
        agenda.add(askers[0], [(1.0, message)])
    assert agenda.rest() == 1.0 and not list(agenda.due())
    now[0] = 1.0
    assert len(list(agenda.due())) == MOST_MACHINES * MOST_WAITING and agenda.rest() is None


def test_what_time_a_tag_means():
    now = 1_800_000_000.25
    tag = lambda seconds: int((seconds + 2_208_988_800) * 2**32) % 2**64  # noqa: E731
    assert seconds_ahead(1, now) == seconds_ahead(0, now) == 0
    assert seconds_ahead(tag(now + 2.5), now) == pytest.approx(2.5, abs=1e-5)
    assert seconds_ahead(tag(now - 2.5), now) == pytest.approx(-2.5, abs=1e-5)
    assert seconds_ahead(tag(2_085_978_497), 2_085_978_495) == pytest.approx(2)  # over the end of the era, in 2036
    assert abs(seconds_ahead(tag(now + 3600), now)) > AHEAD_SECONDS


def packet(address, tags=None, data=b""):
    """A message made by hand."""
    padded = [part + b"\0" * (4 - len(part) % 4) for part in (address.encode(), b"," + (tags or "").encode())]
    return b"".join(padded[: 1 if tags is None else 2]) + data


F = partial(struct.pack, ">f")
ONE_NUMBER = {
    "int": ("i", struct.pack(">i", 2), 2.0),
    "int64": ("h", struct.pack(">q", 2), 2.0),
    "float": ("f", F(1.25), 1.25),
    "double": ("d", struct.pack(">d", 1.25), 1.25),
    "true": ("T", b"", 1.0),
    "false": ("F", b"", 0.0),
    "text": ("s", b"1.5\0", 1.5),
    "symbol": ("S", b" 2e-1\0\0\0", 0.2),
    "character": ("c", b"\0\0\x002", 2.0),
    "array": ("[f]", F(0.5), 0.5),
    "array in an array": ("[[f]]", F(0.5), 0.5),
    "array of a toggle": ("[T]", b"", 1.0),
    "a blob after it": ("fb", F(0.5) + struct.pack(">I", 3) + b"abc\0", 0.5),
    "nothing and an impulse after it": ("fNI", F(0.5), 0.5),
    "time, color and MIDI after it": ("ftrm", F(0.5) + bytes(16), 0.5),
    "a label after it": ("fs", F(0.5) + b"wet\0", 0.5),
    "untyped float": (None, F(1.5), 1.5),
    "untyped int": (None, struct.pack(">i", 2), 2.0),
    "untyped zero": (None, bytes(4), 0.0),
}


@pytest.mark.parametrize("kind", ONE_NUMBER)
def test_a_number_is_taken_in_whatever_way_it_is_written(desk, surface, kind):
    tags, data, value = ONE_NUMBER[kind]
    desk.set("strength", 0.75, "a test")
    surface.send_bytes(packet(f"{OSC}strength", tags, data))
    surface.listens()
    assert desk.base.strength == pytest.approx(value)
    desk.set("strength", 0.75, "a test")
    message = packet(f"{OSC}strength", tags, data)
    surface.send_bytes(bundle() + len(message).to_bytes(4, "big") + message)
    surface.listens()
    assert desk.base.strength == pytest.approx(value)


def test_toggles_set_shares_and_whole_numbers(desk, surface):
    surface.send(f"{OSC}norm/wet", False)
    until(lambda: desk.base.wet == 0)
    surface.send(f"{OSC}norm/wet", True)
    surface.send(f"{OSC}mirrors", True)
    until(lambda: (desk.base.wet, desk.base.mirrors) == (1, 1))


@pytest.mark.parametrize("tags", [None, "", "N", "I", "T", "[i]", "s", "ib"])
def test_a_button_is_pressed_in_whatever_way(desk, surface, tags):
    data = {"[i]": b"\0\0\0\1", "s": b"1\0\0\0", "ib": b"\0\0\0\1\0\0\0\0"}.get(tags, b"")
    surface.send_bytes(packet(f"{OSC}bypass", tags, data))
    surface.listens()
    assert desk.asked() == ["bypass"]


def test_texts_and_questions_without_type_tags(desk, surface):
    surface.send_bytes(packet(f"{OSC}geometry", None, b"hexagon\0"))
    until(lambda: desk.base.geometry == "hexagon")
    surface.send_bytes(packet(f"{OSC}geometry", None, b"?\0\0\0"))
    assert surface.hear() == (f"{OSC}geometry", "hexagon")


def test_a_pattern_plays_all_that_it_means(desk, surface):
    for pattern, names in (
        ("/kaleidocam/drift_[xy]", ("drift_x", "drift_y")),
        ("/kaleidocam/drift_[!xzt]*", ("drift_y",)),
        ("/kaleidocam/{rate,luma}", ("rate", "luma")),
        ("/*/r?te", ("rate",)),
        ("//luma", ("luma",)),
    ):
        before = desk.base.model_dump()
        surface.send(pattern, 0.25)
        surface.listens()
        after = desk.base.model_dump()
        assert {name for name in after if after[name] == 0.25 != before[name]} == set(names)
        desk.set_all({"drift_x": 0.1, "drift_y": 0.1, "rate": 1.0, "luma": 0.5}, "a test")
    surface.send("/kaleidocam/{bypass,pause}")
    surface.listens()
    assert sorted(desk.asked()) == ["bypass", "pause"]
    surface.send("/kaleidocam/norm/*", 0.5)  # texts have no share; all else is played
    surface.listens()
    assert desk.share("rate", "a test") == pytest.approx(0.5) and desk.share("wet", "a test") == 0.5


def test_a_pattern_for_everything_ends_no_show(desk, surface):
    surface.send("/kaleidocam/*", 1)
    surface.listens()
    assert desk.asked() == [] and desk.base.rate == 1


def test_what_cannot_be_done_is_logged_once_by_its_name(surface, logged):
    for _ in range(3):
        surface.send(f"{OSC}raet", 1.0)
        surface.send(f"{OSC}rate", "lou\x1b[2Jd")
        surface.send_bytes(b"\xc0/kaleidocam/rate\xc0")
        surface.listens()
    assert [record.getMessage().partition(";")[0] for record in logged.records] == [
        "OSC: no parameter 'raet'",
        "OSC: rate takes one number, or '?' to ask for it",
        "OSC: a packet that can't be read: it is framed as OSC over TCP is",
    ]
    for n in range(3 * MOST_TOLD):
        surface.send(f"/an/other/{n}")
        surface.hear_until(f"{OSC}error")
    assert len(logged.records) == MOST_TOLD + 1 and "not told here" in logged.records[-1].getMessage()


@pytest.fixture
def stranger(monkeypatch, surface):
    """A surface that counts as one on another machine."""
    monkeypatch.setattr(osc_senders, "is_this_machine", lambda host: False)
    return surface


def heard_bytes(surface):
    sizes = []
    surface.socket.settimeout(0.3)
    try:
        while True:
            sizes.append(len(surface.socket.recv(8192)))
    except TimeoutError:
        return sum(sizes)
    finally:
        surface.socket.settimeout(SOON)


@pytest.mark.parametrize(
    "asked",
    [
        packet(f"{OSC}subscribe"),
        packet(f"{OSC}raet"),
        packet(f"{OSC}*", "s", b"?\0\0\0"),
        b"",
        b"/",
        bundle(*[("raet", 1.0)] * 60),
        bundle(*[("channel", "?")] * 60),
    ],
)
def test_nobody_is_answered_much_at_an_address_that_is_not_proved(desk, stranger, asked):
    for _ in range(3):
        stranger.send_bytes(asked)
    desk.set("rate", 2.5, "a test")
    assert heard_bytes(stranger) <= 3 * osc_senders.FACTOR * len(asked)


def test_an_answer_that_is_too_long_is_cut(stranger):
    stranger.send(f"{OSC}raet", 1.0)
    assert stranger.hear_until(f"{OSC}error").startswith("OSC: no parameter")


def test_who_sends_the_cookie_back_is_told_everything(desk, stranger, logged):
    stranger.send(f"{OSC}subscribe")
    cookie = stranger.hear_until(f"{OSC}cookie")
    stranger.send(f"{OSC}cookie", cookie[::-1] + "x")
    assert "not the cookie" in stranger.hear_until(f"{OSC}error")
    stranger.send(f"{OSC}cookie", cookie)
    stranger.hear_until(f"{OSC}norm/tile")
    desk.set("rate", 2.5, "a test")
    assert stranger.hear_until(f"{OSC}rate") == 2.5
    stranger.send(f"{OSC}unsubscribe")
    stranger.send(f"{OSC}subscribe")  # it is known now
    assert stranger.hear_until(f"{OSC}norm/tile") is not None
    assert "sends back /kaleidocam/cookie" in logged.records[0].getMessage()


def test_the_last_of_several_values_wins_and_order_is_kept(desk, surface, called):
    rate = desk.base.rate
    surface.send_bytes(bundle(("rate", 3.0), ("rate", rate)))
    surface.send_bytes(bundle(("rate", 4.0), ("rate", "?"), ("rate", 5.0)))
    assert surface.hear() == (f"{OSC}rate", 4.0)
    until(lambda: desk.base.rate == 5.0)
    surface.send_bytes(bundle(("rate", 3.0), ("rate", 5.0)))
    surface.listens()
    assert desk.base.rate == 5.0


JUNK = (
    b"",
    b"\0",
    b"/",
    b"/kaleidocam/rate",
    b"/kaleidocam/rate\0\0\0\0,d\0\0\1\2",
    b"/kaleidocam/rate\0\0\0\0,i\0\0\0",
    b"#bundle\0",
    b"#bundle\0" + b"\xff" * 40,
    b"\xff" * 1400,
    b"/kaleidocam/rate\0\0\0\0,b\0\0\x7f\xff\xff\xff",
    b"/kaleidocam/rate\0\0\0\0,zzz\0\0\0\0",
    b"/kaleidocam/rate\0\0\0\0,[[[\0\0\0\0",
    b"/\xff\xfe\0,f\0\0\0\0\0\0",
    b"/abcd\0,\0,zzzz\0\0\0",
    b"/kaleidocam/channel\0,s\0\0\xff\xfe\xfd\0",
    b"/kaleidocam/rate\0\0\0\0,]\0\0",
    b"/kaleidocam/rate\0\0\0\0,[f\0\0\0\0\0",
    b"/kaleidocam/rate\0\0\0\0,h\0\0\0\0\0\0",
    b"/kaleidocam/rate\0\0\0\0" + bytes(8),
    b"\xc0/kaleidocam/rate\0\0\0\0,f\0\0\0\0\0\0\xc0",
    b"\0\0\0\x1c/kaleidocam/rate\0\0\0\0,f\0\0\0\0\0\0",
    b"/" * 8000,
    b"\0" * 9000,
    b"/" + b"x" * 60000,
    b"/kaleidocam/rate\0\0\0\0," + b"i" * 2000 + b"\0" * 8000,
    b"#bundle\0" * 1000,
    bundle() + b"\xff\xff\xff\xfc" + b"/abc",  # an element of -4 bytes: python-osc's own reader never ends
    bundle() + b"\0\0\0\0" * 500,
    bundle() + b"\0\0\0\7/abc\0\0\0",
    bundle() + (400).to_bytes(4, "big") + build_msg("/kaleidocam/luma", 1.0).dgram,
    bundle(("luma", 1.0)) + b"\0\0\0\4abcd",
    bundle(*[("luma", 1.0)] * (MOST_MESSAGES + 1)),
)


def nested(depth):
    packet = bundle()
    for _ in range(depth):
        packet = bundle() + len(packet).to_bytes(4, "big") + packet
    return packet


def test_what_is_no_osc_is_harmless_and_answered(desk, surface, capfd, caplog):
    for junk in (*JUNK, nested(3000)):
        surface.send_bytes(junk)
        assert surface.hear_until(f"{OSC}error"), junk
    surface.send_bytes(nested(390))
    assert surface.listens() and desk.base == Look()
    dice = random.Random(0)
    good = [build_msg(f"{OSC}rate", 1.0).dgram, bundle(("rate", 1.0), ("luma", 1.0))]
    for _ in range(200):
        packet = bytearray(dice.choice(good))
        for _ in range(dice.randrange(1, 6)):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        surface.send_bytes(bytes(packet[: dice.randrange(1, len(packet) + 1)]))
        time.sleep(0.0005)
    deadline = time.monotonic() + SOON
    while desk.base.rate != 1.5:
        assert time.monotonic() < deadline
        surface.send(f"{OSC}rate", 1.5)
        time.sleep(0.05)
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed and all(record.name.startswith("kaleidocam.") for record in caplog.records)


@pytest.mark.slow
@pytest.mark.parametrize(
    "packet",
    [
        build_msg(f"{OSC}rate", 1.0).dgram,
        build_msg(f"{OSC}raet", 1.0).dgram,
        build_msg(f"{OSC}subscribe", []).dgram,
        bundle(*[("preset", "spirlas")] * 60),
        JUNK[-3],
        b"\xff" * 1400,
    ],
)
def test_a_flood_costs_little_whatever_it_is_of(desk, osc, surface, packet):
    """By the processor time that OSC's own thread has used: the same on a loaded machine."""
    thread = next(t for t in threading.enumerate() if t.name == "osc" and t.is_alive())
    clock = time.pthread_getcpuclockid(thread.ident) if hasattr(time, "pthread_getcpuclockid") else None
    if clock is None:
        pytest.skip("no clock of another thread on this system")
    before, begun = time.clock_gettime(clock), time.monotonic()
    while time.monotonic() - begun < 1.0:
        surface.send_bytes(packet)
    used, seconds = time.clock_gettime(clock) - before, time.monotonic() - begun
    # beyond the share: what was saved up, and one packet's work after the budget is used
    assert used <= 0.05 * seconds + 0.05
    deadline = time.monotonic() + SOON
    while desk.base.tilt != 0.5:  # what of the flood still lies in the socket is read first
        assert time.monotonic() < deadline
        surface.send(f"{OSC}tilt", 0.5)
        time.sleep(0.05)


def test_a_quiet_while_pays_for_a_burst():
    budget = Budget()
    budget.begin()
    assert not budget.used_up() and budget.rest() == 0
    budget.begin()
    while not budget.used_up():
        pass
    assert 0 < budget.rest() <= 1.5


def test_the_newest_subscribers_are_kept(desk, osc, surface):
    """Phones come again from another port and never say goodbye."""
    surface.send(f"{OSC}subscribe")
    surface.hear_until(f"{OSC}tile")
    ears = [Surface(osc.address) for _ in range(MOST_SUBSCRIBERS)]
    for ear in ears:
        ear.send(f"{OSC}subscribe")
        ear.hear_until(f"{OSC}norm/tile")
    assert "no longer subscribed" in surface.hear_until(f"{OSC}error")
    for ear in ears[1:]:
        ear.socket.close()  # dead, without a goodbye
    for rate in (2.0, 3.0):
        desk.set("rate", rate, "a test")
        assert ears[0].hear_until(f"{OSC}rate") == rate
    assert surface.silent() is None
    ears[0].socket.close()


def test_changing_the_desk_never_waits_for_subscribers(desk, osc, surface):
    surface.send(f"{OSC}subscribe")
    surface.hear_until(f"{OSC}norm/tile")
    worst = 0.0
    for i in range(2000):  # far more than any socket holds, read by nobody
        begun = time.thread_time()
        desk.set("rate", i / 1000, "a test")
        worst = max(worst, time.thread_time() - begun)
    assert worst < 0.05
    while surface.silent():  # what of it has come
        pass
    desk.set("rate", 9.0, "a test")
    assert surface.hear() == (f"{OSC}rate", 9.0)


@pytest.mark.slow
def test_many_hands_and_the_last_word(desk, osc, surface):
    """However changes overlap, what a subscriber hears last is what is."""
    surface.send(f"{OSC}subscribe")
    surface.hear_until(f"{OSC}norm/tile")
    hands = [
        threading.Thread(target=lambda n=n: [desk.set("rate", (i + n) % 10, "a test") for i in range(100)])
        for n in range(4)
    ]
    heard = []

    def listen():  # at once: a socket that is full loses the last word
        while (told := surface.silent(1.0)) is not None:
            heard.extend([told[1]] if told[0] == f"{OSC}rate" else [])

    ear = threading.Thread(target=listen)
    for thread in (ear, *hands):
        thread.start()
    for hand in hands:
        hand.join()
    ear.join()
    assert heard[-1] == desk.base.rate


def test_a_port_that_is_taken_is_said(osc, desk):
    with pytest.raises(UserError, match="OSC can't listen on 127.0.0.1:.*give another with --osc"):
        Osc(desk, *osc.address)
    with pytest.raises(UserError, match="OSC can't listen on nowhere.invalid:9000"):
        Osc(desk, "nowhere.invalid", 9000)


def test_it_ends_and_frees_its_port(desk, monkeypatch):
    left, watch = [], desk.watch
    monkeypatch.setattr(desk, "watch", lambda told: watch(told) and (lambda: left.append(told)))
    with Osc(desk, "127.0.0.1", 0) as osc:
        address = osc.address
    with Osc(desk, *address):
        pass
    assert len(left) == 2 and not [thread for thread in threading.enumerate() if thread.name == "osc"]


def test_over_ipv6(desk):
    try:
        osc = Osc(desk, "::1", 0)
    except UserError:
        pytest.skip("no IPv6 here")
    with osc:
        surface = Surface(osc.address[:2])
        surface.send(f"{OSC}subscribe", surface.socket.getsockname()[1])
        assert surface.hear_until(f"{OSC}norm/tile")
        surface.socket.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9000", ("127.0.0.1", 9000)),
        ("0.0.0.0:9000", ("0.0.0.0", 9000)),
        ("stage.local:1", ("stage.local", 1)),
        ("[::1]:9000", ("::1", 9000)),
        ("0", ("127.0.0.1", 0)),
    ],
)
def test_an_address_is_read(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", ":", "9000:", ":9000", "host", "host:port", "1:70000", "-1", "1.5", "²", "[]:9000", "9" * 5000]
)
def test_an_address_that_is_none_is_refused(text):
    with pytest.raises(UserError, match="--osc is .*give PORT"):
        parse_address(text)


def test_without_python_osc_it_is_said_what_to_install():
    code = (
        "import sys; sys.modules['pythonosc.osc_message'] = None\n"
        "from kaleidocam.errors import UserError\n"
        "try:\n    import kaleidocam.control.osc\n"
        "except UserError as error:\n    print(error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "OSC needs python-osc: pip install 'kaleidocam[osc]'\n"


def test_a_source_may_have_any_name():
    """Whoever plays it refuses what was not allowed; a preset's name is still no path."""
    played = []
    actions = {"source": played.append, "preset": played.append}
    with Osc(Desk(Look()), "127.0.0.1", 0, actions=actions) as osc:
        surface = Surface(osc.address)
        for name in ("clip one.mp4", "HD Webcam", "0"):
            surface.send(f"{OSC}source", name)
        with closing(surface.socket):
            for name, told in (("../clip", "is no name"), ("setup.cfg", "no preset 'setup.cfg'")):
                surface.send(f"{OSC}preset", name)
                assert told in surface.hear_until(f"{OSC}error")
        assert played == ["clip one.mp4", "HD Webcam", "0"]
