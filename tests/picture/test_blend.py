"""One dream over another: nothing where it has no share, wholly where it has all, and never weaker for being mixed."""

import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.picture.blend import BLENDS, blended

RNG = np.random.default_rng(5)
IMAGE = RNG.uniform(-1, 1, (8, 12, 3)).astype(np.float32)
BELOW, OVER = (RNG.normal(0, 0.4, IMAGE.shape).astype(np.float32) for _ in range(2))
EVERY = ["normal", *BLENDS]


@pytest.mark.parametrize("blend", EVERY)
def test_without_a_share_the_dream_below_stays(blend):
    share = np.zeros((8, 12, 1), np.float32)
    share[2:4] = 0.5
    mixed = blended(BELOW, OVER, IMAGE, share, blend)
    assert mixed.dtype == np.float32
    np.testing.assert_array_equal(mixed[4:], BELOW[4:])
    assert not np.allclose(mixed[2:4], BELOW[2:4])


def test_a_whole_share_is_the_dream_above():
    np.testing.assert_allclose(blended(BELOW, OVER, IMAGE, 1.0, "normal"), OVER, atol=1e-6)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_a_mix_of_two_dreams_is_as_strong_as_they_are(share):
    below, over = (RNG.normal(0, 0.4, (96, 96, 3)).astype(np.float32) for _ in range(2))
    assert np.isclose(blended(below, over, over, share, "normal").std(), 0.4, rtol=0.03)


@pytest.mark.parametrize(("blend", "lighter", "darker"), [("screen", True, False), ("multiply", False, True)])
def test_screen_adds_the_lights_and_multiply_the_darks(blend, lighter, darker):
    image, below = np.zeros_like(IMAGE), np.zeros_like(IMAGE)
    change = blended(below, OVER, image, 1.0, blend)
    assert ((change > 1e-6) == ((OVER > 1e-6) & lighter)).all()
    assert ((change < -1e-6) == ((OVER < -1e-6) & darker)).all()


@pytest.mark.parametrize("blend", BLENDS)
def test_what_changes_nothing_shows_what_is_below(blend):
    inside = np.clip(IMAGE + BELOW, -1, 1) - IMAGE
    np.testing.assert_allclose(blended(inside, np.zeros_like(OVER), IMAGE, 1.0, blend), inside, atol=1e-6)


@pytest.mark.parametrize("blend", BLENDS)
def test_no_blend_leaves_the_range_of_a_picture(blend):
    dreamed = IMAGE + blended(np.clip(IMAGE + BELOW, -1, 1) - IMAGE, 3 * OVER, IMAGE, 1.0, blend)
    assert np.abs(dreamed).max() <= 1 + 1e-5


def test_an_unknown_blend_names_those_that_there_are():
    with pytest.raises(UserError, match="no blend 'add'; allowed is normal, screen, multiply, overlay"):
        blended(BELOW, OVER, IMAGE, 1.0, "add")


@pytest.mark.parametrize("blend", BLENDS)
def test_below_a_layer_that_is_left_alone_the_other_dream_goes_little_by_little(blend):
    both, gone = (blended(BELOW, OVER, IMAGE, 1.0, blend, alone) for alone in (0.0, 1.0))
    np.testing.assert_allclose(gone, OVER, atol=1e-6)
    np.testing.assert_allclose(blended(BELOW, OVER, IMAGE, 1.0, blend, 1e-3), both, atol=5e-3)
    share = np.zeros((8, 12, 1), np.float32)
    np.testing.assert_array_equal(blended(BELOW, OVER, IMAGE, share, blend, 0.7), BELOW)
