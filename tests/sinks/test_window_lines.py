"""The lines over the picture: they can be read, and they leave the picture itself alone."""

import numpy as np
import pytest
from moving import texture

from kaleidocam.sinks.window_lines import with_fading, with_lines


def test_lines_leave_the_picture_itself_alone():
    picture = texture(3, (640, 360))
    kept = picture.copy()
    lined = with_lines(picture, ["30.0 fps", "12 ms added latency"])
    np.testing.assert_array_equal(picture, kept)
    assert (lined != picture).any() and (lined[200:] == picture[200:]).all()


@pytest.mark.parametrize("height", [180, 720, 1080])
def test_lines_are_readable_at_any_size(height):
    lined = with_lines(np.zeros((height, height * 2, 3), np.uint8), ["30.0 fps"])
    rows = lined.any(axis=(1, 2)).sum()
    assert height / 60 < rows < height / 10 + 10


def test_tabs_part_columns_and_a_long_line_moves_none():
    image = np.full((900, 1600, 3), 120, np.uint8)
    table = ["a\tfirst", "bbbbbb\tfirst"]
    alone, beside = (with_lines(image, lines).min(-1) > 200 for lines in (table, [*table, "a longer line than all"]))
    ends = 14 + 32 * 2  # pixels: of two lines
    np.testing.assert_array_equal(alone[:ends], beside[:ends])
    first, second = (np.flatnonzero(beside[row].any(0))[-1] for row in (slice(14, 44), slice(46, 76)))
    assert first == second and beside[ends:].any()  # the same word ends at the same place


def test_a_line_that_fades_stands_at_the_bottom_and_is_gone_at_the_end():
    image = np.full((360, 640, 3), 120, np.uint8)
    away = [np.abs(with_fading(image, "strength 0.62", share) - 120.0).mean() for share in (1.0, 0.5, 0.1, 0.0)]
    assert away[0] > away[1] > away[2] > away[3] == 0
    np.testing.assert_array_equal(with_fading(image, "strength 0.62", 1.0)[:250], image[:250])
