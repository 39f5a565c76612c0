"""Beat and sound as drivers: what a mapping may say, and that a driver is always a number from 0 to 1."""

import re

import pytest

from kaleidocam.errors import UserError
from kaleidocam.settings.modulation import DRIVERS, Drivers, Modulation, parse
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import span


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  ", []),
        ("strength + 0.3*beat", [("strength", 0.3, "beat")]),
        ("strength+.3*beat,rate - 0.5 * bass", [("strength", 0.3, "beat"), ("rate", -0.5, "bass")]),
        ("spin + treble", [("spin", 1, "treble")]),
        ("half_life - level", [("half_life", -1, "level")]),
        ("luma + 2*mid , luma - 1.*mid", [("luma", 2, "mid"), ("luma", -1, "mid")]),
        (" \n mirrors + 0*beat ", [("mirrors", 0, "beat")]),
    ],
)
def test_a_mapping_is_read(text, terms):
    assert parse(text) == tuple(Modulation(*term) for term in terms)


def test_every_knob_and_every_driver_can_be_named():
    for name in Look.model_fields:
        for driver in DRIVERS if span(name) else ():
            assert parse(f"{name} + 0.5*{driver}") == (Modulation(name, 0.5, driver),)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nonsense", "'nonsense' can't be read: write it as"),
        ("strength", "can't be read"),
        (",", "can't be read"),
        ("strength + 0.3*beat,", "'' can't be read"),
        ("strength * beat", "can't be read"),
        ("+ beat", "can't be read"),
        ("strength + 0.3", "can't be read"),
        ("strength + -1*beat", "can't be read"),
        ("strength + 1e3*beat", "can't be read"),
        ("strength + 0.3*beat rate", "can't be read"),
        ("strength + 0.3*beat; rate + beat", "can't be read"),
        ("strength + nan*beat", "can't be read"),
        ("strenght + beat", "no knob 'strenght'; did you mean 'strength'?"),
        ("channel + beat", "no knob 'channel'"),
        ("grid + beat", "no knob 'grid'"),
        ("crf + beat", "no knob 'crf'"),
        ("__class__ + beat", "no knob '__class__'"),
        ("modulate + beat", "no knob 'modulate'"),
        ("strength + baet", "no driver 'baet'; the drivers are beat, level, bass,"),
        ("strength + 0.3*bas", "did you mean 'bass'?"),
        ("strength + rate", "no driver 'rate'"),
        ("strength + " + "9" * 400 + "*beat", "more than 10 times the knob's range"),
        ("strength - 10.5*beat", "'strength - 10.5*beat' is more than 10 times the knob's range"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, what):
    with pytest.raises(UserError) as raised:
        parse(text)
    said = str(raised.value)
    assert said.startswith(f"modulate is '{text}'; ") and "\n" not in said
    assert what in said


def test_with_nothing_feeding_it_a_driver_is_0():
    assert Drivers().now() == dict.fromkeys(DRIVERS, 0.0)


@pytest.mark.parametrize(
    ("given", "driven"),
    [
        (0.25, 0.25),
        (1, 1.0),
        (0, 0.0),
        (7.0, 1.0),
        (-3.0, 0.0),
        (float("inf"), 1.0),
        (float("-inf"), 0.0),
        (float("nan"), 0.0),
        (True, 1.0),
    ],
)
def test_a_driver_is_a_number_from_0_to_1(given, driven):
    drivers = Drivers()
    drivers.feed("level", lambda: given)
    now = drivers.now()
    assert now["level"] == driven and type(now["level"]) is float and re.fullmatch(r"\d.*", repr(now["level"]))
    assert [name for name, value in now.items() if name != "level" and value] == []


def test_whoever_feeds_last_drives():
    drivers = Drivers()
    drivers.feed("beat", lambda: 0.25)
    drivers.feed("bass", lambda: 0.5)
    drivers.feed("beat", lambda: 0.75)
    assert drivers.now() == dict.fromkeys(DRIVERS, 0.0) | {"beat": 0.75, "bass": 0.5}
