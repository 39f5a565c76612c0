"""The score: what was written is what is played, at every moment, wherever it is asked."""

import math
import pickle
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from moving import Moving

from kaleidocam.control.desk import Desk
from kaleidocam.control.recorder import Recorder
from kaleidocam.dream.morph import Morph
from kaleidocam.errors import UserError
from kaleidocam.film.moments import Moments
from kaleidocam.film.score import Score, begin_at
from kaleidocam.film.score_file import needs_beats, read_score
from kaleidocam.film.sound_drivers import SoundDrivers
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.modulation import DRIVERS
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import read_preset
from kaleidocam.settings.ranges import span
from kaleidocam.settings.values import settle
from kaleidocam.sinks.film import Film
from kaleidocam.sources.video import Video

DOCS = Path(__file__).parents[2] / "docs" / "scores"
EXAMPLES = [
    *re.findall(r"```toml\n(.*?)```", (DOCS / "README.md").read_text(), re.S),
    *(path.read_text() for path in sorted(DOCS.glob("*.toml"))),
]
# Ten seconds at 25 frames a second, three shots, a beat every half second from 0.25 on.
FILM = Moments(
    frames=tuple(i / 25 for i in range(250)),
    shots=(0.0, 3.2, 7.0),
    beats=tuple(0.25 + i / 2 for i in range(19)),
    end=10.0,
)
SIZE = (480, 270)  # of its pictures


@pytest.fixture
def score(tmp_path):
    """Reads a text as a score."""

    def read(text, base=Look(), moments=FILM, **more):
        path = tmp_path / "score.toml"
        path.write_text(text, encoding="utf-8")
        return read_score(str(path), base, moments, **more)

    return read


def change(at, **values):
    lines = [f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}" for name, value in values.items()]
    return "\n".join(["[[change]]", f'at = "{at}"' if isinstance(at, str) else f"at = {at}", *lines, ""])


def test_a_look_alone_is_a_score():
    look = Look(strength=0.3)
    assert Score(look).look(0) == Score(look).look(99) == look and Score(look).all_channels() == ["mixed5:74"]


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        (4, 4),
        (0.5, 0.5),
        ("4", 4),
        ("4.5s", 4.5),
        ("1:02.5", 62.5),
        ("1:00:01", 3601),
        ("120f", 4.8),
        ("0f", 0),
        ("shot 1", 0),
        ("shot 3", 7),
        ("beat 1", 0.25),
        ("beat 16", 7.75),
        ("beat 2.5", 1),
        ("end", 10),
        ("end - 5", 5),
        ("shot 3 + 1.5", 8.5),
        ("shot 2 - 5f", 3.0),
        ("beat 3 + 2 beats", 2.25),
        ("end - 1 beat", 9.5),
        ("120f + 1:01", 65.8),
        (" shot 3+1.5 ", 8.5),
        ("beat 1 - 0.5 beats", 0.0),
        ("249f + 25f", 10.96),
        (12, 12),
    ],
)
def test_moments_as_people_say_them(at, seconds):
    assert FILM.at(at) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("at", "what"),
    [
        (-1, "'-1'; allowed is seconds, or a text such as"),
        (True, "'True'; allowed is"),
        (float("nan"), "allowed is"),
        (float("inf"), "allowed is"),
        ("soon", "'soon'; allowed is"),
        ("-1", "allowed is"),
        ("", "allowed is"),
        ("end - 5 - 3", "allowed is"),
        ("4 beats", "allowed is"),
        ("shot 9", "shot 9, but the film has 3 shots, 1 to 3"),
        ("shot 0", "1 to 3"),
        ("shot 1.5", "shot 1.5; allowed is a whole number"),
        ("beat 20", "the sound has 19 beats"),
        ("250f", "frame 250, but the film has 250 frames, 0 to 249"),
        ("2.5f", "whole number"),
        ([4], "allowed is"),
        ("end - 11", "which is 1 s before the start of the film"),
        ("end - 2 shots", "not a duration"),
        ("end - x", "'x'; allowed is"),
        ("1:75", "'1:75'; allowed is seconds, m:ss or h:mm:ss, with minutes and seconds below 60"),
        ("shot 2 + 1:90", "'1:90'; allowed is seconds, m:ss or h:mm:ss"),
    ],
)
def test_what_is_no_moment_is_said(at, what):
    with pytest.raises(UserError, match=re.escape(what)):
        FILM.at(at)


def test_a_film_without_beats_or_pace():
    still = Moments(frames=(0.0,), shots=(0.0,), end=0.04)
    for at, what in (("beat 1", "the sound has no beats"), ("end + 1 beat", "has no beats"), ("0f + 1f", "1 frame")):
        with pytest.raises(UserError, match=what):
            still.at(at)


def test_moments_by_the_clock_of_the_source():
    moments = Moments.by_clock([5.0, 5.5, 6.0, 6.5], [5.0, 6.0], [5.25, 6.25])
    assert moments == Moments(frames=(0.0, 0.5, 1.0, 1.5), shots=(0.0, 1.0), beats=(0.25, 1.25), end=2.0)
    assert Moments.by_clock([3.0], [3.0]).end == 0


def test_lengths_of_unsteady_frames_and_beats_follow_them():
    moments = Moments(frames=(0.0, 1.0, 1.5, 4.0), shots=(0.0,), beats=(1.0, 2.0, 4.0), end=5.0)
    assert moments.at("1f + 2f") == 4.0 and moments.at("end - 1f") == pytest.approx(3.375)
    assert moments.at("beat 1.5 + 1 beat") == 3.0 and moments.at("beat 3 + 2 beats") == 7.0


def test_a_change_without_over_is_at_once_and_lasts(score):
    played = score(change(4, strength=0.5, fold="before") + change("shot 3", strength=0.25))
    assert [played.look(t).strength for t in (0, 3.9, 4, 6.9, 7, 99)] == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert [played.look(t).fold for t in (3.9, 4, 99)] == ["after", "before", "before"]


@pytest.mark.parametrize(
    ("ease", "quarter", "half"),
    [
        ("linear", 0.25, 0.5),
        ("smooth", 0.15625, 0.5),
        ("in", 0.0625, 0.25),
        ("out", 0.4375, 0.75),
        ("hold", 0, 0),
        (None, 0.15625, 0.5),
    ],
)
def test_the_eases(score, ease, quarter, half):
    played = score(change(2, strength=2, over=4, **({"ease": ease} if ease else {})), Look(strength=1))
    values = [played.look(t).strength - 1 for t in (0, 2, 3, 4, 6, 7)]
    assert values == pytest.approx([0, 0, quarter, half, 1, 1], abs=1e-12)


def test_over_in_frames_and_beats(score):
    played = score(
        change("beat 1", strength=2, over="4 beats", ease="linear") + change(5, rate=2, over="50f", ease="linear"),
        Look(strength=1, rate=1),
    )
    assert played.look(1.25).strength == pytest.approx(1.5) and played.look(2.25).strength == 2
    assert played.look(6).rate == pytest.approx(1.5) and played.look(7).rate == 2


def test_a_later_change_goes_on_from_where_it_is(score):
    """Whatever the order in the file; and what is not named goes on as it went."""
    texts = [change(0, strength=1, rate=10, over=10, ease="linear"), change(5, strength=0, over=2, ease="linear")]
    for text in ("".join(texts), "".join(reversed(texts))):
        played = score(text, Look(strength=0, rate=0))
        assert [played.look(t).strength for t in (2.5, 5, 6, 7, 10)] == pytest.approx([0.25, 0.5, 0.25, 0, 0])
        assert played.look(7.5).rate == pytest.approx(7.5)


def test_of_two_at_the_same_moment_the_later_counts(score):
    assert score(change(1, strength=0.5) + change(1, strength=0.7)).look(1).strength == 0.7


def test_whole_numbers_stay_whole_and_choices_wait_for_nothing(score):
    played = score(change(0, mirrors=10, geometry="quad", grid="640x360", over=10, ease="linear"))
    looks = [played.look(t / 4) for t in range(41)]
    assert all(type(look.mirrors) is int for look in looks) and {look.mirrors for look in looks} == set(range(11))
    assert looks[0].geometry == "quad" and looks[0].grid == (640, 360)
    assert all(settle(look.model_dump(), "a test")[0] == look for look in looks)


def test_frame_times_that_a_container_rounded_are_still_in_time(score):
    played = score(change(1 / 3, strength=0.5))
    assert played.look(0.333).strength == 0.5 and played.look(0.331).strength == 1


def test_a_channel_with_over_fades_for_that_time_alone(score):
    played = score(change(2, channel="mixed4:7", over=5) + change(8, channel="mixed4:8"), Look(morph=1))
    assert [(look.channel, look.morph) for look in map(played.look, (1, 3, 9))] == [
        ("mixed5:74", 1),
        ("mixed4:7", 5),
        ("mixed4:8", 1),
    ]
    assert played.all_channels() == ["mixed5:74", "mixed4:7", "mixed4:8"]


def test_a_preset_to_begin_with_and_one_to_go_to(score):
    base = Look(strength=0.1, grid=(640, 360), detail=2, half_life=9)
    played = score('preset = "agate"\n' + change(5, preset="tunnel", strength=0.5, over=2), base)
    agate, tunnel = (settle(read_preset(name), "a test")[0] for name in ("agate", "tunnel"))
    assert played.look(0) == agate
    assert played.look(8) == tunnel.model_copy(update={"strength": 0.5, "morph": 2})
    assert agate.half_life != tunnel.half_life
    assert min(agate.half_life, tunnel.half_life) < played.look(6).half_life < max(agate.half_life, tunnel.half_life)
    later = score(change(5, preset="tunnel"), base).look(6)
    assert (later.grid, later.detail) == ((640, 360), 2)


def test_presets_are_laid_over_looks(score):
    feathers = read_preset("feathers")
    laid = score(
        'preset = "eyes"\nlayer = "feathers"\n[[change]]\nat = 2\nlayer = "eyes"\nlayer_amount = 0.5\nover = 4\n'
        '[[change]]\nat = 8\nlayer = ""\n'
    )
    first, middle, last = (laid.look(seconds) for seconds in (1, 7, 9))
    assert (first.channel, first.layer_channel) == (read_preset("eyes")["channel"], feathers["channel"])
    assert (middle.layer_channel, middle.layer_amount) == (first.channel, 0.5)
    assert (last.channel, last.layer_channel) == (first.channel, "")
    assert [laid.look(seconds).morph for seconds in (1, 3, 9)] == [Look().morph, 4.0, Look().morph]
    assert laid.all_channels() == [first.channel, feathers["channel"]]


def test_a_preset_to_go_to_may_bring_a_layer_and_takes_away_another(score):
    laid = score(
        'layer = "feathers"\n[[change]]\nat = 2\npreset = "eyes"\nlayer = "scales"\n[[change]]\nat = 4\npreset = "eyes"'
    )
    scales = read_preset("scales")["channel"]
    assert [laid.look(at).layer_channel for at in (1, 3, 5)] == [read_preset("feathers")["channel"], scales, ""]


def test_a_flag_for_the_layer_overrules_the_score(score):
    laid = score('layer = "feathers"\n[[change]]\nat = 2\nlayer = "scales"', fixed={"layer_channel": "mixed3:1"})
    assert {laid.look(at).layer_channel for at in (1, 3)} == {"mixed3:1"}


def test_a_grid_is_pinned_and_let_go_again(score):
    played = score(change(1, grid="200x100") + change(2, grid="auto") + change(3, detail=2, over=1, ease="linear"))
    assert [played.look(at).grid for at in (0, 1.5, 2.5)] == [None, (200, 100), None]
    assert [played.look(at).detail for at in (3, 3.5, 4)] == [1, 1.5, 2]
    assert score('[keys]\ngrid = [[0, "200x100"], [1, "auto"]]').look(2).grid is None
    assert score(change(0, grid="200x100"), fixed={"grid": None}).look(1).grid is None


def test_a_flag_overrules_the_score(score):
    text = 'preset = "agate"\n[journey]\nchannels = ["mixed4:7"]\nevery = 2\nmorph = 1\n' + change(
        0, grid="200x100", strength=0.5, rate=3
    )
    played = score(text, fixed={"grid": (640, 360), "rate": 1.0, "channel": "mixed3:1", "morph": 9.0, "crf": 20})
    look = played.look(5)
    assert (look.grid, look.rate, look.channel, look.morph, look.strength) == ((640, 360), 1, "mixed3:1", 9, 0.5)
    assert played.all_channels() == ["mixed3:1"]
    look = score(text, fixed={"morph": 9.0}).look(5)
    assert (look.channel, look.morph) == ("mixed4:7", 9)


def test_the_channels_that_are_played_and_no_others(score):
    """Not what it would have begun with; in the order of their first time."""
    text = change(5, channel="mixed4:3") + change(0, channel="mixed4:9") + change(5, channel="mixed4:1")
    assert score(text + change(7, channel="mixed4:9")).all_channels() == ["mixed4:9", "mixed4:1"]


COSTLY = {
    "alone": ("", {}),
    "later, for a while": (change(4, steps=9) + change(4.1, steps=1), {"steps": 9}),
    "in different moments": (
        change(1, steps=9) + change(2, steps=1, grid="640x360", cadence=60),
        {"steps": 9, "grid": (640, 360), "cadence": 60},
    ),
    "a large grid is not a wide one": (change(0, grid="400x300") + change(2, grid="500x100"), {"grid": (400, 300)}),
    "pinned, then finer by itself": (change(1, grid="400x300") + change(2, grid="auto"), {}),
    "more detail for a while": (change(1, detail=2, over=1) + change(3, detail=0.5), {"detail": 2}),
    "detail, where no grid is pinned": (change(1, detail=1.5) + change(2, grid="400x300"), {"detail": 1.5}),
    "driven detail": (
        change(3, modulate="detail + 0.5*beat"),
        {"detail": span("detail").value(span("detail").share(1) + 0.5)},
    ),
    "never that much": (change(1, steps=16) + change(1, steps=2), {}),
    "on the way up": (change(1, steps=16, over=99), {"steps": 16}),
    "on the way down from what it began with": (change(0, steps=1, over=5), {}),
    "from there too": ("[keys]\nsteps = [[0, 12], [9, 1]]", {"steps": 12}),
    "driven": (change(3, modulate="steps + 0.2*beat, cadence - 0.5*level"), {"steps": 6}),
    "driven by two": (change(3, modulate="steps + 0.2*beat, steps + 0.2*level"), {"steps": 9}),
    "a drive that lowers": (change(3, modulate="steps - 0.2*beat"), {}),
}


@pytest.mark.parametrize(("text", "most"), COSTLY.values(), ids=COSTLY)
def test_the_costliest_look_is_beyond_none_that_is_played(score, text, most):
    base = Look(steps=3)
    played = score(text, base)
    driven = Score(played.base, played.tracks, drivers=lambda seconds: dict.fromkeys(DRIVERS, 1.0))
    costliest = played.costliest(SIZE)
    wanted = base.model_copy(update=most)
    assert (costliest.grid, costliest.steps, costliest.cadence) == (grid_of(wanted, SIZE), wanted.steps, wanted.cadence)
    for look in (one.look(t / 25) for t in range(250) for one in (played, driven)):
        assert math.prod(grid_of(look, SIZE)) <= math.prod(costliest.grid)
        assert look.steps <= costliest.steps and look.cadence <= costliest.cadence


def test_channels_under_other_names_play_at_the_same_times(score):
    played = score('[journey]\nchannels = ["mixed4:1", "mixed4:2"]\nevery = 3' + "\n" + change(5, strength=0.5))
    other = played.renamed({"channel": lambda channel: channel.replace("mixed4", "mixed3")})
    for at in range(100):
        look = played.look(at / 10)
        assert other.look(at / 10) == look.model_copy(update={"channel": look.channel.replace("mixed4", "mixed3")})
    assert Score(Look(channel="mixed4:1")).renamed({"channel": str.upper}).look(3).channel == "MIXED4:1"


def test_keys(score):
    played = score(
        '[keys]\nstrength = [[2, 0.2], [4, 1.2, "linear"], ["shot 3", 0.2, "linear"]]\n'
        'fold = [[1, "before"], [5, "inside"]]\nmirrors = [[0, 2], [8, 6]]'
    )
    values = [played.look(t).strength for t in (0, 2, 3, 4, 5.5, 7, 9)]
    assert values == pytest.approx([0.2, 0.2, 0.7, 1.2, 0.7, 0.2, 0.2])
    assert [played.look(t).fold for t in (0, 4.9, 5)] == ["before", "before", "inside"]
    assert [played.look(t).mirrors for t in (0, 4, 8)] == [2, 4, 6]


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("3", (0, 3, 6, 9)),
        ("4.5", (0, 4.5, 9)),
        ('"100f"', (0, 4, 8)),
        ('"1 shot"', (0, 3.2, 7)),
        ('"2 shots"', (0, 7)),
        ('"4 beats"', (0, 2.25, 4.25, 6.25, 8.25)),
        ('"0:05"', (0, 5)),
        ('3\nfrom = "shot 2"', (3.2, 6.2, 9.2)),
        ('"1 shot"\nfrom = 4', (4, 7)),
        ('"4 beats"\nfrom = "beat 3"', (1.25, 3.25, 5.25, 7.25, 9.25)),
        ("3\nuntil = 6", (0, 3)),
        ("99", (0,)),
    ],
)
def test_a_journey_changes_when_it_should(score, every, starts):
    played = score(f'[journey]\nchannels = ["mixed4:1", "mixed4:2", "mixed4:3"]\nevery = {every}', Look(morph=3))
    numbers = [played.look(t / 100).channel for t in range(1000)]
    changes = [t for t in range(1000) if t == 0 or numbers[t] != numbers[t - 1]]
    before = [] if starts[0] == 0 else ["mixed5:74"]
    assert [t / 100 for t in changes] == [*(0 for _ in before), *starts]
    assert [numbers[t] for t in changes] == [*before, *(f"mixed4:{1 + i % 3}" for i in range(len(starts)))]
    assert {played.look(t).morph for t in range(10)} == {3}


def test_a_journeys_morph_and_a_change_on_its_way(score):
    played = score(
        '[journey]\nchannels = ["mixed4:1", "mixed4:2^2"]\nevery = 4\nmorph = "2 beats"\n'
        + change(5, channel="mixed3:9", over=0.5)
    )
    looks = [(look.channel, pytest.approx(look.morph)) for look in map(played.look, (0, 4, 5, 7.9, 8))]
    assert looks == [("mixed4:1", 1), ("mixed4:2^2", 1), ("mixed3:9", 0.5), ("mixed3:9", 0.5), ("mixed4:1", 1)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("strength = 1", "strength must be in a [[change]], such as one with at = 0"),
        (
            "jurney = 1",
            "no part 'jurney'; there are preset, layer, film, journey, keys, change; did you mean 'journey'?",
        ),
        ("[change]\nat = 1", "change must be any number of tables, each under [[change]]"),
        ("change = [1]", "change must be any"),
        ("preset = 3", "preset must be the name or file"),
        ('preset = "tunel"', "no preset 'tunel'"),
        ("x = ", "can't be read: "),
        (change(1, rate=1) + change(2, strenght=1), "change 2: no parameter 'strenght'; did you mean 'strength'?"),
        ("[[change]]\nstrength = 1", "change 1: at is missing"),
        (change("shot 9", rate=1), "at is shot 9, but the film"),
        (change(1, strength=3), "change 1: strength is '3'; allowed is 0 to 2"),
        (change(1, strength="much"), "strength is 'much'"),
        (change(1, geometry="round"), "kaleidoscope or left or"),
        (change(1, crf=3), "crf belongs to a machine, not to a look; give it as a flag"),
        (change(1, channel="mixed5:9999"), "change 1: no channel 9999"),
        (change(1, modulate="rate + baet"), "did you mean 'beat'?"),
        (change(1, rate=1, over=-1), "over is '-1'; allowed is seconds, or a text such as"),
        (change(1, rate=1, over="2 shots"), "not a duration"),
        (change(1, rate=1, ease="in"), "ease is given without over"),
        (
            change(1, rate=1, over=1, ease="smoth"),
            "ease is 'smoth'; there are linear, smooth, in, out, hold; did you mean",
        ),
        (change(1, rate=1, over=1, ease=2), "ease is '2'"),
        (change(1, over=1), "over is given, but nothing changes"),
        (change(1, fold="before", over=1), "over is given, but fold can only change at once"),
        (change(1, preset="tunel"), "change 1: no preset 'tunel'"),
        (change(1, overr=1), "did you mean 'over'?"),
        (change(1, channel="mixed5:7", over=61), "over is 61 s; a change of channel takes 60 s at most"),
        ("[keys]\nrate = 1", "[keys]: rate is '1'; allowed is a list"),
        ("[keys]\nrate = []", "allowed is a list"),
        ("[keys]\nrate = [1]", "[keys], rate, key 1: '1'; allowed is [moment, value]"),
        ("[keys]\nrate = [[1, 1], [1, 2]]", "key 2: 1 s is not after the previous key, which is at 1 s"),
        ("[keys]\nrait = [[1, 1]]", "no parameter 'rait'"),
        ("[keys]\nrate = [[1, 1, 'x']]", "ease is 'x'"),
        ("[keys]\nrate = [['x', 1]]", "[keys], rate, key 1: at is 'x'"),
        ("[keys]\nrate = [[0, 11]]", "rate is '11'"),
        ("[journey]\nevery = 1", "[journey]: channels must be a list"),
        ("[journey]\nchannels = ['mixed5']", "every is missing"),
        ("[journey]\nchannels = ['mixed5']\nevery = 0", "every is '0'; allowed is 0.05 s"),
        ("[journey]\nchannels = ['mixed5']\nevery = '1.5 beats'", "every is '1.5 beats'; allowed is a whole number"),
        ("[journey]\nchannels = ['mixed5:9999']\nevery = 1", "[journey]: no channel 9999 in mixed5"),
        ("[journey]\nchannels = [3]\nevery = 1", "channel is '3'; allowed is text"),
        ("[journey]\nchannels = ['mixed5']\nevery = 1\nmorf = 1", "no 'morf'; there are channels, every, morph, from,"),
        ("[journey]\nchannels = ['mixed5']\nevery = 1\nmorph = 70", "morph is 70 s"),
        (
            "[journey]\nchannels = ['mixed5']\nevery = 1\nfrom = 5\nuntil = 5",
            "until is 5 s; allowed is a moment after the start",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(score, text, what):
    with pytest.raises(UserError) as raised:
        score(text)
    said = str(raised.value)
    assert said.startswith("score '") and "score.toml'" in said and "\n" not in said
    assert what in said


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('layer = "fethers"', "no preset 'fethers'"),
        ("layer = 3", "layer must be the name or file of the preset that is laid over the first look"),
        ('[[change]]\nat = 1\nlayer = "fethers"', "change 1: layer: no preset 'fethers'"),
        ("[[change]]\nat = 1\nlayer = 3", "change 1: layer: layer is '3'; allowed is the name of a preset"),
        ('[[change]]\nat = 1\nlayer_channel = "mixed5:"', "change 1: "),
        ('[keys]\nlayer = [[0, "feathers"]]', "layer is not one parameter; give it in a [[change]]"),
        ('[keys]\npreset = [[0, "eyes"]]', "preset is not one parameter; give it in a [[change]]"),
    ],
)
def test_a_layer_that_is_wrong_is_said_in_one_line(score, text, what):
    with pytest.raises(UserError) as raised:
        score(text)
    assert what in str(raised.value) and "\n" not in str(raised.value)


def test_a_file_that_is_no_score_is_said(tmp_path):
    with pytest.raises(UserError, match="no score '.*none.toml'; give the path of a .toml file"):
        read_score(str(tmp_path / "none.toml"), Look(), FILM)
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(UserError, match="bytes.toml' can't be read"):
        needs_beats(str(tmp_path / "bytes.toml"))


@pytest.mark.parametrize(
    ("text", "beats"),
    [
        (change("beat 3", rate=1), True),
        (change(3, rate=1, over="2 beats"), True),
        (change(3, rate=1), False),
        ('[keys]\nrate = [[0, 1], ["beat 4", 2]]', True),
        ("[keys]\nrate = [[0, 1]]", False),
        ('[journey]\nchannels = ["mixed5:1"]\nevery = "16 beats"', True),
        ('film = "beat.mkv"', False),
        (change(0, modulate="strength + 0.3*beat"), False),
        ("", False),
    ],
)
def test_whether_beats_must_be_found(tmp_path, text, beats):
    (tmp_path / "score.toml").write_text(text)
    assert needs_beats(str(tmp_path / "score.toml")) is beats


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_plays(score, text):
    played = score(text)
    looks = [played.look(t / 25) for t in range(250)]
    assert len({str(look) for look in looks}) > 1 and len(EXAMPLES) > 3
    for look in looks[::10]:
        assert settle(look.model_dump(), "a test")[0] == look


def test_beat_and_sound_move_it_as_they_do_live(score):
    desk = Desk(Look(modulate="strength + 0.5*beat, rate - 0.2*bass", strength=0.3))
    desk.drivers.feed("beat", lambda: 0.4)
    desk.drivers.feed("bass", lambda: 0.9)
    played = score(change(5, modulate="luma + treble"), desk.base)
    assert played.wanted_drivers() == {"beat", "bass", "treble"} and played.look(1) == desk.base
    driven = Score(played.base, played.tracks, drivers=lambda seconds: desk.drivers.now())
    assert driven.look(1) == desk.look() != desk.base
    assert driven.look(6).strength == 0.3


def test_what_was_recorded_is_played_again_on_its_film(tmp_path):
    """Through real files: every frame of the recording has the look that it was performed with."""
    desk, path, played = Desk(Look(channel="mixed4:7", strength=0.3)), str(tmp_path / "show.mkv"), []
    desk.drivers.feed("beat", lambda: len(played) % 5 / 5)
    with Film(path, size=(160, 96), fps=30) as film, Recorder(film, path) as recorder:
        for i, frame in enumerate(iter(Moving(60, times=[1000 + i / 29.97 for i in range(60)]).read, None)):
            if i == 10:
                desk.set_all({"strength": 0.7, "grid": "200x120"}, "a test")
            if i == 15:
                desk.set_all({"detail": 1.7, "grid": "auto"}, "a test")
            if i == 20:
                desk.set_all({"modulate": "rate + 0.2*beat", "channel": "mixed3:10 + 0.5*mixed5:74"}, "a test")
            if i == 45:
                desk.set_all({"mirrors": 6}, "a test", preset="agate")
            played.append(desk.look())
            recorder(frame, played[-1])
    with Video(path) as video:
        times = [frame.seconds for frame in iter(video.read, None)]
    moments = Moments.by_clock(times, times[:1])
    again = read_score(str(tmp_path / "show.toml"), Look(modulate="rate + level", strength=2), moments)
    assert len(times) == 60 and again.wanted_drivers() == set()
    for at, look in zip(moments.frames, played, strict=True):
        now = again.look(at)
        for name, value in look:
            if name != "modulate":
                assert getattr(now, name) == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)


def test_a_dream_that_wandered_while_it_was_recorded_does_not_wander_again(tmp_path):
    class NoFilm:
        def write(self, frame):
            pass

    now, played = [0.0], []
    desk = Desk(Look(channel="mixed4:245", wander=1, wander_seconds=2), clock=lambda: now[0])
    with Recorder(NoFilm(), str(tmp_path / "show.mkv")) as recorder:
        for frame in iter(Moving(40, fps=10).read, None):
            now[0] = 7 + frame.seconds  # it was performed for a while before
            played.append(desk.look())
            recorder(frame, played[-1])
    times = [i / 10 for i in range(40)]
    again = read_score(str(tmp_path / "show.toml"), Look(wander=1), Moments.by_clock(times, times[:1]))
    for at, look in zip(times, played, strict=True):
        found = again.look(at)
        assert (found.channel, found.tilt) == (look.channel, pytest.approx(look.tilt, abs=1e-6))


@pytest.mark.parametrize("how", ["normal", "screen"])
def test_a_fade_of_two_dreams_that_was_recorded_is_played_again(tmp_path, how):
    class NoFilm:
        def write(self, frame):
            pass

    desk, played = Desk(settle(read_preset("eyes"), "a test")[0]), []
    desk.ask("store-a", "a test")
    desk.load("feathers", "a test")
    desk.ask("store-b", "a test")
    desk.set("crossfade_as", how, "a test")
    with Recorder(NoFilm(), str(tmp_path / "show.mkv")) as recorder:
        for i, frame in enumerate(iter(Moving(21, fps=20).read, None)):
            desk.set("crossfade", i / 20, "a test")
            played.append(desk.look())
            recorder(frame, played[-1])
    assert [look.layer_channel == played[-1].channel for look in played] == [False, *[True] * 19, False]
    times = [i / 20 for i in range(21)]
    again = read_score(str(tmp_path / "show.toml"), Look(), Moments.by_clock(times, times[:1]))
    for at, look in zip(times, played, strict=True):
        now = again.look(at)
        assert now.layer_amount == pytest.approx(look.layer_amount, abs=1e-6)
        for name in ("channel", "palette", "layer_channel", "layer_palette", "layer_blend", "layer_mirrors"):
            assert getattr(now, name) == getattr(look, name)


@pytest.mark.slow
def test_a_long_performance_is_read_and_played_quickly(tmp_path):
    values = np.random.default_rng(0).random((50_000, 2)).round(6)
    text = ['film = "show.mkv"\n'] + [
        f"\n[[change]]\nat = {i / 30:.6f}\nstrength = {a:.6f}\nrate = {b:.6f}\n" for i, (a, b) in enumerate(values)
    ]
    (tmp_path / "show.toml").write_text("".join(text))
    before = time.process_time()
    played = read_score(str(tmp_path / "show.toml"), Look(), Moments((0.0, 1 / 30), (0.0,), end=1667.0))
    read, before = time.process_time() - before, time.process_time()
    looks = [played.look(i / 30) for i in range(0, 50_000, 5)]
    asked = (time.process_time() - before) / len(looks)
    assert [look.strength for look in looks] == values[::5, 0].tolist()
    assert read < 10 and asked < 100e-6


@pytest.mark.slow
def test_it_is_the_same_in_any_order_and_process(score, tmp_path):
    played = score(EXAMPLES[-1] + change(3, modulate="strength + 0.4*beat"))
    played = Score(played.base, played.tracks, played.fades, SoundDrivers(beats=(1.0, 2.0, 3.5, 4.0)))
    moments = [i / 30 for i in range(300)]
    straight = {at: played.look(at) for at in moments}
    assert {at: played.look(at) for at in reversed(moments)} == straight
    (tmp_path / "score.pickle").write_bytes(pickle.dumps((played, straight)))
    elsewhere = (
        "import pickle, sys; played, there = pickle.load(open(sys.argv[1], 'rb'));"
        "sys.exit(any(played.look(at) != look for at, look in there.items()))"
    )
    subprocess.run([sys.executable, "-c", elsewhere, tmp_path / "score.pickle"], check=True)


def test_a_film_is_begun_in_the_midst_of_a_fade(score):
    """As a dream that ran there frame by frame stands; none of the channels before is built."""

    class Voice:
        value = 0.0

        def __init__(self, channel):
            made.append(channel)

        def __call__(self, image, seconds, look):
            return image

        def reset(self):
            pass

        def state(self):
            return {}

    made = []
    played = score('[journey]\nchannels = ["mixed4:1", "mixed4:2", "mixed4:3"]\nevery = 3\nmorph = 2')
    straight = Morph(Voice, "mixed4:1", background=False)
    for at in range(176):
        straight(np.zeros((8, 8, 3), np.float32), 1 / 25 if at else 0.0, played.look(at / 25))
    made.clear()
    begun = Morph(Voice, "mixed3:3", background=False)
    begin_at(begun, played, FILM.frames[:176])
    there, here = straight.state(), begun.state()
    assert (here["playing"], here["coming"]) == ("mixed4:2", "mixed4:3") and made == ["mixed3:3"]
    assert {name: here[name] for name in ("playing", "coming")} == {name: there[name] for name in ("playing", "coming")}
    assert here["faded"] == pytest.approx(there["faded"]) == pytest.approx(0.52, abs=0.021)
