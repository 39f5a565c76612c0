"""The fold: symmetric, turning, and made of nothing but the picture."""

import cv2
import numpy as np
import pytest

from kaleidocam.mirror import fold


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 256, (18, 32, 3), dtype=np.uint8), (321, 181), interpolation=cv2.INTER_CUBIC)


def turned(image, degrees):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
    return cv2.warpAffine(image, matrix, (width, height))


def inside(image):
    """A disc round the centre, where a turned picture still has every pixel."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.hypot(x - image.shape[1] / 2 + 0.5, y - image.shape[0] / 2 + 0.5) < 85


@pytest.mark.parametrize("segments", [2, 3, 5, 6, 12])
def test_turning_by_a_segment_changes_nothing(picture, segments):
    folded = fold(picture, segments, 0.1)
    difference = np.abs(turned(folded, 360 / segments).astype(int) - folded)[inside(folded)]
    assert difference.mean() < 2
    other = np.abs(turned(picture, 360 / segments).astype(int) - picture)[inside(folded)]
    assert other.mean() > 20


@pytest.mark.parametrize("segments", [2, 5, 8])
def test_each_segment_is_mirrored(picture, segments):
    folded = fold(picture, segments, 0.2)
    np.testing.assert_array_equal(folded, folded[::-1])


def test_no_mirrors_no_change(picture):
    assert fold(picture, 0, 0.3) is picture


def test_spin_shows_another_wedge(picture):
    assert np.abs(fold(picture, 6, 0.0).astype(int) - fold(picture, 6, 0.05)).mean() > 5
    np.testing.assert_array_equal(fold(picture, 6, 0.25), fold(picture, 6, 1.25))


def test_the_wedge_at_angle_zero_is_the_pictures_own(picture):
    folded = fold(picture, 6, 0.0)
    np.testing.assert_array_equal(folded[90, 200:300], picture[90, 200:300])  # along the axis to the right
