"""What a MIDI device's controls do: what is refused holds up nothing else."""

import pytest

from kaleidocam.control.desk import Desk
from kaleidocam.control.midi_knobs import KnobMove
from kaleidocam.control.midi_map import Touch
from kaleidocam.control.midi_play import Play
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look


class Named:
    """A map by numbers: the control of number i is the i-th name."""

    def __init__(self, *names):
        self._names = names

    def name(self, touch):
        return self._names[touch.number]


class Free:
    """Knobs that take hold at once."""

    def wanted(self, name, move, value):
        return move.share

    def leave(self, name, share):
        pass


def play(desk, *names):
    return Play(desk, Tempo(), Named(*names), Free(), presets=list, load=lambda name: desk.load(name, "a test"))


def touch(number, kind="note"):
    return Touch(kind, 0, number)


def test_a_refused_press_holds_up_no_other():
    desk = Desk(Look())
    with pytest.raises(UserError, match="nothing to undo"):
        play(desk, "undo", "bypass").press([(touch(0), 1.0), (touch(1), 1.0)])
    assert desk.asked() == ["bypass"]


def test_a_refused_knob_holds_up_no_other():
    desk = Desk(Look())
    moves = {touch(0, "cc"): KnobMove(0.5, 0.5, 0.5), touch(1, "cc"): KnobMove(1.0, 1.0, 1.0)}
    with pytest.raises(UserError, match="the crossfader needs A and B"):
        play(desk, "crossfade", "strength").turn(moves)
    assert desk.share("strength", "a test") == 1


def test_a_pad_lays_a_preset_over_and_another_takes_it_off():
    desk = Desk(Look())
    pads = play(desk, "layer:feathers", "layer:", "layer:fethers")
    pads.press([(touch(0), 1.0)])
    assert desk.base.layer_channel and desk.base.channel == Look().channel
    with pytest.raises(UserError, match="did you mean 'feathers'"):
        pads.press([(touch(2), 2.0)])
    assert desk.base.layer_channel
    pads.press([(touch(1), 3.0)])
    assert not desk.base.layer_channel
