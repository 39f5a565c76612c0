"""The balance of a whole picture, in blocks."""

import numpy as np
import pytest

from kaleidocam.still import balance
from kaleidocam.still.balance import by_bands, by_deviation


@pytest.fixture
def gradient():
    made = np.random.default_rng(0).normal(0, 1e-4, (500, 700, 3)).astype(np.float32)
    made[:, 350:] *= 4
    return made


def whole(puts, shape):
    result, covered = np.full(shape, np.nan, np.float32), np.zeros(shape[:2], int)
    for own, part in puts:
        result[own] = part
        covered[own] += 1
    assert (covered == 1).all()
    return result


def test_blocks_give_what_one_piece_gives(gradient, monkeypatch):
    how = {"count": 4, "tilt": -0.3, "evenness": 0.0}
    once = whole(by_bands(gradient, **how), gradient.shape)
    assert once.std() == pytest.approx(1, abs=0.25)
    monkeypatch.setattr(balance, "BLOCK", 200)
    np.testing.assert_allclose(whole(by_bands(gradient, **how), gradient.shape), once, atol=0.02)


def test_evenness_strengthens_the_weak_half(gradient):
    def halves(evenness):
        made = whole(by_bands(gradient, count=3, tilt=0, evenness=evenness), gradient.shape)
        return made[:, :300].std() / made[:, 400:].std()

    assert halves(0) == pytest.approx(0.25, abs=0.05) and halves(1) > 0.8


def test_a_tint_of_a_whole_region_is_no_motif():
    tint = np.zeros((512, 512, 3), np.float32)
    tint[:, :256] = 1e-3
    tint += np.random.default_rng(0).normal(0, 1e-4, tint.shape).astype(np.float32)
    made = whole(by_bands(tint, count=4, tilt=0, evenness=0), tint.shape)
    assert abs(made[:, 40:150].mean()) < 0.1 * made.std()


def test_over_its_deviation_in_blocks(gradient, monkeypatch):
    monkeypatch.setattr(balance, "BLOCK", 200)
    made = whole(by_deviation(gradient, tiny=0.0), gradient.shape)
    np.testing.assert_allclose(made, gradient / gradient.std(), rtol=1e-3)
    assert not whole(by_deviation(np.zeros_like(gradient), tiny=1e-8), gradient.shape).any()
