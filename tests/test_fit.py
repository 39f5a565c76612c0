"""Pictures brought to another size keep their shape, and stay smooth."""

import numpy as np

from kaleidocam.fit import fitted


def test_enlarged_a_slope_has_no_blocks():
    slope = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[None, :, None], 10, 0).repeat(3, 2)
    large = fitted(slope, (80, 40)).astype(int)
    assert np.abs(np.diff(large[20, 8:-8, 0])).max() <= 5  # one step of ten, over four pixels


def test_shrunk_each_pixel_is_the_mean_of_its_own():
    fine = np.tile(np.array([0, 200], np.uint8), (20, 20))[..., None].repeat(3, 2)
    assert (np.abs(fitted(fine, (10, 5)).astype(int) - 100) <= 1).all()
