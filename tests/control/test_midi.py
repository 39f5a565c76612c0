"""MIDI: real messages as bytes through mido, from a device that is turned, pressed, unplugged and abused."""

import random
import time
import tomllib

import mido
import pytest
import virtual_midi
from mido import Message

from kaleidocam.control import midi_port
from kaleidocam.control.desk import Desk
from kaleidocam.control.midi import Midi
from kaleidocam.control.midi_port import choose
from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

pytestmark = pytest.mark.timed

NAME = "Knobs 4:Knobs 4 MIDI 1 20:0"
SECONDS = 5.0  # to wait for what should come at once


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setattr(midi_port, "POLL_SECONDS", 0.05)
    yield virtual_midi.plug(NAME)
    for name in list(virtual_midi.PLUGGED):
        virtual_midi.unplug(name)


@pytest.fixture
def desk():
    return Desk(Look(strength=1.0))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "somewhere" / "midi.toml"


def midi(desk, path, text="", tempo=None, port=None, **how):
    """A `Midi` on the virtual devices whose mapping file holds `text`."""
    if text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Midi(desk, tempo or Tempo(), port, mapping=path, backend=mido.Backend("virtual_midi"), **how)


def soon(true):
    """Waits until `true()`; fails if that never comes."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def settle(device, desk, control=99, name="luma"):
    """Has everything that was sent before handled: a control that is mapped to `luma` and jumps there."""
    for value in (0, 127, 0):
        device.turn(control, value)
        soon(lambda: desk.base.luma == value / 127)


SETTLE = "luma = {channel = 1, control = 99}\n"
STRENGTH = "strength = {channel = 1, control = 21}\n" + SETTLE


def test_a_knob_moves_its_parameter(device, desk, path):
    with midi(desk, path, STRENGTH):
        device.turn(21, 64)  # strength is at 1 of 0 to 2: near enough to take hold
        soon(lambda: desk.base.strength == pytest.approx(2 * 64 / 127))
        device.turn(21, 127)
        soon(lambda: desk.base.strength == 2)


def test_a_knob_takes_hold_only_in_passing_the_value(device, desk, path):
    with midi(desk, path, STRENGTH) as surface:
        for value in (10, 30, 50):
            device.turn(21, value)
        settle(device, desk)
        assert desk.base.strength == 1
        assert "strength is at 50%" in surface.notice
        device.turn(21, 90)
        soon(lambda: desk.base.strength == pytest.approx(2 * 90 / 127))
        device.turn(21, 10)
        soon(lambda: desk.base.strength == pytest.approx(2 * 10 / 127))


def test_a_knob_lets_go_when_something_else_moves_the_value(device, desk, path):
    with midi(desk, path, STRENGTH):
        device.turn(21, 64)
        soon(lambda: desk.base.strength != 1)
        desk.set("strength", 0.2, "a test")
        device.turn(21, 66)
        settle(device, desk)
        assert desk.base.strength == 0.2
        device.turn(21, 12)
        soon(lambda: desk.base.strength == pytest.approx(2 * 12 / 127))


def test_with_full_takeover_a_knob_jumps(device, desk, path):
    with midi(desk, path, STRENGTH, takeover=1.0):
        device.turn(21, 5)
        soon(lambda: desk.base.strength == pytest.approx(2 * 5 / 127))


def test_two_controls_make_fourteen_bits(device, desk, path):
    with midi(desk, path, "strength = {channel = 1, control = 3}\n" + SETTLE, takeover=1.0):
        for coarse, fine in ((64, 0), (64, 50), (70, 33)):
            device.send(
                Message("control_change", control=3, value=coarse), Message("control_change", control=35, value=fine)
            )
        soon(lambda: desk.base.strength == pytest.approx(2 * (70 * 128 + 33) / 16383))
        device.turn(35, 34)  # the fine half alone
        soon(lambda: desk.base.strength == pytest.approx(2 * (70 * 128 + 34) / 16383))


def test_a_coarse_control_alone_reaches_both_ends(device, desk, path):
    with midi(desk, path, "strength = {channel = 1, control = 3}\n" + SETTLE, takeover=1.0):
        for coarse in (10, 20, 30):
            device.turn(3, coarse)
            device.turn(35, 0)
        device.turn(3, 100, 127)
        soon(lambda: desk.base.strength == 2)


def test_a_knob_keeps_hold_of_few_steps(device, desk, path):
    with midi(desk, path, "bands = {channel = 1, control = 5}\n"):
        desk.set("bands", 1, "a test")
        device.turn(5, 0)
        for value, bands in ((10, 1), (64, 4), (110, 5)):
            time.sleep(0.06)  # so that each is a move of its own
            device.turn(5, value)
            soon(lambda: desk.base.bands == bands)


def test_a_neighbor_is_not_taken_for_the_fine_half(device, desk, path):
    with midi(desk, path, "strength = {channel = 1, control = 3}\n" + SETTLE, takeover=1.0):
        device.turn(3, 60)
        device.turn(35, 10, 20, 30)
        settle(device, desk)
        assert desk.base.strength == pytest.approx(2 * 60 / 127)
        device.turn(3, 127)
        soon(lambda: desk.base.strength == 2)


def test_pads_and_buttons_are_commands_and_presets(device, desk, path):
    loaded = []
    text = """pause = {channel = 10, note = 36}
    bypass = {channel = 1, control = 50}
    "preset:haunted" = {channel = 1, note = 40}
    """
    with midi(desk, path, text + SETTLE, load=loaded.append, presets=lambda: ["one", "two"]):
        device.press(36, channel=9)
        device.press(36, channel=3)  # another channel
        device.turn(50, 127, 127, 100, 0, 127, 0)
        device.press(40)
        device.send(Message("program_change", program=1), Message("program_change", program=77))
        settle(device, desk)
        soon(lambda: len(loaded) == 2)
    assert desk.asked() == ["pause", "bypass", "bypass"]
    assert loaded == ["haunted", "two"]


def test_presets_are_loaded_as_they_are(device, desk, path):
    with midi(
        desk, path, '"preset:spirals" = {channel = 1, note = 40}\n"preset:gone" = {channel = 1, note = 41}'
    ) as surface:
        desk.set("strength", 0.3, "a test")
        device.press(40)
        soon(lambda: desk.base.strength != 0.3)
        assert desk.preset == "spirals"
        device.press(41)
        soon(lambda: surface.notice and "no preset 'gone'" in surface.notice)


@pytest.mark.slow
def test_the_clock_and_taps_set_the_tempo(device, desk, path):
    tempo = Tempo()
    with midi(desk, path, "tap = {channel = 1, note = 1}", tempo):
        device.send(Message("start"))
        start = time.monotonic()
        for i in range(24 * 3):
            time.sleep(max(0.0, start + i / 24 * 0.5 - time.monotonic()))
            device.send(Message("clock"))
        soon(lambda: tempo.bpm == pytest.approx(120, rel=0.1))
        device.send(Message("stop"))
        soon(lambda: tempo.beat() == 0)
        device.send(Message("continue"))
        soon(lambda: tempo.beat() > 0)
        time.sleep(0.3)
        for _ in range(3):
            device.press(1)
            time.sleep(0.25)
        soon(lambda: tempo.bpm == pytest.approx(240, rel=0.25))


def test_a_control_is_learned_by_touching_it_and_kept(device, desk, path):
    with midi(desk, path) as surface:
        surface.learn("rate")
        assert "touch the control for rate" in surface.notice
        device.turn(17, 3, 4, channel=4)
        soon(lambda: surface.learning is None)
        soon(lambda: path.exists() and "rate" in path.read_text())
        surface.learn("bypass")
        device.press(60, channel=9)
        soon(lambda: "bypass" in path.read_text())
        surface.learn("preset:spirals")
        device.turn(80, 127)
        soon(lambda: "spirals" in path.read_text())
        assert surface.mapping["rate"] == "control 17 on channel 5"
    assert tomllib.loads(path.read_text()) == {
        "rate": {"channel": 5, "control": 17},
        "bypass": {"channel": 10, "note": 60},
        "preset:spirals": {"channel": 1, "control": 80},
    }
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert desk.base.rate == Look().rate and desk.asked() == []  # learning itself plays nothing
    with midi(desk, path, takeover=1.0) as surface:
        device.turn(17, 127, channel=4)
        soon(lambda: desk.base.rate == 10)
        surface.forget("rate")
        assert "rate" not in tomllib.loads(path.read_text())
        with pytest.raises(UserError, match="nothing plays 'rate'; mapped are .*bypass"):
            surface.forget("rate")


def test_a_control_learned_anew_plays_one_thing(device, desk, path):
    with midi(desk, path, STRENGTH) as surface:
        surface.learn("rate")
        device.turn(21, 3)
        soon(lambda: surface.mapping.get("rate") == "control 21 on channel 1")
        assert "strength" not in surface.mapping


def test_learning_what_no_control_plays_is_refused(device, desk, path):
    with midi(desk, path) as surface:
        for name, why in (("strenght", "did you mean 'strength'"), ("geometry", "has no knob"), ("fps", "no param")):
            with pytest.raises(UserError, match=why):
                surface.learn(name)


def test_a_mapping_that_can_not_be_saved_holds_until_the_end(device, desk, path):
    with midi(desk, path) as surface:
        path.parent.write_text("in the way")
        surface.learn("strength")
        device.turn(30, 1)
        soon(lambda: surface.notice and "can't be saved" in surface.notice)
        device.turn(30, 64)
        soon(lambda: desk.base.strength == pytest.approx(2 * 64 / 127))


@pytest.mark.parametrize(
    "text, why",
    [
        ("strenght = {channel = 1, control = 2}", "no parameter or command 'strenght'; did you mean 'strength'"),
        ("strength = {channel = 17, control = 2}", "strength has channel = 17; allowed is a whole number from 1 to 16"),
        ("strength = {channel = 1, control = true}", "strength has control = True"),
        ("strength = {channel = 1, control = 120}", "from 0 to 119"),
        ("strength = {channel = 1}", "strength can't be read; write it as"),
        ("strength = 21", "strength can't be read"),
        ("strength = {channel = 1, program = 2}", "only a control turns a parameter"),
        ("strength = {channel = 1, control = 2, note = 2}", "can't be read"),
        ("rate = {channel = 1, control = 2}\nstrength = {channel = 1, control = 2}", "strength and rate are both"),
        ("geometry = {channel = 1, control = 2}", "geometry has no knob"),
        ("rate = {channel = 1, control = 2}\nstrength = {channel = 1, control}", "line 2"),
    ],
)
def test_a_wrong_line_is_named(device, desk, path, text, why):
    with pytest.raises(UserError, match=why):
        midi(desk, path, text)


def test_the_device_follows_what_others_change(device, desk, path):
    with midi(desk, path, STRENGTH):
        shown = dict(device.shown())
        soon(lambda: shown.update(device.shown()) or {21, 99} <= shown.keys())
        assert shown[21] == 64  # where it stands at the start
        desk.set("strength", 2.0, "a test")
        soon(lambda: (21, 127) in device.shown())
        desk.set("strength", 1.999, "a test")
        time.sleep(0.1)
        desk.set("strength", 0.0, "a test")
        desk.set("luma", 1.0, "a test")
        shown = []
        soon(lambda: shown.extend(device.shown()) or (99, 127) in shown)
        assert [value for control, value in shown if control == 21] == [0]  # what it shows already is not sent


def test_the_knob_in_the_hand_is_not_told_what_it_says(device, desk, path):
    with midi(desk, path, STRENGTH):
        soon(lambda: device.shown())
        for value in range(64, 100):
            device.turn(21, value)
        soon(lambda: desk.base.strength == pytest.approx(2 * 99 / 127))
        settle(device, desk)
        assert [pair for pair in device.shown() if pair[0] == 21] == []


def test_a_motor_fader_follows_and_is_left_alone_under_a_finger(device, desk, path):
    def bends():
        return [message.pitch for message in device.heard() if message.type == "pitchwheel"]

    text = "strength = {channel = 2, pitch_bend = true}\nrate = {channel = 1, nrpn = 148}\n" + SETTLE
    with midi(desk, path, text):
        soon(lambda: 0 in bends())  # strength is at 1 of 0 to 2
        device.send(Message("note_on", note=105, velocity=127))
        settle(device, desk)
        desk.set("strength", 2.0, "a preset")
        time.sleep(0.1)
        assert bends() == []
        device.send(Message("note_on", note=105, velocity=0))
        soon(lambda: 8191 in bends())
        desk.set_share("rate", 1.0, "a preset")
        soon(lambda: [m.value for m in device.heard() if m.type == "control_change"][-4:] == [1, 20, 127, 127])
        device.send(Message("pitchwheel", channel=1, pitch=7000))  # the motor has brought it to its end: it takes hold
        soon(lambda: desk.base.strength == pytest.approx(2 * (7000 + 8192) / 16383))


def test_presets_and_snapshots_light_their_pads(device, desk, path):
    text = '"preset:mandala" = {channel = 1, note = 37}\n"preset:loops" = {channel = 1, note = 38}\n'
    with midi(desk, path, text + "recall-1 = {channel = 1, note = 39}\n"):
        soon(lambda: {37, 38, 39} <= {note for note, _ in device.shown()})
        desk.load("mandala", "a test")
        soon(lambda: (37, 127) in device.shown())
        desk.load("loops", "a test")
        shown = []
        soon(lambda: shown.extend(device.shown()) or {(37, 0), (38, 127)} <= set(shown))
        desk.ask("store-1", "a test")
        soon(lambda: (39, 127) in device.shown())


def test_a_clock_beside_a_shared_tempo_is_said_once_not_followed(device, desk, path, logged):
    class Session:
        bpm, others, is_stopped = 100.0, 1, False

        def beat(self, seconds):
            return 1.5

    tempo = Tempo()
    tempo.share(Session())
    with midi(desk, path, SETTLE, tempo):
        device.send(*[Message("start"), *[Message("clock")] * 50, Message("songpos", pos=8), Message("stop")])
        settle(device, desk)
        time.sleep(0.05)
        assert tempo.bpm == 100 and tempo.place() == 1.5
    told = [record.getMessage() for record in logged.records]
    assert told.count("MIDI: a clock is not followed: the tempo is shared by Ableton Link") == 1


def test_a_device_without_lamps_plays(desk, path, device):
    virtual_midi.unplug(NAME)
    device = virtual_midi.plug("Plain", has_output=False)
    with midi(desk, path, STRENGTH):
        device.turn(21, 64)
        soon(lambda: desk.base.strength != 1)
        desk.set("strength", 0.2, "a test")


def test_an_unplugged_device_is_taken_up_again_by_name(device, desk, path):
    with midi(desk, path, STRENGTH, port="knobs 4", takeover=1.0) as surface:
        virtual_midi.plug("Another")
        for again in range(3):
            virtual_midi.unplug(surface.port)
            soon(lambda: surface.notice and "is gone" in surface.notice)
            device = virtual_midi.plug(NAME.replace("20", str(24 + again)))  # ALSA gives it another number
            soon(lambda: surface.notice is None and device.opened)
            device.turn(21, again + 1)
            soon(lambda: desk.base.strength == pytest.approx(2 * (again + 1) / 127))
        assert virtual_midi.PLUGGED["Another"].opened == 0


def test_garbage_and_floods_neither_raise_nor_lag(device, desk, path):
    random.seed(7)
    tempo = Tempo()
    with midi(desk, path, STRENGTH, tempo) as surface:
        for _ in range(40):
            device.raw(random.randbytes(500))
        device.raw(b"\xf0" + bytes(3000) + b"\xf7\xff\xff\x90\x90")
        for i in range(10000):
            device.turn(21, i % 128)
        for _ in range(500):
            device.press(36)
        device.turn(21, 64)
        start = time.monotonic()
        soon(lambda: desk.base.strength == pytest.approx(2 * 64 / 127))
        assert time.monotonic() - start < 2
        settle(device, desk)
        assert surface.notice is None or "turn it there" in surface.notice or "program" in surface.notice
        tempo.beat()


def test_a_flood_changes_the_look_at_most_once_a_turn(device, desk, path):
    changes = []
    desk.watch(lambda changed, by: changes.append(time.monotonic()))
    with midi(desk, path, STRENGTH, takeover=1.0):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            device.turn(21, *range(0, 128, 3))
    assert 1 <= len(changes) <= 0.5 / 0.02 + 15


def test_a_refused_change_is_told_and_the_rest_goes_on(device, path):
    def check(look):
        if look.strength > 1.5:
            raise UserError("too strong for a test")

    desk = Desk(Look(strength=1.0), check)
    with midi(desk, path, STRENGTH) as surface:
        device.turn(21, 64, 127)
        soon(lambda: surface.notice and "too strong" in surface.notice)
        device.turn(21, 60)
        soon(lambda: desk.base.strength == pytest.approx(2 * 60 / 127))


def test_the_port_is_found_by_its_name_or_the_ports_are_listed():
    names = ["Midi Through:Midi Through Port-0 14:0", "LaunchKey", "LaunchControl XL"]
    assert choose(None, names) == "LaunchKey"
    assert choose("control", names) == "LaunchControl XL"
    assert choose("LaunchKey", [*names, "LaunchKey 2"]) == "LaunchKey"
    with pytest.raises(UserError, match="fits LaunchKey, LaunchControl XL; give more"):
        choose("launch", names)
    with pytest.raises(UserError, match="no MIDI input 'nanoKONTROL'; there are Midi Through.*LaunchKey"):
        choose("nanoKONTROL", names)
    with pytest.raises(UserError, match="no MIDI input; none is connected"):
        choose(None, [])


@pytest.mark.needs("midi")
def test_the_system_s_own_midi_says_what_is_wrong(desk, path):
    with pytest.raises(UserError, match="no MIDI input 'no such device at all'|MIDI can't be used here"):
        Midi(desk, Tempo(), "no such device at all", mapping=path)


def test_without_mido_it_says_how_to_install_it(desk, path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mido", None)
    with pytest.raises(UserError, match=r"pip install 'kaleidocam\[midi\]'"):
        Midi(desk, Tempo(), mapping=path)
