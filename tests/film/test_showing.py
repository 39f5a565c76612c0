"""Before and after in one picture."""

import numpy as np
import pytest

from kaleidocam.film.showing import SHOWN, shown, shown_size

BEFORE, AFTER = (np.full((96, 160, 3), level, np.uint8) for level in (40, 90))


@pytest.mark.parametrize("how", SHOWN)
@pytest.mark.parametrize("size", [(160, 96), (161, 95), (2, 2), (1, 1)])
def test_the_size_is_known_before(how, size):
    before, after = (np.full((size[1], size[0], 3), level, np.uint8) for level in (40, 90))
    picture = shown(how, before, after)
    assert picture.shape[1::-1] == shown_size(how, size)
    assert picture.dtype == np.uint8


def test_the_source_is_at_the_left_or_above():
    beside, above = shown("side-by-side", BEFORE, AFTER), shown("above", BEFORE, AFTER)
    assert (beside[:, :160] == BEFORE).all() and (beside[:, 160:] == AFTER).all()
    assert (above[:96] == BEFORE).all() and (above[96:] == AFTER).all()


def test_split_is_half_of_each_with_a_line_between():
    picture = shown("split", BEFORE, AFTER)
    assert (picture[:, :79] == BEFORE[:, :79]).all()
    assert (picture[:, 81:] == AFTER[:, 81:]).all()
    assert (picture[:, 79:81] == 255).all()
    large = shown("split", *(np.zeros((2160, 3840, 3), np.uint8),) * 2)
    assert (large[0, :, 0] == 255).sum() == 6
    assert AFTER.max() == 90  # what was given is untouched


def test_dreamed_is_the_dream_itself():
    assert shown("dreamed", BEFORE, AFTER) is AFTER


def test_another_way_there_is_not():
    with pytest.raises(ValueError, match="dreamed, side-by-side, split, above"):
        shown("wipe", BEFORE, AFTER)
