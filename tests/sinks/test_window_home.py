"""A window keeps to its display: it waits for it, goes with it, and is there again when it is."""

import pytest
from on_screen import focus, go, run, seen, told, window_of, xdotool
from plugged_display import plugged
from virtual_screen import on_a_screen, virtual_screen

from kaleidocam.errors import UserError
from kaleidocam.sinks import window_home, window_screens
from kaleidocam.sinks.window_displays import Display
from kaleidocam.sinks.window_home import Home
from kaleidocam.sinks.window_screens import Screens

HALL, LEFT, RIGHT = (
    Display("HDMI-1", (1920, 1080), (0, 0)),
    Display("Beamer", (1280, 720), (0, 0)),
    Display("Beamer", (1280, 720), (1280, 0)),
)
SHOW = """
from kaleidocam.sinks.window_locked import Locked
inner = sink
def live():
    until = time.monotonic() + 90
    before = None
    while said.empty() and time.monotonic() < until:
        sink.write(frame)
        pressed.extend(sink.keys())
        if sink.seen != before:
            before = sink.seen
            print("seen", sink.seen, sink.notice, flush=True)
        time.sleep(0.02)
    said.get()
"""


@pytest.fixture
def screens(monkeypatch):
    """The displays that are connected, as GLFW would tell; each is its own monitor."""
    there = []
    monkeypatch.setattr(window_screens.glfw, "get_monitors", lambda: list(there))
    monkeypatch.setattr(Screens, "display", lambda self, screen: screen)
    monkeypatch.setattr(window_home.glfw, "get_window_monitor", lambda window: None)
    return there


def test_a_screen_is_meant_by_number_name_or_a_part_of_it(screens):
    screens += [HALL, LEFT, RIGHT]
    all_of = Screens()
    assert all_of.wanted(1) == all_of.wanted("hdmi-1") == all_of.wanted("DMI") == all_of.wanted("main") == HALL
    assert all_of.wanted(3) is RIGHT
    listed = r"1 HDMI-1 \(1920x1080\), 2 Beamer \(1280x720\), 3 Beamer \(1280x720\)"
    with pytest.raises(UserError, match=f"no screen VGA; .* fills one of these: {listed}"):
        all_of.wanted("VGA")
    with pytest.raises(UserError, match=f"'beam' is more than one screen; .* fills one of these: {listed}"):
        all_of.wanted("beam")
    with pytest.raises(UserError, match="'Beamer' is more than one screen"):
        Home("Beamer", all_of)
    for number in (0, 4):
        with pytest.raises(UserError, match=f"no screen {number}"):
            all_of.wanted(number)


def test_it_waits_and_comes_back_to_the_same_of_two_that_are_alike(screens, logged):
    home = Home(3, Screens())
    assert home.to_fill("window") is None and not home.there
    assert home.notice == "no display '3' yet; waiting for it; connected: none"
    screens += [HALL, LEFT, RIGHT]
    assert home.to_fill("window") is RIGHT and home.there and home.notice is None
    screens[:] = [HALL]
    assert home.to_fill("window") is None and not home.there
    assert home.notice == "the display 'Beamer' is not connected; waiting for it"
    screens[:] = [LEFT, RIGHT, HALL]
    assert home.to_fill("window") is RIGHT
    screens[:] = [HALL, LEFT]  # the one that is like it, where it is not there itself
    assert home.to_fill("window") is LEFT
    assert logged.text.count("waiting for it") == 2 and logged.text.count("the display is there") == 2


def test_whoever_reads_its_notice_asks_the_system_of_windows_nothing(screens, monkeypatch):
    """GLFW may be asked on the window's thread alone, and the page and the health address are on others."""
    home = Home("hall", Screens())
    assert home.to_fill("window") is None
    monkeypatch.setattr(window_screens.glfw, "get_monitors", lambda: pytest.fail("asked on another thread"))
    assert home.notice == "no display 'hall' yet; waiting for it; connected: none"


def test_the_main_one_is_whichever_it_is(screens):
    home = Home("main", Screens())
    screens += [HALL, LEFT]
    assert home.to_fill("window") is HALL
    screens[:] = [LEFT]
    assert home.to_fill("window") is LEFT


@on_a_screen
def test_a_display_that_is_unplugged_and_plugged_in_again():
    body = f'{SHOW}\nlive()\nsink.close()\nprint("closed", flush=True)'
    full = lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95  # noqa: E731
    with (
        virtual_screen() as display,
        plugged(display) as plug,
        run(display, body, screen="scree", keeps=True) as process,
    ):
        assert told(process, "seen") == "seen True None"
        seen(display, full)
        for _ in range(2):
            plug.out()
            assert told(process, "seen") == "seen False the display 'screen' is not connected; waiting for it"
            with pytest.raises(AssertionError, match="no window on the screen"):
                window_of(display)
            plug.back()
            assert told(process, "seen") == "seen True None"
            seen(display, full)
        go(process)
        told(process, "closed")


@on_a_screen
def test_nobody_at_the_keyboard_gets_anything_but_the_way_out():
    body = f"""{SHOW}
import glfw
sink = Locked(inner)
live()
hidden = glfw.get_input_mode(inner._window, glfw.CURSOR) == glfw.CURSOR_HIDDEN
print("keys", pressed, hidden, sink.alone, flush=True); live()
print("keys", set(pressed), flush=True)
inner.close()
"""
    with virtual_screen() as display, run(display, body, screen="main", keeps=True) as process:
        told(process, "seen")
        seen(display, lambda screen: (screen[100:900].astype(int).sum(2) > 0).mean() > 0.95)
        focus(display)
        xdotool(display, "key", "q", "f", "Escape", "question", "i", "alt+F4", "ctrl+shift+q", "sleep", "0.5")
        xdotool(display, "mousemove", "300", "300", "click", "--repeat", "2", "1", "sleep", "0.3")
        go(process)
        assert told(process, "keys") == "keys [] True True"
        told(process, "seen")
        xdotool(display, "keydown", "ctrl", "keydown", "shift", "keydown", "q", "sleep", "3")
        go(process)
        assert told(process, "keys") == "keys {'q'}"
        xdotool(display, "keyup", "q", "keyup", "shift", "keyup", "ctrl")
