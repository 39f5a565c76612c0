"""The keys: each plays the desk, as in mpv where mpv has them."""

import pytest

from kaleidocam.control.commands import COMMANDS, SLOTS, STAGE
from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS, NAMES, SHORT, TOGETHER, help_lines
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import DEFAULT_PRESET, PALETTES, Look
from kaleidocam.settings.presets import preset_names, read_preset
from kaleidocam.settings.ranges import span
from kaleidocam.settings.values import settle

MPV = {  # its default bindings, as far as they mean something here
    "q": "quit",
    " ": "pause",
    "p": "pause",
    "s": "screenshot",
    "i": "figures",
    "?": "help",
}
NUDGES = {
    "[": ("rate", -1),
    "]": ("rate", 1),
    "9": ("strength", -1),
    "0": ("strength", 1),
    "7": ("color", -1),
    "8": ("color", 1),
    "1": ("half_life", -1),
    "2": ("half_life", 1),
    "3": ("tilt", -1),
    "4": ("tilt", 1),
    "5": ("drift_zoom", -1),
    "6": ("drift_zoom", 1),
    "-": ("mirrors", -1),
    "=": ("mirrors", 1),
    ",": ("spin", -1),
    ".": ("spin", 1),
}
REDO = "redo"
TOGETHER_MEAN = {  # by keys that the help names together
    "previous preset",
    "next preset",
    "recall snapshot ",
    "keep snapshot ",
    "the next preset as a layer over it",
    "no layer",
    "go to a look faster",
    "go to a look slower",
    "crossfade toward A",
    "crossfade toward B",
    "go to A",
    "go to B",
    "this is the one",
    "the beat 10 ms earlier",
    "the beat 10 ms later",
    "half the tempo",
    "twice the tempo",
}
SINKS = {"f", "esc", "k"}  # what a window does itself


@pytest.fixture
def desk():
    return Desk(Look())


def press(desk, *keys):
    for key in keys:
        KEYS[key].press(desk)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_does_something_that_the_desk_knows(key):
    if key in SINKS:
        assert KEYS[key].press is None
        return
    begun = Look(spin=0.1, mirrors=5, layer_channel="mixed3:1")
    desk = Desk(begun, preset="loops")
    for slot in SLOTS:
        desk.set("channel", f"mixed5:{SLOTS.index(slot)}", "a test")
        desk.ask(f"store-{slot}", "a test")
    desk.set_all({"crossfade": 0.5, "recall_seconds": 1.0}, "a test")
    desk.set_all(dict(begun), "another hand")
    if REDO in KEYS[key].meaning:
        desk.ask("undo", "a test")
    before = desk.base, desk.instrument()
    press(desk, key)
    asked = desk.asked()
    assert ((desk.base, desk.instrument()) != before) != bool(asked)
    assert all(command in STAGE for command in asked)


@pytest.mark.parametrize(
    ("key", "command"), [*MPV.items(), ("b", "bypass"), ("t", "tap"), ("T", "resync"), (";", "nudge-earlier")]
)
def test_commands_and_mpvs_meanings(desk, key, command):
    press(desk, key)
    assert desk.asked() == [command] and desk.base == Look()


def test_every_command_has_a_key():
    asked = []

    class Heard(Desk):
        def ask(self, command, by):
            asked.append(command)

    press(Heard(Look()), *(key for key, bound in KEYS.items() if bound.press and key not in "jl"))
    assert set(asked) == set(COMMANDS)


def test_mpvs_keys_for_speed_and_volume_and_the_window():
    assert NUDGES["["] == ("rate", -1) and NUDGES["]"] == ("rate", 1)
    assert NUDGES["9"] == ("strength", -1) and NUDGES["0"] == ("strength", 1)
    assert "full screen" in KEYS["f"].meaning and "leave full screen" in KEYS["esc"].meaning


@pytest.mark.parametrize(("key", "name", "way"), [(key, *nudge) for key, nudge in NUDGES.items()])
def test_a_nudge_moves_a_little_and_stops_at_the_end(desk, key, name, way):
    start, reach = {"mirrors": 5}.get(name, getattr(Look(), name)), span(name)
    desk.set(name, start, "a test")
    press(desk, key)
    moved = getattr(desk.base, name)
    assert (moved - start) * way > 0
    assert abs(reach.share(moved) - reach.share(start)) < 0.06
    assert desk.base == Look(**{name: start}).model_copy(update={name: moved})
    press(desk, *[key] * 60)
    assert getattr(desk.base, name) == (reach.low if way < 0 else reach.high)


@pytest.mark.parametrize(("down", "up"), [("[", "]"), ("9", "0"), ("3", "4"), ("5", "6"), (",", "."), ("-", "=")])
def test_there_and_back_is_where_it_was(desk, down, up):
    name = NUDGES[up][0]
    press(desk, *[up] * 3, *[down] * 3)
    before = getattr(Look(), name)
    assert getattr(desk.base, name) == (0 if before == 0 else pytest.approx(before, rel=1e-4))


@pytest.mark.parametrize(("down", "up"), [("3", "4"), ("5", "6"), (",", ".")])
@pytest.mark.parametrize("presses", [1, 7, 40])
def test_what_turns_both_ways_can_be_brought_to_rest(desk, down, up, presses):
    """Also from the end of its way, which is no whole number of presses from the middle: exactly 0, no creeping."""
    name = NUDGES[up][0]
    desk.set(name, 0, "a test")
    for there, back in ((down, up), (up, down)):
        press(desk, *[there] * presses)
        for _ in range(presses):
            if getattr(desk.base, name) == 0:
                break
            press(desk, back)
        assert getattr(desk.base, name) == 0


def test_people_dream_too_are_kept_or_dream_alone_in_turn(desk):
    told = []
    for _ in range(4):
        KEYS["y"].press(desk)
        told.append(desk.base.subject)
    assert told == ["keep", "dream", "off", "keep"]


def test_palettes_go_round_and_a_picture_s_is_left_for_the_first(desk):
    press(desk, "c")
    assert desk.base.palette == PALETTES[1]
    press(desk, *["c"] * (len(PALETTES) - 1))
    assert desk.base.palette == Look().palette == PALETTES[0]
    desk.set("palette", "flowers.jpg", "a test")
    press(desk, "c")
    assert desk.base.palette == PALETTES[0]


def test_presets_go_round(desk):
    names, seen = preset_names(), []
    for _ in names:
        press(desk, ">")
        seen.append(desk.preset)
        assert desk.base == settle(read_preset(desk.preset), "a test")[0]
    assert sorted(seen) == names and desk.preset == DEFAULT_PRESET
    at = names.index(DEFAULT_PRESET)
    assert seen[0] == names[(at + 1) % len(names)]
    press(desk, "<")
    assert desk.preset == names[at - 1]


def test_presets_are_gone_through_while_one_waits_for_the_beat(desk):
    place = [0.5]
    desk.follow(lambda: place[0])
    press(desk, "w", ">", ">", "<", ">")
    names = preset_names()
    assert desk.preset == DEFAULT_PRESET
    place[0] = 1.0
    desk.look()
    assert desk.preset == names[(names.index(DEFAULT_PRESET) + 2) % len(names)]


@pytest.mark.parametrize("key", ["<", ">"])
def test_from_a_preset_of_ones_own_the_list_is_entered(key, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("rate = 2.0\n")
    desk = Desk(Look(rate=2.0), preset=str(own))
    press(desk, key)
    assert desk.preset == preset_names()[0]


def test_backspace_goes_back_to_the_preset(desk, tmp_path):
    desk.load("loops", "a test")
    before = desk.base
    press(desk, "]", "]", "=", ".")
    assert desk.base != before
    press(desk, "backspace")
    assert desk.base == before and desk.preset == "loops"
    own = tmp_path / "own.toml"
    own.write_text("rate = 2.0\n")
    desk.load(str(own), "a test")
    press(desk, "]", "backspace")
    assert desk.base == Look(rate=2.0)


def test_the_next_channel_and_the_one_before(desk):
    press(desk, "}")
    assert desk.base.channel == "mixed5:75"
    press(desk, "{", "{")
    assert desk.base.channel == "mixed5:73"
    desk.set("channel", "mixed5:0", "a test")
    press(desk, "{")
    assert desk.base.channel == "mixed5:0"
    desk.set("channel", "mixed5:7^2", "a test")
    press(desk, "}")
    assert desk.base.channel == "mixed5:8^2"
    desk.set("channel", "mixed5^2", "a test")
    with pytest.raises(UserError, match="is not one channel, so there is no next"):
        press(desk, "{")
    desk.set("channel", "0.7*mixed3:10 + 0.3*mixed5:74", "a test")
    with pytest.raises(UserError, match="is not one channel, so there is no next"):
        press(desk, "}")


def test_beyond_the_last_channel_is_said():
    def check(look):
        if look.channel == "mixed5:768":
            raise UserError("mixed5 has channels 0 to 767")

    desk = Desk(Look(channel="mixed5:767"), check)
    with pytest.raises(UserError, match="0 to 767"):
        press(desk, "}")
    assert desk.base.channel == "mixed5:767"


def test_the_help_names_every_key_and_its_meaning_once():
    lines = help_lines()
    cells = [cell for line in lines for cell in line.split("\t")]
    named = list(zip(cells[::2], cells[1::2]))
    keys = [(NAMES.get(key, key), bound.meaning) for key, bound in KEYS.items() if bound.listed]
    assert sorted(named) == sorted([*keys, *TOGETHER.items()])
    listed = {bound.meaning for bound in KEYS.values() if bound.listed}
    for bound in KEYS.values():  # those that are not listed are there by another key, or several as one
        assert bound.meaning in listed or bound.meaning.rstrip("12345678") in TOGETHER_MEAN
    assert len(lines) <= 16  # that fit into a small window


def test_the_short_help_is_true():
    for part in SHORT.split("   "):
        name, _, meaning = part.partition(" ")
        bound = KEYS[{"space": " "}.get(name, name)]
        assert bound.meaning.startswith(meaning) or (name, meaning) == ("?", "all keys")


def test_presets_are_laid_over_one_after_another_and_taken_off():
    desk, seen = Desk(Look()), []
    for _ in range(3):
        press(desk, "o")
        seen.append(desk.base.layer_channel)
    assert len(set(seen)) == 3 and desk.preset == DEFAULT_PRESET and desk.base.channel == Look().channel
    press(desk, "O")
    assert desk.base.layer_channel == ""
