"""Adjusting by keys and mouse, without a window."""

import random

import numpy as np
import pytest

from kaleidocam.sinks.base import Held
from kaleidocam.sinks.window_adjusting import Adjusting
from kaleidocam.sinks.window_corners import rectangle
from kaleidocam.sinks.window_placement import placed
from kaleidocam.sinks.window_projection import PARTS, Projection, projection_of, table_of

PICTURE, WINDOW = (1600, 1000), (800, 500)


@pytest.fixture
def adjusting():
    return Adjusting(Projection(), PICTURE, WINDOW)


def press(adjusting, *keys):
    for key in keys:
        assert adjusting.press(key)


def points(adjusting):
    """The corners in pixels."""
    return [(round(x * WINDOW[0], 3), round(y * WINDOW[1], 3)) for x, y in adjusting.handles.placement().quad.points]


def test_arrows_move_the_chosen_corner_by_a_pixel_or_ten(adjusting):
    press(adjusting, "right", "down", "down", "3", "shift+left", "tab", "shift+right", "shift+tab", "up")
    assert points(adjusting) == [(1, 2), (800, 0), (790, 499), (10, 500)]


def test_tab_and_digits_choose_among_eight_and_no_digit_plays_the_show(adjusting):
    seen = []
    for _ in range(8):
        press(adjusting, "tab")
        seen.append(adjusting.chosen)
    assert seen == [1, 2, 3, 4, 5, 6, 7, 0]
    press(adjusting, "8", "9", "0")
    assert adjusting.chosen == 7
    assert not any(adjusting.press(key) for key in ("q", " ", "b", "r", "?", "f", "f1", "s"))


def test_soft_edges_are_as_wide_as_they_are_dragged(adjusting):
    press(adjusting, "6", *["shift+left"] * 8, "8", *["shift+right"] * 4, "5", "down", "up", "up")
    assert adjusting.projection.edges == pytest.approx((0, 80 / 800, 0, 40 / 800))
    assert adjusting.projection.corners is None  # the corners were left alone
    assert adjusting.grab((0.9, 0.5))
    adjusting.drag((0.75, 0.6))
    assert adjusting.projection.edges[1] == pytest.approx(0.25)
    adjusting.drag((0.1, 0.6))
    assert adjusting.projection.edges[1] == 0.5
    adjusting.release()
    adjusting.drag((0.9, 0.6))
    assert adjusting.projection.edges[1] == 0.5


def test_an_edge_of_a_pinned_picture_is_dragged_in_its_perspective(adjusting):
    press(adjusting, "2", *["shift+down"] * 15, "3", *["shift+up"] * 15)
    adjusting.chosen = 5
    matrix = placed(adjusting.projection, PICTURE, WINDOW).matrix
    x, y, w = matrix @ (0.7, 0.5, 1)
    assert adjusting.grab(adjusting.handles.points()[5])
    adjusting.drag((x / w, y / w))
    assert adjusting.projection.edges[1] == pytest.approx(0.3, abs=1e-6)


def test_a_corner_is_dragged_from_where_it_was_taken(adjusting):
    assert not adjusting.grab((0.3, 0.3))
    assert adjusting.grab((0.01, 0.02))
    adjusting.drag((0.11, 0.22))
    assert points(adjusting)[0] == (80, 100)
    adjusting.drag((5, 5))  # held back at the line between its neighbors
    assert points(adjusting)[0][0] / 800 + points(adjusting)[0][1] / 500 < 1
    adjusting.drag((0.21, 0.12))
    adjusting.release()
    assert points(adjusting)[0] == (160, 50)


def test_every_change_is_undone_and_redone(adjusting):
    press(adjusting, "right", Held("right"), Held("right"), "o", "v", "h", "=", "6", "left")
    adjusting.grab((0, 0))
    adjusting.release()  # a click that moves nothing is no step
    assert adjusting.chosen == 0
    last = adjusting.projection
    press(adjusting, *["u"] * 5)
    assert points(adjusting)[0] == (3, 0) and adjusting.projection.turn == 0
    press(adjusting, "ctrl+z")  # a key that was held is one step
    assert adjusting.projection == Projection()
    press(adjusting, "u", "U", "ctrl+y", "ctrl+shift+z", *["U"] * 4)
    assert adjusting.projection == last
    press(adjusting, "backspace")
    assert adjusting.projection == Projection()
    press(adjusting, "u")
    assert adjusting.projection == last


def test_a_double_click_resets_one_handle(adjusting):
    press(adjusting, "shift+right", "shift+down", "3", "shift+up", "6", "shift+left")
    adjusting.reset((10 / 800, 10 / 500))
    assert points(adjusting) == [(0, 0), (800, 0), (800, 490), (0, 500)]
    adjusting.reset(adjusting.handles.points()[5])
    assert adjusting.projection.edges == (0, 0, 0, 0)
    press(adjusting, "u")
    assert adjusting.projection.edges[1] == pytest.approx(10 / 800, abs=1e-4)


def test_mirror_is_left_and_right_as_seen_and_turn_is_clockwise_as_seen(adjusting):
    def seen():
        """Of a picture of four pixels, what is seen at each corner of the screen."""
        at = adjusting.projection.order()
        return "".join("abcd"[at.index(i)] for i in range(4))

    press(adjusting, "o")
    assert seen() == "dabc"
    press(adjusting, "v")
    assert seen() == "adcb"
    press(adjusting, "o")
    assert seen() == "badc"
    press(adjusting, "v", "o", "o")
    assert seen() == "cdab"
    press(adjusting, "o", "o")
    for key in ("o", "v", "g", "h"):
        press(adjusting, Held(key))
    assert adjusting.projection == Projection() and adjusting.grid
    press(adjusting, "g")
    assert not adjusting.grid


def test_what_is_shown_fills_the_corners_again_when_it_is_another_part(adjusting):
    press(adjusting, "right", "6", *["shift+left"] * 16)
    for part in PARTS[1:]:
        press(adjusting, "h")
        at = adjusting.handles.placement()
        assert adjusting.projection.part == part and np.allclose(at.within, (0, 0, 1, 1))
    press(adjusting, "h")
    assert adjusting.projection.part == "whole"


def test_gamma_stays_in_its_range(adjusting):
    press(adjusting, "-")
    assert adjusting.projection.gamma == 2.1
    press(adjusting, *["-"] * 30)
    assert adjusting.projection.gamma == 1
    press(adjusting, *["="] * 60)
    assert adjusting.projection.gamma == 4


def test_a_corner_off_the_screen_is_taken_at_its_border():
    way = Projection(corners=rectangle(-0.2, 0, 1.2, 1))
    adjusting = Adjusting(way, PICTURE, WINDOW)
    assert adjusting.handles.points()[0] == (0, 0)
    assert adjusting.grab((0.0, 0.0))
    adjusting.drag((0.1, 0.0))
    assert points(adjusting)[0] == (80, 0)


def test_it_says_what_is_chosen(adjusting):
    press(adjusting, "2", "shift+left", "down")
    assert adjusting.lines()[0].startswith("corner 2, top right: 790.0, 1.0   gamma 2.2")
    press(adjusting, "8", "shift+right", "o", "v", "h")
    assert adjusting.lines()[0] == "soft edge 8, left: 0.013   gamma 2.2   turned 270   mirrored   left half"


def test_whatever_is_done_at_random_it_can_be_shown_and_saved(adjusting):
    chance = random.Random(7)
    keys = [
        "tab",
        "o",
        "v",
        "h",
        "-",
        "=",
        "u",
        "U",
        "shift+left",
        "shift+right",
        "shift+up",
        "shift+down",
        *"12345678",
    ]
    for _ in range(1500):
        adjusting.press(chance.choice(keys))
        if adjusting.grab((chance.random(), chance.random())):
            adjusting.drag((chance.uniform(-0.5, 1.5), chance.uniform(-0.5, 1.5)))
        if chance.random() < 0.02:
            adjusting.sized((chance.randint(16, 4000), chance.randint(16, 3000)), WINDOW)
        at = adjusting.handles.placement()
        assert (at.matrix @ np.array([(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)]).T)[2].min() > 0
        assert len(adjusting.lines()) > 1 and projection_of(table_of(adjusting.projection)) == adjusting.projection
