"""What a dream is made of, against dreams that are made of one thing."""

import numpy as np
import pytest
from proof.richness import BGR_TO_LUMA, bands, figures

SIZE = (640, 360)
GRAY = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)


def waves(pixels, amplitude=30.0):
    """(H, W) float32, in gray levels: a wave that is so long."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    return np.float32(amplitude * np.sin(2 * np.pi * x / pixels) * np.sin(2 * np.pi * y / pixels))


def noise(deviation=15.0):
    return np.random.default_rng(0).normal(0, deviation, SIZE[::-1]).astype(np.float32)


def film(contribution, source=GRAY):
    """The figures of one frame's dream, (H, W[, 3]) BGR in gray levels, laid over it."""
    contribution = contribution if contribution.ndim == 3 else np.repeat(contribution[..., None], 3, -1)
    return figures([source] * 4, [np.uint8(np.clip(np.rint(source + contribution), 0, 255))] * 4)


def test_a_gray_dream_is_all_luma_and_a_red_green_one_has_none():
    red_green = waves(40)[..., None] * np.array([0, -0.299, 0.587], np.float32)
    assert film(waves(40))["luma"] == pytest.approx(1, abs=1e-3)
    assert film(2 * red_green)["luma"] == pytest.approx(0, abs=5e-3)
    both = waves(40)[..., None] + 2 * np.roll(red_green, 10, 1)
    assert 0.3 < film(both)["luma"] < 0.97


def test_contrast_is_the_deviation_and_a_tint_has_none():
    assert film(waves(40, 51.0))["contrast"] == pytest.approx(51 / 2 / 127.5, rel=0.01)
    assert film(waves(40, 25.5))["contrast"] == pytest.approx(51 / 4 / 127.5, rel=0.02)
    tint = film(np.full(SIZE[::-1], 40, np.float32))
    assert tint["contrast"] == 0 and tint["luma"] == 0


@pytest.mark.parametrize(
    "pixels, band", [(5, "fine"), (8, "fine"), (25, "middle"), (30, "middle"), (110, "coarse"), (128, "coarse")]
)
def test_detail_is_of_the_band_of_its_size(pixels, band):
    found = film(waves(pixels))
    shares = {name: found[name] for name in ("fine", "middle", "coarse")}
    assert max(shares, key=shares.get) == band and sum(shares.values()) == pytest.approx(1)


def test_the_bands_add_up_to_all_but_the_coarsest():
    luma = waves(10) + waves(60)
    assert np.abs(sum(bands(luma).values()) - luma).max() < 0.05 * np.abs(luma).max()


def test_white_and_dark_are_asked_where_there_are_such():
    source = GRAY.copy()
    source[:, :200], source[:, -200:] = 235, 20
    dream = noise(5)
    dream[:, :200] *= 0.5
    found = film(dream, source)
    whole = np.sqrt((0.25 * 200 + 440) / 640)
    assert found["white"] == pytest.approx(0.5 / whole, rel=0.05)
    assert found["dark"] == pytest.approx(1 / whole, rel=0.05)
    assert film(dream)["white"] is None and film(dream)["dark"] is None


def test_a_smaller_film_is_looked_at_as_wide_as_any():
    large, small = (
        film(waves(40)),
        figures([GRAY[:180, :320]] * 4, [np.uint8(128 + waves(20)[:180, :320, None] * np.ones(3))] * 4),
    )
    assert small["middle"] == pytest.approx(large["middle"], abs=0.05)


def test_luma_is_weighed_as_television_does():
    assert BGR_TO_LUMA.sum() == pytest.approx(1) and BGR_TO_LUMA.argmax() == 1
