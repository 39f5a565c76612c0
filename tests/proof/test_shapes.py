"""Width over height, of textures that were stretched on purpose, and of dreams at a grid of their own shape."""

import cv2
import numpy as np
import pytest
from proof.shapes import SHAPES, anisotropy, by_shape

from kaleidocam.dream.base import Plain
from kaleidocam.settings.parameters import Look


def texture(stretch=1.0):
    """Smooth noise, (H, W) float32, as many times wider."""
    round_one = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 1, (480, 480)).astype(np.float32), (0, 0), 5)
    return cv2.resize(round_one, (round(480 * stretch), 480), interpolation=cv2.INTER_CUBIC)


def test_round_is_one_and_a_stretched_texture_three():
    assert anisotropy(texture()) == pytest.approx(1, abs=0.06)
    assert anisotropy(texture(3.0)) == pytest.approx(3, rel=0.06)
    assert anisotropy(texture(3.0).T) == pytest.approx(1 / 3, rel=0.06)


def test_a_grid_of_another_shape_than_the_picture_stretches_the_dream():
    pattern = np.repeat(texture()[:180, :320, None], 3, -1)

    def dreamer(image, seconds, look):
        return np.clip(image + seconds * cv2.resize(pattern, image.shape[1::-1]), -1, 1)

    found = by_shape(Look(grid=(320, 180), outline=0, sharpness=0), Plain(dreamer))
    assert list(found) == list(SHAPES)
    assert found["portrait"] < 0.5 and found["square"] < 0.8 and found["4:1"] > 1.6
