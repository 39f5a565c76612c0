"""A shift moves a picture, and its gradient comes back."""

import numpy as np
import pytest

from kaleidocam.dream.jitter import shifted, shifted_back


@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 0), (-5, 3), (4, -7)])
def test_a_shift_moves_and_is_undone(x, y):
    image = np.random.default_rng(2).uniform(-0.5, 0.5, (96, 128, 3)).astype(np.float32)
    moved = shifted(image, x, y)
    assert moved.shape == image.shape
    assert moved[20 + y, 30 + x] == pytest.approx(image[20, 30])
    back = shifted_back(moved, x, y)
    np.testing.assert_array_equal(back[10:-10, 10:-10], image[10:-10, 10:-10])
    assert (back == 0).all(axis=2).sum() == 128 * 96 - (128 - abs(x)) * (96 - abs(y))
