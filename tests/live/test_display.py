"""The display: which page is open, what it says, and how long a message stays."""

import time

import pytest

from kaleidocam.control.keys import SHORT, help_lines
from kaleidocam.live.display import MESSAGE_SECONDS, Display, Page, changed
from kaleidocam.live.meter import Reading
from kaleidocam.settings.parameters import Look

READING = Reading(fps=29.97, latency_ms=12.34, latency_p95_ms=20.0, steps=24.0, dropped=3)


def refused():
    raise AssertionError("asked for what is not shown")


def test_the_figures_go_round():
    display, pages = Display(), []
    for _ in range(4):
        display.turn_figures()
        pages.append(display.page)
    assert pages == [Page.SHORT, Page.FULL, Page.OFF, Page.SHORT]


@pytest.mark.parametrize("page", Page)
def test_the_keys_open_from_every_page_and_close_to_nothing(page):
    display = Display(page)
    display.turn_keys()
    assert display.page == (Page.OFF if page == Page.KEYS else Page.KEYS)
    display.page = Page.KEYS
    display.turn_figures()
    assert display.page == Page.OFF


def test_what_each_page_says():
    look = Look(mirrors=6)
    figures = [" 30.0 fps   3 dropped", " 12.3 ms added latency   (95 %: 20.0)", " 24.0 dream steps a second", "best"]

    def lines(page):
        return Display(page).lines(lambda: READING, "best", lambda: look, "/shows/mine.toml", lambda: 127.96)

    assert lines(Page.OFF) == []
    assert lines(Page.SHORT) == [*figures, SHORT]
    assert lines(Page.FULL) == [*figures, "preset mine   128.0 BPM", *changed(look)]
    assert lines(Page.KEYS) == help_lines()


@pytest.mark.parametrize("page", [Page.OFF, Page.KEYS])
def test_pages_without_figures_ask_for_none(page):
    Display(page).lines(refused, "best", refused, "eyes", refused)


def test_what_is_changed_of_a_look_and_its_channel_in_any_case():
    assert changed(Look()) == [f"channel {Look().channel}"]
    look = Look(strength=0.123456, mirrors=6, grid=(320, 180), rate=2.0, half_life=3.0)
    lines = changed(look)
    cells = [cell for line in lines for cell in line.split("   ")]
    assert sorted(cells) == sorted(
        [f"channel {look.channel}", "strength 0.123", "mirrors 6", "grid 320x180", "rate 2", "half_life 3"]
    )
    assert [len(line.split("   ")) for line in lines] == [4, 2]


def test_a_message_stays_for_its_time_and_gives_way_to_the_next(monkeypatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    display = Display()
    assert display.messages() == []
    display.say("saved one")
    display.failed(RuntimeError("a wire\ncame off"))
    assert display.messages() == ["something failed: a wire came off"]
    now += MESSAGE_SECONDS - 0.01
    assert display.messages()
    now += 0.02
    assert display.messages() == []
