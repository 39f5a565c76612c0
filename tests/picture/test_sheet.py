"""Pictures side by side, each with its text."""

import numpy as np
import pytest
from moving import texture

from kaleidocam.picture.sheet import Layout, laid_out

LAYOUT = Layout(
    3, gap=(4, 6), caption=20, line=14, indent=2, head=10, side=30, foot=5, scale=0.4, ink=(250, 250, 250), paper=24
)
SIZE = 60, 40


def cells_of(count, text="7"):
    return [(texture(i, SIZE), text) for i in range(count)]


@pytest.mark.parametrize(("count", "rows", "columns"), [(1, 1, 1), (3, 1, 3), (5, 2, 3)])
def test_every_picture_is_whole_in_its_place_with_its_text_below(count, rows, columns):
    sheet = laid_out(cells_of(count), LAYOUT)
    assert sheet.shape == (10 + rows * (40 + 20 + 6) + 5, 30 + columns * (60 + 4), 3)
    for i, (picture, _) in enumerate(cells_of(count)):
        top, left = 10 + i // 3 * 66, 30 + i % 3 * 64
        np.testing.assert_array_equal(sheet[top : top + 40, left : left + 60], picture)
        assert sheet[top + 40 : top + 60, left : left + 60].max() > 200
    assert (sheet[:10] == 24).all() and (sheet[:, :30] == 24).all() and (sheet[-5:] == 24).all()
    if count == 5:
        assert (sheet[76:, 30 + 2 * 64 :] == 24).all()  # no sixth


@pytest.mark.parametrize("fits", [True, False])
def test_a_long_text_stays_in_its_cell_and_is_whole_where_it_fits(fits):
    layout = Layout(2, caption=20, line=14, scale=0.6, fits=fits, paper=24)
    one, other = (
        laid_out([(texture(0, SIZE), f"a text that is far too long, {end}"), (texture(1, SIZE), "")], layout)
        for end in "XO"
    )
    assert (one[40:, 60:] == 24).all() and (one[40:, :60] != 24).any()
    assert (one != other).any() == fits
