"""The glide: numbers on their knobs' ways, valid at every moment; what can't glide has its own moment."""

import random

import pytest

from kaleidocam.control.glide import GLIDING, SIZES, Glide
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import span

START, SECONDS = 100.0, 4.0
BEFORE = Look(channel="mixed3:1", strength=0.2, half_life=0.02, tilt=-1, palette="prism", mirrors=0, detail=0.5)
AFTER = Look(channel="mixed5:9", strength=1.8, half_life=60, tilt=1, palette="scene", mirrors=8, detail=2.0, morph=9)


def look_at(share, before=BEFORE, after=AFTER):
    glide = Glide.between(before, after, START, SECONDS)
    return after.model_copy(update=glide.values(START + share * SECONDS))


def test_numbers_go_evenly_on_their_knobs_from_end_to_end():
    for name in ("strength", "half_life", "tilt", "morph"):
        knobs = [span(name).share(getattr(look_at(i / 8), name)) for i in range(9)]
        first, last = span(name).share(getattr(BEFORE, name)), span(name).share(getattr(AFTER, name))
        assert knobs == pytest.approx([first + (last - first) * i / 8 for i in range(9)])


def test_what_can_not_glide_changes_at_the_start_and_colors_in_the_middle():
    first, early, late = look_at(0.0), look_at(0.49), look_at(0.51)
    assert (first.channel, first.mirrors, first.detail) == ("mixed5:9", 8, 2.0)
    assert (early.palette, late.palette) == ("prism", "scene")


def test_at_the_end_it_is_the_other_look_to_the_last_digit():
    assert look_at(1.0) == look_at(5.0) == AFTER


def test_what_makes_other_sizes_of_pictures_never_glides():
    """Each size has to be made ready by the network first: a glide through a hundred would hold up the dream."""
    assert not set(SIZES) & set(GLIDING) and all(not span(name).whole for name in GLIDING)


def test_every_look_on_the_way_is_valid():
    rng = random.Random(4)
    for _ in range(40):
        ends = [Look(**{name: span(name).value(rng.choice([0, 1, rng.random()])) for name in GLIDING}) for _ in "ab"]
        for share in (0.0, 1e-9, rng.random(), 1 - 1e-9, 1.0):
            look = look_at(share, *ends)
            assert look == Look(**dict(look))


def test_a_hand_takes_a_parameter_out_of_it():
    glide = Glide.between(BEFORE, AFTER, START, SECONDS)
    rest = glide.without(["strength", "palette"]).values(START + 1)
    assert rest == {n: v for n, v in glide.values(START + 1).items() if n not in ("strength", "palette")}
    assert glide.morphs and not glide.without(["channel"]).morphs and not glide.without(["morph"]).morphs


def test_a_layer_that_comes_begins_as_it_is_to_be():
    after = AFTER.model_copy(update={"layer_channel": "mixed4:1", "layer_amount": 0.3, "layer_palette": "prism"})
    early = look_at(0.1, after=after)
    assert (early.layer_channel, early.layer_amount, early.layer_palette) == ("mixed4:1", 0.3, "prism")
    louder = after.model_copy(update={"layer_amount": 0.9, "layer_palette": "scene"})
    early, late = look_at(0.1, after, louder), look_at(0.9, after, louder)
    assert 0.3 < early.layer_amount < late.layer_amount < 0.9
    assert (early.layer_palette, late.layer_palette) == ("prism", "scene")


def test_a_layer_that_comes_alone_takes_as_long_as_the_glide():
    glide = Glide.between(BEFORE, BEFORE.model_copy(update={"layer_channel": "mixed4:1"}), START, SECONDS)
    assert glide.morphs and glide.without(["channel"]).morphs and not glide.without(["layer_channel"]).morphs
