"""The corners of a picture on a screen: the right perspective, and never a crossed shape."""

import random

import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.sinks.window_corners import CLEAR, REACH, Corners, brought, rectangle

SQUARE = rectangle(0, 0, 1, 1)
KEYSTONE = Corners(((0.2, 0.1), (0.9, 0.0), (1.1, 0.95), (-0.05, 0.7)))


def solved(points):
    """The eight numbers of a perspective, from its eight equations."""
    rows, right = [], []
    for (u, v), (x, y) in zip(((0, 0), (1, 0), (1, 1), (0, 1)), points, strict=True):
        rows += [(u, v, 1, 0, 0, 0, -u * x, -v * x), (0, 0, 0, u, v, 1, -u * y, -v * y)]
        right += [x, y]
    return np.append(np.linalg.solve(np.array(rows, float), np.array(right, float)), 1).reshape(3, 3)


def test_the_perspective_is_the_right_one():
    assert np.allclose(KEYSTONE.matrix(), solved(KEYSTONE.points), atol=1e-5)
    for corner, at in zip(((0, 0), (1, 0), (1, 1), (0, 1)), KEYSTONE.points, strict=True):
        assert brought(KEYSTONE.matrix(), corner) == pytest.approx(at, abs=1e-6)


def test_straight_lines_stay_straight_and_the_middle_is_where_the_diagonals_meet():
    """Two triangles, each with a map of its own, would bend the other diagonal."""
    a, b, c, d = (np.array(point) for point in KEYSTONE.points)
    for start, end, ends in (((0, 0), (1, 1), (a, c)), ((1, 0), (0, 1), (b, d)), ((0, 0.3), (1, 0.8), None)):
        along = [
            np.array(brought(KEYSTONE.matrix(), np.array(start) + t * np.subtract(end, start)))
            for t in np.linspace(0, 1, 9)
        ]
        first, last = ends or (along[0], along[-1])
        way = (last - first) / np.linalg.norm(last - first)
        assert max(abs(np.cross([*way, 0], [*(at - first), 0])[2]) for at in along) < 1e-6
    u, v = np.linalg.solve(np.array([c - a, b - d]).T, b - a)
    assert brought(KEYSTONE.matrix(), (0.5, 0.5)) == pytest.approx(tuple(a + u * (c - a)), abs=1e-6)


def turns(points):
    sides = np.roll(points, -1, axis=0) - np.array(points)
    following = np.roll(sides, -1, axis=0)
    return sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]


def test_a_corner_goes_where_it_is_brought_while_the_shape_allows():
    moved = SQUARE.moved(0, (0.25, 0.125))
    assert moved.points == ((0.25, 0.125), *SQUARE.points[1:])
    assert SQUARE.moved(2, (1.3, 1.2)).points[2] == (1.3, 1.2)  # off the screen


@pytest.mark.parametrize(("which", "to"), [(0, (0.9, 0.9)), (0, (5, 5)), (1, (0, 1)), (2, (0.2, -3)), (3, (1, 0.2))])
def test_a_corner_that_would_cross_a_line_is_held_back_at_it(which, to):
    moved = SQUARE.moved(which, to)
    assert min(turns(moved.points)) > 0
    others = [point for i, point in enumerate(moved.points) if i != which]
    assert others == [point for i, point in enumerate(SQUARE.points) if i != which]
    middle = abs(np.subtract(moved.points[which], (0.5, 0.5))).max()
    assert middle < 0.52 or abs(moved.points[which][0] - 0.5) > 0.4  # it came as near as it may


def test_a_corner_slides_along_the_line_that_holds_it_back():
    first, second = SQUARE.moved(0, (0.6, 0.6)), SQUARE.moved(0, (0.9, 0.5))
    for moved in (first, second):
        assert sum(moved.points[0]) == pytest.approx(1 - CLEAR * 2**0.5, abs=1e-5)
    assert second.points[0][0] > first.points[0][0] + 0.1


def test_it_is_held_within_reach():
    assert SQUARE.moved(2, (9, 9)).points[2] == (1 + REACH, 1 + REACH)


def test_whatever_is_dragged_wherever_no_shape_is_crossed():
    chance, corners = random.Random(4), SQUARE
    for _ in range(2000):
        corners = corners.moved(chance.randrange(4), (chance.uniform(-2, 3), chance.uniform(-2, 3)))
        assert min(turns(corners.points)) > 0
        assert (corners.matrix() @ np.array([(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]).T)[2].min() > 0


@pytest.mark.parametrize(
    "points",
    [
        ((1, 0), (0, 0), (0, 1), (1, 1)),  # mirrored
        ((0, 0), (1, 1), (1, 0), (0, 1)),  # crossed
        ((0.9, 0.9), (1, 0), (1, 1), (0, 1)),  # dented
        ((0, 0), (0, 0), (1, 1), (0, 1)),
        ((0, 0), (1, 0), (2, 0), (0, 1)),  # three in a line
        ((0, 0), (1, 0), (1, float("nan")), (0, 1)),
        ((0, 0), (9, 0), (9, 1), (0, 1)),
    ],
)
def test_other_shapes_are_refused(points):
    with pytest.raises(UserError):
        Corners(points)
