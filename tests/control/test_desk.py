"""The desk: any hand, one whole look, at once."""

import re
import threading

import pytest

from kaleidocam.control.commands import STAGE
from kaleidocam.control.desk import WAITING_COMMANDS, Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look
from kaleidocam.settings.presets import preset_names, read_preset
from kaleidocam.settings.ranges import span
from kaleidocam.settings.values import settle

BY = "a test"
NUMBERS = [name for name in Look.model_fields if span(name)]


@pytest.fixture
def desk():
    return Desk(Look())


def test_a_change_is_there_at_once_and_whole(desk):
    before = desk.look()
    desk.set("rate", 2.5, BY)
    desk.set("mirrors", 6.0, BY)  # plain floats are all that most hands can send
    desk.set("fold", "inside", BY)
    assert desk.look() == desk.base == before.model_copy(update={"rate": 2.5, "mirrors": 6, "fold": "inside"})
    assert before == Look() and isinstance(desk.base.mirrors, int)


@pytest.mark.parametrize("name", NUMBERS)
def test_every_knob_goes_from_end_to_end_of_its_range_and_back(desk, name):
    reach = span(name)
    for share, end in ((0.0, reach.low), (1.0, reach.high), (-3.0, reach.low), (7.0, reach.high)):
        desk.set_share(name, share, BY)
        assert getattr(desk.base, name) == pytest.approx(end)
        assert desk.share(name, BY) == pytest.approx(min(1.0, max(0.0, share)))
    places = [i / 20 for i in range(21)]
    values = []
    for place in places:
        desk.set_share(name, place, BY)
        values.append(getattr(desk.base, name))
        tolerance = 0.51 / (reach.high - reach.low) if reach.whole else 1e-6
        assert desk.share(name, BY) == pytest.approx(place, abs=tolerance)
    assert values == sorted(values) and len(set(values)) > len(places) // 4
    desk.set(name, getattr(Look(), name), BY)
    desk.set_share(name, desk.share(name, BY), BY)
    assert getattr(desk.base, name) == pytest.approx(getattr(Look(), name))


@pytest.mark.parametrize("name", ["rate", "half_life", "inertia", "strength", "limit"])
def test_defaults_lie_well_inside_a_knobs_way(desk, name):
    """A knob whose useful part is its first hundredth can't be played."""
    assert 0.15 < desk.share(name, BY) < 0.85


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("rate", 11, "a test: rate is '11'; allowed is 0 to 10 per second"),
        ("rate", float("nan"), "rate is 'nan'"),
        ("rate", float("inf"), "rate is 'inf'"),
        ("rate", None, "rate is 'None'"),
        ("rate", "loud", "rate is 'loud'"),
        ("mirrors", 2.5, "mirrors is '2.5'; allowed is a whole number from 0 to 24"),
        ("mirrors", float("nan"), "mirrors is 'nan'"),
        ("raet", 1, "a test: no parameter 'raet'; did you mean 'rate'?"),
        ("crf", 20, "no parameter 'crf'"),
        ("__class__", 1, "no parameter '__class__'"),
        ("", 1, "no parameter ''"),
        ("channel", 74, "channel is '74'"),
        ("geometry", "round", "geometry is 'round'; allowed is kaleidoscope or"),
        ("grid", "8x8", "grid is '8x8'"),
        ("modulate", "nonsense", "modulate is 'nonsense'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_changes_nothing(desk, name, value, what):
    told = []
    desk.watch(lambda changes, by: told.append(changes))
    with pytest.raises(UserError, match=re.escape(what)) as raised:
        desk.set(name, value, BY)
    assert "\n" not in str(raised.value) and desk.base == desk.look() == Look() and told == []


@pytest.mark.parametrize("share", [float("nan"), float("inf"), -float("inf")])
def test_a_share_that_is_no_number_is_refused(desk, share):
    with pytest.raises(UserError, match="a test: rate is given as .* of its range; allowed is 0 to 1"):
        desk.set_share("rate", share, BY)
    assert desk.base == Look()


@pytest.mark.parametrize("name", ["channel", "grid", "fold", "modulate", "raet"])
def test_what_has_no_knob_has_no_share(desk, name):
    for turn in (lambda: desk.share(name, BY), lambda: desk.set_share(name, 0.5, BY)):
        with pytest.raises(UserError, match=f"a test: ({name} has no knob|no parameter '{name}')"):
            turn()


def test_a_look_that_cannot_be_played_is_refused():
    def check(look):
        if look.channel == "mixed9:1":
            raise UserError("no layer 'mixed9'")

    desk = Desk(Look(), check)
    with pytest.raises(UserError, match="no layer 'mixed9'"):
        desk.set_all({"channel": "mixed9:1", "rate": 2.0}, BY)
    assert desk.base == Look()
    desk.set("channel", "mixed3:1", BY)
    assert desk.base.channel == "mixed3:1"


def test_several_at_once_are_all_or_none(desk):
    desk.set_all({"rate": 2.0, "spin": 0.25}, BY)
    assert (desk.base.rate, desk.base.spin) == (2.0, 0.25)
    for wrong in ({"rate": 3.0, "spin": 99}, {"rate": 3.0, "spni": 0.5}, {"rate": 3.0, "modulate": "x"}):
        with pytest.raises(UserError):
            desk.set_all(wrong, BY)
        assert (desk.base.rate, desk.base.spin, desk.preset) == (2.0, 0.25, DEFAULT_PRESET)


def test_a_preset_puts_all_else_back_to_the_defaults(desk):
    desk.set("spin", 0.25, BY)
    desk.set_all({"rate": 2.0}, BY, preset="mine")
    assert desk.base == Look(rate=2.0) and desk.preset == "mine"
    with pytest.raises(UserError):
        desk.set_all({"rate": 99}, BY, preset="wrong")
    assert desk.base == Look(rate=2.0) and desk.preset == "mine"
    for name in preset_names():
        desk.set_all(read_preset(name), BY, preset=name)
        assert desk.base == settle(read_preset(name), BY)[0] and desk.preset == name


def test_watchers_are_told_what_changed_until_they_leave(desk):
    told, others = [], []
    leave = desk.watch(lambda changes, by: told.append((dict(changes), by)))
    desk.watch(lambda changes, by: others.append(desk.base.spin))
    desk.set("spin", 0.25, BY)
    desk.set("spin", 0.25, BY)  # no change
    desk.set_all({"strength": 0.5, "spin": 0.25, "fold": "before"}, "another")
    leave()
    leave()
    desk.set("spin", 0.5, BY)
    assert told == [({"spin": 0.25}, BY), ({"strength": 0.5, "fold": "before"}, "another")]
    assert others == [0.25, 0.25, 0.5]  # it is there when it is told


def test_a_watcher_may_play_the_desk_itself(desk):
    """Such as a surface that ties one parameter to another; called under the desk's lock it would hang."""
    desk.watch(lambda changes, by: desk.set("luma", 0.5, "a watcher") if "rate" in changes else None)
    hand = threading.Thread(target=desk.set, args=("rate", 2.0, BY), daemon=True)
    hand.start()
    hand.join(5)
    assert not hand.is_alive() and (desk.base.rate, desk.base.luma) == (2.0, 0.5)


def test_many_hands_lose_nothing_and_every_look_is_whole():
    """Two hands move pairs together; whoever reads sees pairs, valid, and everyone's last word stands."""
    desk, torn, stop = Desk(Look(rate=0, inertia=0, luma=0, wet=0)), [], threading.Event()
    pairs = (("rate", "inertia"), ("luma", "wet"))

    def read():
        while not stop.is_set():
            look = desk.look()
            if any(2 * getattr(look, b) != 2 * getattr(look, a) for a, b in pairs) or look != Look(**dict(look)):
                torn.append(look)

    def play(names):
        for i in range(201):
            desk.set_all(dict.fromkeys(names, i / 200), BY)

    singles = [("spin",), ("tile",), ("zoom",)]
    hands = [threading.Thread(target=play, args=(names,)) for names in pairs]
    hands += [
        threading.Thread(target=lambda n=n: [desk.set_share(*n, i / 200, BY) for i in range(201)]) for n in singles
    ]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in (*readers, *hands):
        thread.start()
    for hand in hands:
        hand.join()
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert all(getattr(desk.base, name) == 1 for pair in pairs for name in pair)
    assert all(getattr(desk.base, name) == span(name).high for (name,) in singles)


def test_commands_are_handed_on_in_order_once(desk):
    for command in STAGE:
        desk.ask(command, BY)
    assert desk.asked() == list(STAGE) and desk.asked() == []
    with pytest.raises(UserError, match="a test: no command 'quti'; there are bypass, .*; did you mean 'quit'"):
        desk.ask("quti", BY)
    for _ in range(10 * WAITING_COMMANDS):
        desk.ask("tap", BY)
    assert desk.asked() == ["tap"] * WAITING_COMMANDS


def test_switches_are_handed_on_in_order_with_their_way(desk):
    desk.switch("bypass", True, BY)
    desk.ask("pause", BY)
    desk.switch("bypass", False, BY)
    assert desk.asked() == ["bypass-on", "pause", "bypass-off"]
    with pytest.raises(UserError, match="a test: 'quit' is no switch; there are bypass, pause, record"):
        desk.switch("quit", True, BY)


def test_what_beat_and_sound_move_reaches_the_picture_and_not_the_desk(desk):
    desk.set_all({"modulate": "strength + 0.25*beat, mirrors + bass", "strength": 1.0}, BY)
    assert desk.look() == desk.base  # nothing feeds them
    level = {"beat": 1.0, "bass": 0.0}
    for name in level:
        desk.drivers.feed(name, lambda name=name: level[name])
    assert desk.look().strength == pytest.approx(1.5) and desk.look().mirrors == 0
    level.update(beat=0.5, bass=1.0)
    look = desk.look()
    assert look.strength == pytest.approx(1.25) and look.mirrors == 24 and isinstance(look.mirrors, int)
    assert desk.base.strength == 1.0 and desk.share("strength", BY) == 0.5
    desk.set("strength", 2.0, BY)
    assert desk.look().strength == 2.0  # never out of its range
    desk.set("modulate", "", BY)
    assert desk.look() == desk.base


def test_terms_for_one_parameter_add_up(desk):
    desk.set_all({"modulate": "luma + 0.5*beat, luma + 0.25*bass, luma - 0.125*mid"}, BY)
    for name in ("beat", "bass", "mid"):
        desk.drivers.feed(name, lambda: 1.0)
    assert desk.look().luma == pytest.approx(0.625)


def test_whatever_beat_and_sound_say_the_look_is_valid(desk):
    desk.set(
        "modulate",
        ", ".join(
            f"{name} {sign} 3*{driver}" for name in NUMBERS for sign, driver in (("+", "level"), ("-", "treble"))
        ),
        BY,
    )
    values = {"level": 0.0, "treble": 0.0}
    for name in values:
        desk.drivers.feed(name, lambda name=name: values[name])
    for values["level"] in (0.0, 0.3, 1.0, 9.0, float("nan")):
        for values["treble"] in (0.0, 0.7, -5.0, float("inf")):
            look = desk.look()
            assert look == Look(**dict(look))
            for name in NUMBERS:
                assert span(name).low <= getattr(look, name) <= span(name).high


def test_what_was_set_by_hand_for_the_whole_show_outlasts_presets():
    desk = Desk(
        Look(grid=(480, 270), modulate="strength + 0.4*bass", detail=2), given=("grid", "detail", "modulate", "rate")
    )
    desk.set("morph", 8, "a test")
    desk.load("neon", "a test")
    assert (desk.base.grid, desk.base.morph, desk.base.modulate) == ((480, 270), 8, "strength + 0.4*bass")
    assert desk.base.detail == 2
    assert desk.base.rate == Look(**read_preset("neon")).rate
    other = Desk(Look(grid=(480, 270)))
    other.load("neon", "a test")
    assert other.base.grid == Look(**read_preset("neon")).grid is None


def test_a_preset_that_names_it_wins(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("morph = 3")
    desk = Desk(Look(morph=9), given=("morph",))
    desk.load("own", "a test", file=own)
    assert desk.base.morph == 3
