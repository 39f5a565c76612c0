"""What is bright: thresholds, ranges and their softness."""

import numpy as np
import pytest
from seeing import sight

from kaleidocam.errors import UserError
from kaleidocam.mask.assembly import check_mask, make_mask

LADDER = np.repeat(np.arange(0, 256, 8, np.uint8), 9)[None].repeat(18, 0)


def shares(name):
    """What each level of the ladder counts."""
    mask = make_mask(name).of(sight(np.dstack([LADDER] * 3)))
    return mask[9, 4::9]


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("luma", (0.56, 1), (0, 0.44)),
        ("luma 0.8", (0.86, 1), (0, 0.74)),
        ("luma 0.3-0.7", (0.36, 0.64), (0.76, 1)),
        ("luma 0.3-0.7 0.02", (0.32, 0.68), (0.72, 1)),
        ("luma 0-0.5", (0, 0.44), (0.56, 1)),
    ],
)
def test_levels_within_count_and_others_do_not(name, inside, outside):
    level, found = np.arange(0, 256, 8) / 255, shares(name)
    assert found[(level >= inside[0]) & (level <= inside[1])].min() == 1
    assert found[(level >= outside[0]) & (level <= outside[1])].max() == 0


@pytest.mark.parametrize("name", ["luma 2", "luma x", "luma 0.7-0.3", "luma 0.5 0.1 0.1", "luma 0.5 3", "luma -0.2"])
def test_what_is_no_range_is_one_line(name):
    with pytest.raises(UserError, match=f"no mask '{name}'") as refused:
        check_mask(name)
    assert "\n" not in str(refused.value)
