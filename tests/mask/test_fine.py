"""Masks whose own edge counts: at a picture's size, moved and softened."""

import numpy as np
import pytest

from kaleidocam.mask.fine import fine, spread

DISC = (np.hypot(*(np.mgrid[:120, :160] - np.array([60, 80])[:, None, None])) <= 30).astype(np.float32)


def test_at_its_own_size_it_is_itself():
    np.testing.assert_array_equal(fine(DISC, DISC.shape), 255 * DISC)
    assert spread(DISC, 0, 0) is DISC


@pytest.mark.parametrize("shape", [(240, 320), (60, 80), (97, 131)])
def test_at_another_size_it_covers_as_much(shape):
    assert fine(DISC, shape).shape == shape and fine(DISC, shape).mean() / 255 == pytest.approx(DISC.mean(), rel=0.03)


@pytest.mark.parametrize("grow", [-0.1, -0.02, 0.013, 0.05, 0.15])
def test_it_grows_by_a_share_of_the_height(grow):
    assert np.sqrt(spread(DISC, grow, 0).sum() / np.pi) == pytest.approx(30 + 120 * grow, abs=1.2)


def test_a_large_one_is_moved_at_a_smaller_size():
    large = np.kron(DISC, np.ones((6, 6), np.float32))
    assert spread(large, 0.02, 0).shape == (360, 480)


def test_shades_stay_shades():
    shades = np.tile(np.linspace(0, 1, 160, dtype=np.float32), (120, 1))
    np.testing.assert_allclose(spread(shades, 0, 0.1)[:, 20:140], shades[:, 20:140], atol=0.01)
    np.testing.assert_allclose(spread(shades, 0.05, 0)[60, 20:140], shades[60, 26:146], atol=0.01)


def test_soft_is_wide():
    row = spread(DISC, 0, 0.2)[60]
    assert 12 < np.count_nonzero((row > 0.05) & (row < 0.95)) / 2 < 30
