"""In step with the screen, but never for long."""

import glfw

from kaleidocam.sinks import window_swap
from kaleidocam.sinks.window_swap import LONG, PATIENCE, Swap


def swaps(monkeypatch, waits, extensions=()):
    """The intervals that were asked for while each swap took so many seconds."""
    now, intervals = [0.0], []

    def swap(window):
        now[0] += waits.pop(0)

    monkeypatch.setattr(window_swap.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(glfw, "swap_interval", intervals.append)
    monkeypatch.setattr(glfw, "swap_buffers", swap)
    monkeypatch.setattr(glfw, "extension_supported", lambda name: name in extensions)
    shown = Swap(None)
    while waits:
        shown()
    return intervals


def test_a_screen_that_holds_nobody_up_is_waited_for(monkeypatch):
    assert swaps(monkeypatch, ([LONG * 2] * PATIENCE + [LONG / 2] * 60) * 3) == [1]


def test_a_screen_that_holds_up_is_waited_for_a_few_times(monkeypatch):
    assert swaps(monkeypatch, [LONG * 2] * (PATIENCE + 20)) == [1, 0]


def test_late_pictures_are_shown_at_once_where_a_driver_can(monkeypatch):
    assert swaps(monkeypatch, [0.0], ("GLX_EXT_swap_control_tear",)) == [-1]
