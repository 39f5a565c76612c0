"""Bands: they add up to what was split, and each gets its share."""

import numpy as np
import pytest

from kaleidocam.dream.bands import BandBalance, join, split


@pytest.fixture
def gradient():
    return np.random.default_rng(1).normal(0, 1e-4, (90, 161, 3)).astype(np.float32)


def test_bands_add_up(gradient):
    np.testing.assert_allclose(join(split(gradient, 4)), gradient, atol=1e-9)


def test_every_band_gets_its_share(gradient):
    """White noise has nearly all its energy in the finest band; afterwards the coarse ones have as much."""

    def energies(g):
        return np.array([band.std() for band in split(g, 4)])

    before, after = energies(gradient), energies(BandBalance()(gradient, 1 / 30))
    assert before[0] / before[3] > 5
    assert after[0] / after[3] < 2


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_scale_of_the_gradient_does_not_matter(gradient, scale):
    result = BandBalance()(gradient * np.float32(scale), 1 / 30)
    assert result.std() == pytest.approx(1, abs=0.15)
    assert abs(result.mean()) < 0.02


def test_a_sudden_weak_gradient_is_not_blown_up(gradient):
    balance = BandBalance()
    balance(gradient, 1 / 30)
    assert balance(gradient * np.float32(0.01), 1 / 30).std() < 0.05


def test_tilt_favors_fine_above_zero(gradient):
    def fineness(tilt):
        bands = split(BandBalance()(gradient, 1 / 30, tilt=tilt), 4)
        return bands[0].std() / bands[3].std()

    assert fineness(1) > 2 * fineness(0) > 4 * fineness(-1)


def test_evenness_lifts_the_quiet_half(gradient):
    gradient[:, :80] *= 0.05

    def quiet_share(evenness):
        result = BandBalance()(gradient, 1 / 30, evenness=evenness)
        return result[:, :60].std() / result[:, 100:].std()

    assert quiet_share(1) > 2 * quiet_share(0)


def test_zero_stays_zero():
    result = BandBalance()(np.zeros((96, 96, 3), np.float32), 1 / 30)
    assert np.isfinite(result).all() and not result.any()
