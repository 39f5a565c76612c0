"""What levels do at the desk: what changes plays, and nothing else."""

import pytest

from kaleidocam.control.desk import Desk
from kaleidocam.control.dmx_attribute import Attribute
from kaleidocam.control.dmx_play import Play
from kaleidocam.control.tempo import Tempo
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import read_preset


class Show:
    """A desk, played by levels."""

    def __init__(self, *attributes):
        self.desk, self.tempo = Desk(Look(channel="mixed3:1"), seed=1), Tempo()
        self.refused = []
        self.play = Play(
            self.desk,
            self.tempo,
            attributes,
            load=lambda name: self.desk.load(name, "a test"),
            refused=lambda error: self.refused.append(str(error)),
        )

    def levels(self, *levels):
        self.play.play(bytes(levels))

    @property
    def strength(self):
        return self.desk.base.strength


STRENGTH, COLOR = Attribute(1, ("strength",)), Attribute(2, ("color",))


def test_the_first_levels_play_as_they_stand_and_then_what_changes():
    show = Show(STRENGTH, COLOR)
    show.levels(255, 0)
    assert (show.strength, show.desk.base.color) == (2, 0)
    show.desk.set("strength", 0.3, "a hand at the page")
    for color in (0, 100, 200):
        show.levels(255, color)
    assert show.strength == 0.3 and show.desk.base.color == pytest.approx(400 / 255)
    show.levels(254, 200)
    assert show.strength == pytest.approx(2 * 254 / 255)


def test_what_is_there_already_is_not_set():
    show = Show(STRENGTH)
    changes = []
    show.desk.watch(lambda changed, by: changes.append((changed, by)))
    show.levels(128)  # of 255 this is 1.0039; the desk has 1
    assert show.strength == 1 and changes == []
    show.levels(130)
    assert changes == [({"strength": pytest.approx(2 * 130 / 255)}, "DMX")]


def test_fewer_levels_than_channels_leave_the_rest():
    show = Show(STRENGTH, COLOR)
    show.levels(255)
    assert (show.strength, show.desk.base.color) == (2, 1)
    show.levels(255, 0)
    show.levels(0)
    show.levels(0, 0)
    assert (show.strength, show.desk.base.color, show.refused) == (0, 0, [])


def test_commands_are_pressed_by_a_level_that_rises():
    show = Show(Attribute(1, ("screenshot",)))
    for level in (255, 0, 127, 128, 255, 127, 200):
        show.levels(level)
        if level in (128, 200):
            assert show.desk.asked() == ["screenshot"]
        else:
            assert show.desk.asked() == []


def test_switches_are_as_their_level_says():
    show = Show(Attribute(1, ("bypass",)), Attribute(2, ("record",)))
    show.levels(255, 0)  # a recording that runs is not ended by a desk that has just been heard
    assert show.desk.asked() == ["bypass-on"]
    for level in (128, 255, 127, 0):
        show.levels(level, 0)
    assert show.desk.asked() == ["bypass-off"]
    show.levels(0, 200)
    show.levels(0, 100)
    assert show.desk.asked() == ["record-on", "record-off"]


RANGES = Attribute(3, ("", "preset:neon", "recall-1", "palette=scene", "undo", "screenshot", "", ""))  # 32 levels each


def test_ranges_play_where_another_one_is_reached():
    show = Show(STRENGTH, COLOR, RANGES)
    show.levels(128, 128, 32)
    assert show.desk.preset == "neon"
    show.desk.load("mandala", "the page")
    show.levels(128, 128, 63)
    assert show.desk.preset == "mandala"
    show.levels(128, 128, 96)
    assert show.desk.base.palette == "scene"
    show.levels(128, 128, 160)
    assert show.desk.asked() == ["screenshot"]
    show.levels(128, 128, 64)
    assert show.refused == ["DMX: snapshot 1 is empty: store-1 keeps the look there"]


def test_the_first_levels_do_nothing_once():
    show = Show(RANGES)
    for level in (128, 160):  # undo, screenshot
        Show(STRENGTH, COLOR, RANGES).levels(0, 0, level)
    assert show.refused == [] and show.desk.asked() == []


def test_a_whole_look_is_played_under_the_faders():
    show = Show(STRENGTH, COLOR, RANGES)
    show.levels(255, 0, 0)
    show.levels(255, 0, 32)
    assert show.desk.preset == "neon" and (show.strength, show.desk.base.color) == (2, 0)
    assert show.desk.base.tilt == read_preset("neon").get("tilt", Look().tilt)
    show.desk.load("neon", "the page")  # a hand elsewhere has its own
    assert show.strength == read_preset("neon")["strength"]


def test_also_where_it_is_reached_slowly():
    show = Show(STRENGTH, COLOR, RANGES, Attribute(4, ("recall_seconds",)))
    show.levels(20, 128, 0, 0)
    show.levels(20, 128, 32, 200)  # the time counts for the preset that comes with it
    assert show.desk.value("recall_seconds", "a test") > 30
    goal = show.desk._board.goal
    assert goal.preset == "neon" and goal.look.strength == pytest.approx(40 / 255)


def test_also_where_it_waits_for_the_beat():
    show = Show(STRENGTH, COLOR, RANGES)
    place = [0.5]
    show.desk.follow(lambda: place[0])
    show.desk.set("when", "beat", "the page")
    show.levels(255, 128, 0)
    show.desk.set("strength", 0.5, "the page")
    show.levels(255, 128, 32)
    assert show.desk.preset == "eyes" and show.strength == 0.5  # nothing has begun
    place[0] = 1.1
    show.desk.look()
    show.play.again = True  # what `Dmx` is told by the desk
    show.levels(255, 128, 32)
    assert show.desk.preset == "neon" and show.strength == 2


def test_the_crossfader_at_rest_does_not_play_A():
    show = Show(Attribute(1, ("crossfade",)))
    show.desk.set("strength", 0.5, "the page")
    show.desk.ask("store-a", "the page")
    show.desk.set("strength", 1.5, "the page")
    show.desk.ask("store-b", "the page")
    show.desk.ask("recall-a", "the page")
    show.desk.set("strength", 1.0, "the page")
    show.levels(0)
    assert show.strength == 1.0
    show.levels(255)
    assert show.strength == 1.5


def test_what_is_refused_holds_up_nothing_else():
    show = Show(STRENGTH, Attribute(2, ("crossfade",)), Attribute(3, ("recall_seconds",)))
    show.levels(255, 128, 255)
    assert show.strength == 2 and show.desk.value("recall_seconds", "a test") == 60
    assert show.refused == ["DMX: the crossfader needs A and B; A is empty: store-a keeps the look there"]


def test_taps_set_the_tempo(monkeypatch):
    show, now = Show(Attribute(1, ("tap",))), [0.0]
    monkeypatch.setattr("kaleidocam.control.dmx_play.time.monotonic", lambda: now[0])
    show.levels(0)
    for _ in range(4):
        now[0] += 0.5
        show.levels(255)
        show.levels(0)
    assert show.tempo.bpm == pytest.approx(120)


def test_a_range_lays_a_preset_over():
    show = Show(STRENGTH, Attribute(2, ("", "layer:feathers", "layer:", "layer:neon")))
    show.levels(128, 64)
    feathers = read_preset("feathers")["channel"]
    assert (show.desk.base.layer_channel, show.desk.preset) == (feathers, "eyes")
    show.levels(128, 0)
    assert show.desk.base.layer_channel == feathers
    show.levels(128, 128)
    assert show.desk.base.layer_channel == "" and not show.refused
