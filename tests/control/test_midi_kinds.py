"""Every kind of MIDI control: recognized when it is learned, and moved smoothly, up and down, without a jump."""

import time
import tomllib
from itertools import pairwise

import mido
import pytest
import virtual_midi
from mido import Message

from kaleidocam.control import midi_port
from kaleidocam.control.desk import Desk
from kaleidocam.control.midi import Midi
from kaleidocam.control.midi_encoders import Encoder
from kaleidocam.control.midi_map import MidiMap
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

pytestmark = pytest.mark.timed

SECONDS = 5.0


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr(midi_port, "POLL_SECONDS", 0.05)
    yield virtual_midi.plug("Everything 20:0")
    for name in list(virtual_midi.PLUGGED):
        virtual_midi.unplug(name)


@pytest.fixture
def desk():
    return Desk(Look(strength=1.0))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "midi.toml"


def midi(desk, path, text="", **how):
    if text:
        path.write_text(text, encoding="utf-8")
    return Midi(desk, Tempo(), None, mapping=path, backend=mido.Backend("virtual_midi"), **how)


def soon(true):
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def cc(control, value):
    return Message("control_change", control=control, value=value)


def numbered(high, low, value):
    """The pair of controls that select a parameter, and its value, coarse and fine."""
    return [cc(99, high), cc(98, low), cc(6, value >> 7), cc(38, value & 127)]


# What each kind sends in 30 steps up, and in 20 down.
UP, DOWN = range(30), range(20)
KINDS = {
    "plain": ([[cc(21, 60 + i)] for i in UP], [[cc(21, 89 - i)] for i in DOWN]),
    "plain, to its end": ([[cc(21, min(127, 62 + 4 * i))] for i in UP], [[cc(21, 127 - 3 * i)] for i in DOWN]),
    "1/127": ([[cc(21, 1)] for _ in UP], [[cc(21, 127)] for _ in DOWN]),
    "1/127, faster and slower": (
        [[cc(21, 1 + (i % 7 + 1) // 3)] for i in UP],
        [[cc(21, 127 - (i % 7 + 1) // 3)] for i in DOWN],
    ),
    "65/63": ([[cc(21, 65)] for _ in UP], [[cc(21, 63)] for _ in DOWN]),
    "1/65": ([[cc(21, 1)] for _ in UP], [[cc(21, 65)] for _ in DOWN]),
    "14 bits": (
        [[cc(3, (8192 + 250 * i) >> 7), cc(35, (8192 + 250 * i) & 127)] for i in UP],
        [[cc(3, (15442 - 250 * i) >> 7), cc(35, (15442 - 250 * i) & 127)] for i in DOWN],
    ),
    "14 bits, the fine half first": (
        [[cc(35, (8192 + 250 * i) & 127), cc(3, (8192 + 250 * i) >> 7)] for i in UP],
        [[cc(35, (15442 - 250 * i) & 127), cc(3, (15442 - 250 * i) >> 7)] for i in DOWN],
    ),
    "pitch bend on channel 9": (
        [[Message("pitchwheel", channel=8, pitch=250 * i)] for i in UP],
        [[Message("pitchwheel", channel=8, pitch=7250 - 250 * i)] for i in DOWN],
    ),
    "poly aftertouch": (
        [[Message("polytouch", note=40, value=64 + i)] for i in UP],
        [[Message("polytouch", note=40, value=93 - i)] for i in DOWN],
    ),
    "NRPN, the fine half first": (
        [[*numbered(1, 20, 8192 + 250 * i)[:2], *numbered(1, 20, 8192 + 250 * i)[:1:-1]] for i in UP],
        [[*numbered(1, 20, 15442 - 250 * i)[:2], *numbered(1, 20, 15442 - 250 * i)[:1:-1]] for i in DOWN],
    ),
    "pitch bend": (
        [[Message("pitchwheel", pitch=250 * i)] for i in UP],
        [[Message("pitchwheel", pitch=7250 - 250 * i)] for i in DOWN],
    ),
    "NRPN": ([numbered(1, 20, 8192 + 250 * i) for i in UP], [numbered(1, 20, 15442 - 250 * i) for i in DOWN]),
    "NRPN, coarse": (
        [[cc(99, 1), cc(98, 20), cc(6, 64 + i)] for i in UP],
        [[cc(99, 1), cc(98, 20), cc(6, 93 - i)] for i in DOWN],
    ),
    "NRPN, selected once": (
        [[cc(99, 1), cc(98, 20)], *([cc(6, 64 + i)] for i in UP)],
        [[cc(6, 93 - i)] for i in DOWN],
    ),
    "NRPN, by steps": ([[cc(99, 1), cc(98, 20), cc(96, 0)] for _ in UP], [[cc(97, 0)] for _ in DOWN]),
    "RPN": (
        [[cc(101, 2), cc(100, 5), cc(6, 64 + i), cc(38, 0)] for i in UP],
        [[cc(101, 2), cc(100, 5), cc(6, 93 - i), cc(38, 0)] for i in DOWN],
    ),
    "aftertouch": (
        [[Message("aftertouch", value=60 + i)] for i in UP],
        [[Message("aftertouch", value=89 - i)] for i in DOWN],
    ),
}
WRITTEN = {
    "1/127": {"channel": 1, "control": 21, "turns": "1/127"},
    "1/127, faster and slower": {"channel": 1, "control": 21, "turns": "1/127"},
    "65/63": {"channel": 1, "control": 21, "turns": "65/63"},
    "1/65": {"channel": 1, "control": 21, "turns": "1/65"},
    "14 bits": {"channel": 1, "control": 3},
    "14 bits, the fine half first": {"channel": 1, "control": 3},
    "pitch bend on channel 9": {"channel": 9, "pitch_bend": True},
    "poly aftertouch": {"channel": 1, "poly_aftertouch": 40},
    "NRPN, the fine half first": {"channel": 1, "nrpn": 148},
    "pitch bend": {"channel": 1, "pitch_bend": True},
    "NRPN": {"channel": 1, "nrpn": 148},
    "NRPN, coarse": {"channel": 1, "nrpn": 148},
    "NRPN, selected once": {"channel": 1, "nrpn": 148},
    "NRPN, by steps": {"channel": 1, "nrpn": 148},
    "RPN": {"channel": 1, "rpn": 261},
    "aftertouch": {"channel": 1, "aftertouch": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_control_is_learned_for_what_it_is_and_moves_smoothly(device, desk, path, kind, logged):
    up, down = KINDS[kind]
    values = [1.0]
    desk.watch(lambda changed, by: values.append(changed["strength"]))
    with midi(desk, path) as surface:
        surface.learn("strength")
        for messages in (*up, *down):
            for message in [] if "first" in kind else messages:
                device.send(message)
                time.sleep(0.001)
            if "first" in kind:  # which half belongs to which is told by time, of which a busy machine has little
                device.send(*messages)
            time.sleep(0.012)
        time.sleep(0.1)
        assert surface.mapping
    rising = values[1 : values.index(max(values)) + 1]  # a control that is learned early may stand below the value
    falling = values[len(rising) :]
    assert rising == sorted(rising) and falling == sorted(falling, reverse=True)
    assert max(values) > 1.3 and values[-1] < max(values) - 0.1
    assert (
        max(abs(b - a) for a, b in pairwise(values)) < 0.4
    )  # more would be a jump; a busy machine takes several at once
    assert tomllib.loads(path.read_text())["strength"] == WRITTEN.get(kind, {"channel": 1, "control": 21})
    assert "plays strength" in logged.text and ("relative" in logged.text) == ("/" in kind)
    again = Desk(Look(strength=1.0))
    with midi(again, path):  # what was learned is known the next time, from the first message on
        for messages in up:
            device.send(*messages)
            time.sleep(0.005)
        soon(lambda: again.base.strength > 1.3)


def test_an_endless_knob_moves_a_parameter_of_few_steps(device, desk, path):
    desk.set("mirrors", 6, "a test")
    with midi(desk, path, 'mirrors = {channel = 1, control = 21, turns = "1/127"}'):
        for _ in range(16):  # a third of a step each
            device.turn(21, 1)
            time.sleep(0.025)
        soon(lambda: desk.base.mirrors == 9)
        desk.set("mirrors", 2, "a test")
        device.turn(21, *[127] * 6)
        soon(lambda: desk.base.mirrors == 1)


def test_an_endless_knob_of_an_old_mapping_is_recognized(device, desk, path):
    with midi(desk, path, "strength = {channel = 1, control = 21}"):
        device.turn(21, 127, 127, 127, 127)
        soon(lambda: "turns" in path.read_text())
        device.turn(21, *[126] * 10)
        soon(lambda: desk.base.strength < 0.9)


def sees(*values):
    encoder = Encoder()
    for value in values:
        steps = encoder.see(value, follows=True)
    return encoder.way, steps


def test_what_an_endless_knob_is_recognized_by():
    assert sees(1, 1) == (None, None)
    assert sees(1, 1, 1) == ("1/127", 1) and sees(127, 127, 127) == ("1/127", -1) and sees(1, 127) == ("1/127", -1)
    assert sees(65, 65, 65) == ("65/63", 1) and sees(63, 63, 63, 62) == ("65/63", -2)
    assert sees(1, 1, 65) == ("1/65", -1) and sees(1, 1, 1, 65, 66) == ("1/65", -2) and sees(65, 65, 65, 1)[0] == "1/65"
    assert sees(3, 2, 2, 2, 4) == ("1/127", 4)


def test_a_knob_with_ends_is_never_taken_for_an_endless_one():
    for values in (
        range(128),
        reversed(range(128)),
        [*range(100, 128), *[127] * 9],
        [*range(20, -1, -1), *[0] * 9, *range(20)],
        [0, 127, 0, 127, 127, 127],
        [64, 64, 64, 64],
        [40, 40, 40, 1, 127],
        [126, 127, 127, 127, 127],
    ):
        assert sees(*values)[0] is None
    encoder = Encoder()
    for value in (1, 1, 1, 127):  # the coarse half, with its fine one in between
        assert encoder.see(value, follows=False) is None


def test_what_is_no_control_is_not_learned(device, desk, path, logged):
    with midi(desk, path) as surface:
        surface.learn("strength")
        device.turn(99, 1)
        device.turn(98, 2)
        device.turn(101, 127)
        device.turn(100, 127)
        device.turn(6, 3)  # of no parameter: the last address ends all others
        for control in range(120, 128):
            device.turn(control, 1)
        device.send(Message("polytouch", note=3, value=9), Message("active_sensing"), Message("reset"))
        device.send(Message("polytouch", note=3, value=9), Message("program_change", program=3), Message("clock"))
        device.send(Message("quarter_frame", frame_type=1, frame_value=2), Message("song_select", song=3))
        device.send(Message("sysex", data=(1, 2, 3)), Message("note_on", note=3, velocity=0), Message("tune_request"))
        time.sleep(0.1)
        assert surface.learning == "strength" and not path.exists()
        told = [record.getMessage() for record in logged.records]
        assert sum("MIDI time code plays nothing" in line for line in told) == 1
        assert sum("a choice of songs plays nothing" in line for line in told) == 1
        assert sum("control 6 after the address that ends all others plays nothing" in line for line in told) == 1
        assert sum("control 123, a channel mode, plays nothing" in line for line in told) == 1
        device.turn(35, 3)  # a fine half that comes first
        device.turn(3, 70)
        soon(lambda: surface.mapping == {"strength": "control 3 on channel 1"})
        surface.learn("rate")
        device.turn(40, 3)  # no other half comes
        soon(lambda: surface.mapping.get("rate") == "control 40 on channel 1")


def test_a_motor_fader_is_learned_not_the_finger_on_it(device, desk, path):
    with midi(desk, path) as surface:
        surface.learn("strength")
        device.send(Message("note_on", note=104, velocity=127))
        time.sleep(0.05)
        device.send(Message("pitchwheel", channel=0, pitch=100))
        soon(lambda: surface.mapping == {"strength": "pitch bend on channel 1"})


def test_a_note_switches_its_parameter(device, desk, path, monkeypatch):
    monkeypatch.setattr("kaleidocam.control.midi_learning.NOTE_SECONDS", 0.05)
    desk.set("wet", 0.7, "a test")
    with midi(desk, path) as surface:
        surface.learn("wet")
        device.press(36)
        soon(lambda: surface.mapping == {"wet": "note 36 on channel 1"})
        for value in (0.0, 0.7, 0.0):
            device.press(36)
            soon(lambda value=value: desk.base.wet == value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("strength = {channel = 1, pitch_bend = 0}", "a channel has one: write pitch_bend = true"),
        ("strength = {channel = 1, nrpn = 16384}", "from 0 to 16383"),
        ('strength = {channel = 1, control = 2, turns = "left"}', "turns = 'left'; allowed is 1/127, 65/63, 1/65"),
        ('strength = {channel = 1, nrpn = 2, turns = "1/127"}', "of a control"),
        ("bypass = {channel = 1, pitch_bend = true}", "bypass is pressed, which pitch_bend is not"),
    ],
)
def test_a_wrong_line_of_a_mapping_is_named(path, text, why):
    path.write_text(text)
    with pytest.raises(UserError, match=why):
        MidiMap(path)
