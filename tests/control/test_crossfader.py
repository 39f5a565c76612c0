"""The crossfader: A and B themselves at the ends, names that do not flutter at the half."""

import pytest

from kaleidocam.control.crossfader import Crossfader
from kaleidocam.control.scene import Scene
from kaleidocam.settings.layering import layers_of
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import choices, span

A = Scene(Look(channel="mixed3:1", strength=0.2, half_life=0.5, mirrors=4, detail=0.5), "eyes")
B = Scene(Look(channel="mixed5:9", strength=1.8, half_life=30, mirrors=9, detail=2.0), "neon", frozenset({"detail"}))


def test_the_ends_are_a_and_b():
    assert (Crossfader().blend(A, B, 0), Crossfader().blend(A, B, 1)) == (A, B)


@pytest.mark.parametrize("name", ["strength", "half_life"])
def test_numbers_lie_between_by_their_knobs_curve(name):
    first, last = (span(name).share(getattr(side.look, name)) for side in (A, B))
    for share in (0.1, 0.5, 0.9):
        blend = Crossfader().blend(A, B, share).look
        assert span(name).share(getattr(blend, name)) == pytest.approx(first + (last - first) * share)
        assert blend == Look(**dict(blend))


def names(scene):
    return scene.look.channel, scene.look.mirrors, scene.look.detail, scene.preset, scene.by_hand


def test_what_can_not_be_blended_is_all_of_the_nearer_one():
    fader = Crossfader()
    assert [names(fader.blend(A, B, share)) == names(B) for share in (0.0, 0.3, 0.54, 0.56, 0.8, 1.0)] == [
        *[False] * 3,
        *[True] * 3,
    ]


def test_a_fader_at_the_half_does_not_flutter():
    for begin, stays in ((0.0, A), (1.0, B)):
        fader = Crossfader()
        fader.blend(A, B, begin)
        assert all(names(fader.blend(A, B, share)) == names(stays) for share in (0.49, 0.51, 0.48, 0.52, 0.5))


LAYERED = [how for how in choices("crossfade_as") if how != "morph"]


@pytest.mark.parametrize("how", LAYERED)
def test_as_a_blend_the_dream_of_b_is_laid_over_that_of_a(how):
    fader = Crossfader()
    assert (fader.blend(A, B, 0, how), fader.blend(A, B, 1, how)) == (A, B)
    for share in (0.01, 0.3, 0.5, 0.7, 0.99):
        look = fader.blend(A, B, share, how).look
        (layer,) = layers_of(look)
        assert look == Look(**dict(look))
        assert (look.channel, layer.channel, layer.mirrors, layer.blend) == ("mixed3:1", "mixed5:9", 9, how)
        assert layer.amount == pytest.approx(share if how == "normal" else 2 * share)
        morphed = Crossfader().blend(A, B, share).look
        assert (look.strength, look.half_life) == (morphed.strength, morphed.half_life)


@pytest.mark.parametrize("how", choices("crossfade_as"))
def test_a_layer_of_one_side_comes_and_goes_with_that_side(how):
    layered = Scene(A.look.model_copy(update={"layer_channel": "mixed4:1", "layer_amount": 0.8}), "eyes")
    for a, b, way in ((layered, B, 1), (B, layered, -1)):
        fader = Crossfader()
        looks = [fader.blend(a, b, share, how).look for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)][::way]
        amounts = [look.layer_amount for look in looks[:-1]]
        assert amounts == sorted(amounts, reverse=True) and amounts[0] == 0.8 and 0 < amounts[-1] < 0.25
        assert all(look.layer_channel == "mixed4:1" for look in looks[:-1]) and looks[-1].layer_channel == ""
