"""Surprises: always valid and calm, within the group's taste; what is locked stays; the seed decides."""

from random import Random

import pytest

from kaleidocam.atlas.book import curated
from kaleidocam.control.surprise import CALM, surprise
from kaleidocam.settings.parameters import PALETTES, Look
from kaleidocam.settings.presets import preset_groups, read_preset
from kaleidocam.settings.values import settle

TAGS = {each["name"]: set(each["tags"]) for each in curated()}
OF_THE_SHOW = ("grid", "detail", "morph", "modulate", "wet", "cadence")
PRESETS = [(group, name) for group, names in preset_groups().items() for name in names]


def usual(preset):
    return settle(read_preset(preset), "a test")[0]


def surprises(preset, count=25, look=None, locked=(), can_play=lambda look: True):
    look = look or usual(preset)
    for seed in range(count):
        yield look.model_copy(update=surprise(look, preset, locked, Random(seed), can_play))


@pytest.mark.parametrize(("group", "preset"), PRESETS)
def test_every_look_is_valid_calm_and_of_the_group(group, preset):
    presets = [usual(name) for name in preset_groups()[group]]
    tags = set().union(*(TAGS.get(look.channel, set()) for look in presets))
    before = usual(preset)
    for look in surprises(preset):
        assert look == Look(**dict(look)) and look.channel != before.channel
        assert TAGS[look.channel] & tags
        for name, (low, high) in CALM.items():
            assert low <= getattr(look, name) <= high
        assert abs(look.spin) <= 0.03 and abs(look.drift_zoom) <= 0.4 and abs(look.drift_turn) <= 0.03
        assert 0.8 <= look.strength <= 1.35 and 0.4 <= look.color <= 1.3 and look.palette in PALETTES
        if group == "mirrors":
            assert look.mirrors or look.geometry != "kaleidoscope"
        for name in OF_THE_SHOW:
            assert getattr(look, name) == getattr(before, name)


def test_it_depends_on_the_seed_alone_and_no_two_are_alike():
    first, again = list(surprises("eyes")), list(surprises("eyes"))
    assert first == again and len({look.channel for look in first}) > 15
    assert len({tuple(dict(look).values()) for look in first}) == len(first)


@pytest.mark.parametrize("name", ["channel", "strength", "palette", "mirrors", "geometry", "drift_zoom", "rate"])
def test_what_is_locked_stays(name):
    odd = {"channel": "mixed2:1", "strength": 0.1, "palette": "scene", "mirrors": 23, "geometry": "top"}
    look = usual("mandala").model_copy(update={name: odd.get(name, 1.9)})
    assert all(getattr(each, name) == getattr(look, name) for each in surprises("mandala", look=look, locked={name}))
    free = surprises("mandala", look=look)
    assert any(getattr(each, name) != getattr(look, name) for each in free)


def test_with_all_locked_nothing_changes():
    assert all(look == usual("eyes") for look in surprises("eyes", 5, locked=set(Look.model_fields)))


def test_a_look_of_ones_own_is_of_the_group_that_its_channel_is_like():
    look = Look(channel="mixed4:161")
    assert TAGS[look.channel] == {"buildings"}
    channels = {each.channel for each in surprises("my own", 40, look=look)}
    assert all(
        TAGS[channel] & {"buildings", "arcs", "eyes", "flowers", "folds", "fur", "knots", "lashes", "spirals"}
        for channel in channels
    )


def test_what_these_weights_have_not_is_not_played():
    only = [channel for channel in TAGS if channel.startswith("mixed3:")]
    assert {look.channel for look in surprises("eyes", 40, can_play=lambda look: look.channel in only)} <= {
        *only,
        usual("eyes").channel,
    }
    assert {look.channel for look in surprises("eyes", 5, can_play=lambda look: False)} == {usual("eyes").channel}


def test_what_lies_over_the_dream_stays():
    laid = {"layer_channel": "mixed3:2", "layer_blend": "screen", "layer_mirrors": 4, "subject_channel": "mixed4:1"}
    before = usual("eyes").model_copy(update=laid)
    for look in surprises("eyes", look=before):
        for name in Look.model_fields:
            if name.startswith(("layer_", "subject")):
                assert getattr(look, name) == getattr(before, name)
