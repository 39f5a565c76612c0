"""How much is left of a picture: against scikit-image, and at the ends of the scale."""

import cv2
import numpy as np
import pytest
from moving import texture
from skimage.metrics import structural_similarity

from kaleidocam.still.figures import content_kept


def test_it_is_ssim():
    before = texture(0)
    after = cv2.add(cv2.GaussianBlur(before, (0, 0), 1.2), 20)
    gray = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (before, after)]
    wanted = structural_similarity(*gray, data_range=255, gaussian_weights=True, use_sample_covariance=False)
    assert content_kept(before, after) == pytest.approx(wanted, abs=0.02)


def test_the_same_and_nothing_in_common():
    noise = np.random.default_rng(0).integers(0, 256, (2, 300, 2000, 3), np.uint8)
    assert content_kept(noise[0], noise[0]) == pytest.approx(1)
    assert abs(content_kept(*noise)) < 0.1
