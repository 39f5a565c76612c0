"""What a MIDI device is told: by the kind of message that its control sends, when no hand is on it, not too much."""

import mido
import pytest

from kaleidocam.control.midi_feedback import BURST_BYTES, BYTES_A_SECOND, HAND_SECONDS, Feedback
from kaleidocam.control.midi_knobs import Knobs
from kaleidocam.control.midi_map import MidiMap, Touch
from kaleidocam.control.midi_shown import shown
from kaleidocam.settings.parameters import Look

FADER, KNOB, PAD = Touch("pitch_bend", 1, 0), Touch("control", 1, 21), Touch("note", 1, 36)
MAP = """
strength = {channel = 1, pitch_bend = true}
rate = {channel = 1, control = 21}
wet = {channel = 1, note = 36}
"preset:mandala" = {channel = 1, note = 37}
color = {channel = 1, control = 16, turns = "1/65"}
"""


class Rig:
    """A device, what it was told, and a clock that stands still."""

    def __init__(self, tmp_path, text=MAP):
        path = tmp_path / "midi.toml"
        path.write_text(text)
        self.now, self.told, self.shares = 100.0, [], {}
        self.map, self.knobs = MidiMap(path), Knobs(0.02)
        self.feedback = Feedback(
            self.map,
            self.knobs,
            lambda name: self.shares.get(name, 0.5),
            lambda messages: self.told.extend(map(mido.Message.from_bytes, messages)),
            lambda touch: False,
            lambda: self.now,
        )

    def tell(self, *changed, **shares):
        """(what it was told, when it is to be tried again)"""
        self.shares |= shares
        self.told.clear()
        again = self.feedback.tell([*changed, *shares])
        last = {"pitchwheel": "pitch", "control_change": "value", "note_on": "velocity"}
        return [(message.type, getattr(message, last[message.type])) for message in self.told], again

    def take(self, name, touch, *shares):
        """A hand moves a control; where it takes hold, the value goes with it."""
        for share in shares:
            self.knobs.move(touch, share, leaps=False)
            self.feedback.moved(touch, share)
            (move,) = self.knobs.moves().values()
            if (wanted := self.knobs.wanted(name, move, self.shares[name])) is not None:
                self.shares[name] = wanted
                self.knobs.leave(name, wanted)


@pytest.fixture
def rig(tmp_path):
    return Rig(tmp_path)


def test_each_kind_is_told_as_it_speaks_and_as_finely():
    plain = {"way": None, "fine": False, "from_middle": False}
    assert shown(KNOB, 0.5, **plain) == ((0xB0, 21, 64),)
    assert shown(Touch("control", 3, 7), 1.0, **(plain | {"fine": True})) == ((0xB2, 7, 127), (0xB2, 39, 127))
    assert shown(Touch("pitch_bend", 9, 0), 0.5, **plain) == ((0xE8, 0, 64),)
    assert shown(Touch("pitch_bend", 1, 0), 1.0, **plain) == ((0xE0, 127, 127),)
    numbered = ((0xB0, 99, 1), (0xB0, 98, 20), (0xB0, 6, 64), (0xB0, 38, 0))
    assert shown(Touch("nrpn", 1, 148), 0.5, **plain) == numbered
    assert shown(Touch("rpn", 1, 5), 0.0, **plain)[:2] == ((0xB0, 101, 0), (0xB0, 100, 5))
    assert shown(PAD, 1.0, **plain) == ((0x90, 36, 127),) and shown(PAD, 0.0, **plain) == ((0x90, 36, 0),)
    pot = Touch("control", 1, 16)
    assert shown(pot, 0.0, **(plain | {"way": "1/65"})) == ((0xB0, 48, 0x21),)
    assert shown(pot, 1.0, way="1/65", fine=False, from_middle=True) == ((0xB0, 48, 0x1B),)
    assert shown(Touch("control", 1, 21), 1.0, **(plain | {"way": "1/127"})) == ((0xB0, 21, 127),)
    for silent in ("aftertouch", "poly_aftertouch", "program"):
        assert shown(Touch(silent, 1, 0), 0.5, **plain) == ()


def test_what_others_change_is_told_once(rig):
    assert rig.tell(strength=1.0, rate=0.0, wet=1.0) == (
        [("pitchwheel", 8191), ("control_change", 0), ("note_on", 127)],
        None,
    )
    assert rig.tell("strength", "rate") == ([], None)
    assert rig.tell("strength", "drift_x", "undo", strength=0.0) == ([("pitchwheel", -8192)], None)
    assert rig.tell(**{"preset:mandala": 1.0})[0] == [("note_on", 127)]
    rig.feedback.forget()
    assert rig.tell("strength")[0] == [("pitchwheel", -8192)]


def test_a_fader_is_left_alone_while_a_hand_moves_it_and_goes_where_the_value_is_then(rig):
    rig.tell(strength=0.5)
    rig.take("strength", FADER, 0.5, 0.52, 0.55)
    assert rig.tell("strength") == ([], 0.05)
    assert rig.tell(strength=0.1)[0] == []  # a preset comes
    rig.take("strength", FADER, 0.56, 0.57)  # it is not near that
    rig.now += HAND_SECONDS - 0.01
    assert rig.tell()[0] == []
    rig.now += 0.02
    assert rig.tell() == ([("pitchwheel", round(16383 * 0.1) - 8192)], None)


def test_what_the_hand_has_set_is_not_sent_back_when_it_goes(rig):
    rig.tell(strength=0.5)
    rig.take("strength", FADER, 0.5, 0.52, 0.55)
    rig.tell("strength")
    rig.now += 1
    assert rig.tell("strength") == ([], None)


def test_a_finger_holds_a_fader_as_long_as_it_lies_there(rig):
    rig.feedback.hold(FADER, True)
    rig.now += 60
    assert rig.tell(strength=0.25) == ([], 0.05)
    rig.feedback.hold(FADER, False)
    assert rig.tell()[0] == [("pitchwheel", round(16383 * 0.25) - 8192)]


def test_a_fader_with_a_motor_takes_hold_at_once_wherever_it_was(rig):
    rig.tell(strength=0.8)
    for there, moved in ((0.2, 0.21), (0.7, 0.71)):  # twice it stands where it was sent
        rig.take("strength", FADER, rig.shares["strength"])
        rig.now += 1
        rig.tell(strength=there)
        rig.take("strength", FADER, moved)
        assert rig.shares["strength"] == moved
    rig.now += 1
    rig.tell(strength=0.3)
    rig.take("strength", FADER, 0.45)  # a quick hand: no longer near
    assert rig.shares["strength"] == 0.45


def test_without_a_motor_a_knob_waits_until_it_passes_the_value(rig):
    rig.tell(rate=0.8)
    rig.take("rate", KNOB, 0.8)
    for _ in range(3):
        rig.now += 1
        rig.tell(rate=0.2)
        rig.take("rate", KNOB, 0.79, 0.78, 0.8)
        assert rig.shares["rate"] == 0.2
    rig.take("rate", KNOB, 0.5, 0.19)
    assert rig.shares["rate"] == 0.19


def test_what_a_device_sends_back_is_no_hand(rig):
    rig.shares["rate"] = 0.9
    rig.take("rate", KNOB, 0.5)
    rig.now += 1
    assert rig.tell(rate=0.2)[0] == [("control_change", 25)]
    for _ in range(3):
        rig.take("rate", KNOB, 25 / 127)
        rig.now += 1
        assert rig.tell() == ([], None)  # or the two would go on for ever


def test_rings_follow_also_while_they_are_turned(rig):
    rig.feedback.moved(Touch("control", 1, 16), 0.5)
    assert rig.tell(color=1.0)[0] == [("control_change", 0x2B)]


def test_a_cable_is_never_given_more_than_it_takes(tmp_path):
    names = [name for name in Look.model_fields if name in MANY]
    rig = Rig(tmp_path, "".join(f"{name} = {{channel = 2, nrpn = {i}}}\n" for i, name in enumerate(names)))
    sent = 0
    for i in range(200):  # all of them glide, fifty times a second, for four seconds
        rig.now += 0.02
        rig.tell(**dict.fromkeys(names, (i % 100) / 100))
        sent += 3 * len(rig.told)
    assert sent <= BURST_BYTES + BYTES_A_SECOND * 4 + 12
    for _ in range(20):
        rig.now += 0.05
        rig.tell(**dict.fromkeys(names, 1.0))
    ends = {m.control: m.value for m in rig.told if m.control in (6, 38)}
    assert rig.tell(*names) == ([], None) and ends in ({}, {6: 127, 38: 127})
    shown_last = {name: rig.feedback._shown[rig.map.touch(name)][-1][-1] for name in names}
    assert set(shown_last.values()) == {127}


MANY = ("strength", "rate", "wet", "color", "luma", "half_life", "tilt", "drift_x", "drift_y", "drift_turn", "spin")
