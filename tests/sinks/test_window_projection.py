"""A projection in numbers: where the picture stands, and that two projectors add up to even light."""

from dataclasses import replace

import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.sinks.window_corners import Corners, brought, rectangle
from kaleidocam.sinks.window_placement import placed
from kaleidocam.sinks.window_projection import PARTS, Projection, projection_of, table_of
from kaleidocam.sinks.window_shape import inside

PICTURE, WINDOW = (1280, 720), (1600, 1000)
PINNED = Projection(
    corners=Corners(((0.25, 0.125), (1.0, 0.0), (0.9, 0.9), (0.1, 1.0))),
    shape=16 / 9,
    edges=(0.0, 0.2, 0.05, 0.0),
    gamma=1.8,
    turn=3,
    mirrored=True,
    part="left",
)


@pytest.mark.parametrize("picture", [(1280, 720), (640, 480), (500, 1000), (1600, 1000), (333, 77)])
def test_without_corners_it_stands_where_it_stands_plain(picture):
    at = placed(Projection(edges=(0.1, 0, 0, 0)), picture, WINDOW)
    x, y, width, height = inside(picture, WINDOW)
    left, top = brought(at.matrix, (0, 0))
    right, bottom = brought(at.matrix, (1, 1))
    assert (left * 1600, top * 1000, right * 1600, bottom * 1000) == pytest.approx(
        (x, y, x + width, y + height), abs=1e-3
    )
    assert at.view == at.within == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("turn", "mirrored", "corners"),
    [
        (0, False, "abcd"),
        (1, False, "bcda"),
        (2, False, "cdab"),
        (3, False, "dabc"),
        (0, True, "badc"),
        (2, True, "dcba"),
        (1, True, "cbad"),
    ],
)
def test_it_is_mirrored_and_then_turned_clockwise(turn, mirrored, corners):
    """`corners`: where the picture's top left, top right, bottom right and bottom left stand."""
    square = rectangle(0, 0, 1, 1)
    way = Projection(corners=square, turn=turn, mirrored=mirrored)
    at = placed(way, (100, 100), (100, 100))
    for corner, letter in zip(square.points, corners, strict=True):
        assert brought(at.matrix, corner) == pytest.approx(square.points["abcd".index(letter)], abs=1e-6)


def test_a_soft_edge_stays_on_its_side_of_the_screen_however_the_picture_is_turned():
    for turn in range(4):
        for mirrored in (False, True):
            at = placed(Projection(edges=(0.1, 0.2, 0.3, 0.4), turn=turn, mirrored=mirrored), (90, 90), (90, 90))
            middles = {(0, 0.5): 0, (0.5, 0): 1, (1, 0.5): 2, (0.5, 1): 3}  # of the picture's sides: left, top, ...
            for middle, number in middles.items():
                x, y = brought(at.matrix, middle)
                side = "right" if x > 0.7 else "left" if x < 0.3 else "top" if y < 0.5 else "bottom"
                assert at.edges[number] == {"top": 0.1, "right": 0.2, "bottom": 0.3, "left": 0.4}[side]


def test_a_picture_of_another_shape_keeps_it_within_the_corners():
    whole = placed(PINNED, PICTURE, WINDOW)
    way = Projection(corners=rectangle(0, 0, 1, 1), shape=1.6)
    wide, high = placed(way, (1600, 500), WINDOW), placed(way, (500, 1000), WINDOW)
    assert wide.within == pytest.approx((0, 0.25, 1, 0.75)) and wide.view == (0, 0, 1, 1)
    assert high.within == pytest.approx((0.5 - 0.15625, 0, 0.5 + 0.15625, 1))
    assert whole.shape == 16 / 9 and placed(replace(way, shape=None), (1600, 500), WINDOW).within == (0, 0, 1, 1)


def signal(way, side, at):
    """What the shader makes of white at a share `at` from a side of the picture: see window_pinned.SOFT."""
    width = way.way()[side]
    t = np.clip(at / width, 0, 1) if width else np.ones_like(at)
    return (t * t * (3 - 2 * t)) ** (1 / way.gamma)


@pytest.mark.parametrize("overlap", [0.05, 0.2, 0.5])
@pytest.mark.parametrize(("one", "other", "axis"), [("left", "right", 0), ("upper", "lower", 1)])
def test_two_halves_meet_and_their_light_is_even(overlap, one, other, axis):
    """Both show the overlap at the same place; there, their light adds up to that of one."""
    edges = {"left": (0, overlap, 0, 0), "right": (0, 0, 0, overlap)}
    edges |= {"upper": (0, 0, overlap, 0), "lower": (overlap, 0, 0, 0)}
    sides = {"left": "right", "right": "left", "upper": "bottom", "lower": "top"}
    ways = [Projection(part=part, edges=edges[part]) for part in (one, other)]
    views = [placed(way, PICTURE, WINDOW).view for way in ways]
    start, end = views[1][axis], views[0][2 + axis]
    wide = views[0][2 + axis] - views[0][axis]
    assert views[0][axis] == 0 and views[1][2 + axis] == 1 and end - start == pytest.approx(overlap * wide)
    across = np.linspace(start, end, 50)
    from_side = (end - across) / wide, (across - start) / wide
    light = sum(
        signal(way, sides[part], at) ** way.gamma for way, part, at in zip(ways, (one, other), from_side, strict=True)
    )
    assert np.allclose(light, 1, atol=1e-9)


@pytest.mark.parametrize("way", [Projection(), PINNED, Projection(turn=2), Projection(edges=(0, 0.5, 0, 0), gamma=4)])
def test_it_is_read_back_as_it_was_written(way):
    assert projection_of(table_of(way)) == way
    assert bool(table_of(way)) != way.plain


def test_only_what_changes_the_picture_is_not_plain():
    assert Projection().plain and Projection(gamma=1.5).plain
    assert not any(Projection(part=part).plain for part in PARTS[1:])


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"corners": [[0, 0], [1, 0], [1, 1]]}, "four of"),
        ({"corners": [[0, 0], [1, 0], [1, 1], [0, "1"]]}, "no number"),
        ({"corners": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crossed"),
        ({"corners": "all"}, "four of"),
        ({"left": 0.6}, "0 to 0.5"),
        ({"top": -0.1}, "0 to 0.5"),
        ({"gamma": float("inf")}, "gamma is no number"),
        ({"gamma": 0.2}, "1 to 4"),
        ({"turn": 1.5}, "turn is 0"),
        ({"turn": True}, "no number"),
        ({"mirrored": 1}, "true or false"),
        ({"part": "middle"}, "one of whole, left"),
        ({"shape": 0}, "width / height"),
        ({"edge": 0.1}, "no 'edge'"),
    ],
)
def test_what_is_wrong_is_refused_in_a_line(table, said):
    with pytest.raises(UserError, match=said):
        projection_of(table)
