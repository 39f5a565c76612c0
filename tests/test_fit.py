"""Pictures brought to another size keep their shape, and stay smooth."""

import numpy as np
import pytest

from kaleidocam.fit import fitted
from kaleidocam.planes import PixelFormat, Planes


def test_enlarged_a_slope_has_no_blocks():
    slope = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[None, :, None], 10, 0).repeat(3, 2)
    large = fitted(slope, (80, 40)).astype(int)
    assert np.abs(np.diff(large[20, 8:-8, 0])).max() <= 5  # one step of ten, over four pixels


def test_shrunk_each_pixel_is_the_mean_of_its_own():
    fine = np.tile(np.array([0, 200], np.uint8), (20, 20))[..., None].repeat(3, 2)
    assert (np.abs(fitted(fine, (10, 5)).astype(int) - 100) <= 1).all()


@pytest.mark.parametrize("size", [(64, 64), (61, 97), (200, 30), (20, 12)])
@pytest.mark.parametrize("form", [None, "yuv420p", "yuv422p10le", "yuv444p"])
def test_between_bars_all_of_it_is_there_in_its_shape(size, form):
    """A white picture: what is white has its shape, in the middle, and all else is black."""
    white = np.full((48, 80, 3), 255, np.uint8)
    if form:
        form = PixelFormat(form)
        planes = [np.full(form.plane_size((80, 48), i)[::-1], round(form.white[i])) for i in range(3)]
        white = Planes(*(plane.astype(np.uint16 if form.bits > 8 else np.uint8) for plane in planes), form)
    picture = fitted(white, size, "letterbox")
    assert picture.shape[1::-1] == size
    image = picture.bgr() if form else picture
    lit = image.min(-1) > 128
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    scale = min(size[0] / 80, size[1] / 48)
    assert abs(len(columns) - 80 * scale) <= 2 and abs(len(rows) - 48 * scale) <= 2
    assert len(columns) >= size[0] - 1 or len(rows) >= size[1] - 1
    for found, side in ((rows, size[1]), (columns, size[0])):
        assert abs(found[0] - (side - 1 - found[-1])) <= 3
    assert lit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.95
    assert image[~lit].size == 0 or np.median(image[~lit]) <= 3
