"""The mouse over a window: where it was when it was pressed, and what two clicks are."""

import glfw
import pytest

from kaleidocam.sinks.window_adjusting import Adjusting
from kaleidocam.sinks.window_keys import Typed
from kaleidocam.sinks.window_mouse import CURSOR_SECONDS, Mouse
from kaleidocam.sinks.window_projection import Projection
from kaleidocam.sinks.window_projector import Projector


class Hand:
    """Moves and presses the mouse over a window of 800 x 500, whose events come late."""

    def __init__(self, monkeypatch):
        self.now, self.cursor = 100.0, glfw.CURSOR_NORMAL
        monkeypatch.setattr("kaleidocam.sinks.window_mouse.time.monotonic", lambda: self.now)
        for name, does in (
            ("set_cursor_pos_callback", lambda window, call: setattr(self, "_move", call)),
            ("set_mouse_button_callback", lambda window, call: setattr(self, "_press", call)),
            ("get_cursor_pos", lambda window: (700.0, 400.0)),  # where it is by now
            ("get_window_size", lambda window: (800, 500)),
            ("get_input_mode", lambda window, mode: self.cursor),
            ("set_input_mode", lambda window, mode, cursor: setattr(self, "cursor", cursor)),
        ):
            monkeypatch.setattr(glfw, name, does)
        self.typed, self.projector = Typed(), Projector()
        self.mouse = Mouse("window", self.typed, self.projector)

    def move(self, x, y):
        self._move("window", x, y)

    def press(self, action=glfw.PRESS, button=glfw.MOUSE_BUTTON_LEFT):
        self._press("window", button, action, 0)

    def click(self, x, y, after=0.1):
        self.now += after
        self.move(x, y)
        self.press()
        self.press(glfw.RELEASE)


@pytest.fixture
def hand(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return Hand(monkeypatch)


def test_two_clicks_at_one_place_are_the_key_for_full_screen(hand):
    hand.click(300, 200)
    hand.click(303, 200)
    assert hand.typed.taken() == ["f"]
    hand.click(303, 200)
    assert hand.typed.taken() == []  # the third begins anew
    hand.click(303, 200, after=1)
    hand.click(500, 200)
    hand.press(button=glfw.MOUSE_BUTTON_RIGHT)
    assert hand.typed.taken() == []


def test_a_handle_is_taken_where_it_was_pressed_however_late_that_is_told(hand):
    hand.projector.adjusting = adjusting = Adjusting(Projection(), (800, 500), (800, 500))
    hand.move(2, 1)
    hand.press()
    hand.move(42, 26)
    hand.press(glfw.RELEASE)
    hand.move(400, 250)
    assert adjusting.projection.corners.points[0] == pytest.approx((0.05, 0.05))
    hand.click(42, 26, after=1)
    hand.click(42, 26)
    assert adjusting.projection.corners.points[0] == pytest.approx((0, 0))
    assert hand.typed.taken() == []  # and full screen stays


def test_the_cursor_hides_in_full_screen_while_it_is_still_and_nothing_is_adjusted(hand):
    seen = []
    for full, adjusting, still in (
        (True, None, 0),
        (True, None, 2),
        (False, None, 2),
        (True, "yes", 2),
        (True, None, 2),
    ):
        hand.move(1, 1)
        hand.now += still * CURSOR_SECONDS
        hand.projector.adjusting = adjusting and Adjusting(Projection(), (800, 500), (800, 500))
        hand.mouse.refresh(full=full)
        seen.append(hand.cursor == glfw.CURSOR_HIDDEN)
    assert seen == [False, True, False, False, True]
    hand.mouse.woken()
    hand.mouse.refresh(full=True)
    assert hand.cursor == glfw.CURSOR_NORMAL
