"""Octaves: as users write them, as the tutorial rounds them, and never beyond what can be dreamed."""

import pytest

from kaleidocam.errors import UserError
from kaleidocam.still.octaves import powers, sizes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-2..2", [-2, -1, 0, 1, 2]),
        ("2..0", [2, 1, 0]),
        ("0", [0]),
        (" -1 , 0.5,2", [-1, 0.5, 2]),
        ("3..3", [3]),
    ],
)
def test_ranges_and_lists(text, wanted):
    assert powers(text) == wanted


@pytest.mark.parametrize("text", ["", "..", "1..", "a", "1;2", "1,,2", "-2...2", "1e3", "0..99"])
def test_others_are_refused(text):
    with pytest.raises(UserError, match="octaves are"):
        powers(text)


def test_sizes_are_the_tutorial_s():
    assert sizes("-2..2", 1.3, (480, 270)) == ([(284, 159), (369, 207), (480, 270), (624, 351), (811, 456)], 0)


def test_what_the_network_can_not_see_is_left_out():
    assert sizes("-3..0", 2, (400, 200)) == ([(200, 100), (400, 200)], 2)
    with pytest.raises(UserError, match="40x300 is too small to dream in octaves 0 of 1.3.*96 pixels"):
        sizes("0", 1.3, (40, 300))


def test_what_no_memory_holds_is_refused():
    with pytest.raises(UserError, match="make 32000x32000 of 1000x1000; 268 megapixels are the most"):
        sizes("0..6", 2, (1000, 1000))
