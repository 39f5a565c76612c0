"""What waits for the beat: the next one, the newest alone, and never for ever."""

import pytest

from kaleidocam.control.quantizer import Quantizer


class Music:
    """A place that is set by hand."""

    def __init__(self, place):
        self.place, self.begun = place, []
        self.quantizer = Quantizer(lambda: self.place)

    def waits(self, name, when):
        return self.quantizer.waits(name, when, lambda: self.begun.append(name))

    def at(self, *places):
        """What has begun by the last of the places that the music passes through."""
        for self.place in places:
            if begin := self.quantizer.due():
                begin()
        return self.begun


@pytest.mark.parametrize(
    ("place", "when", "before", "after"),
    [(2.3, "beat", 2.99, 3.0), (2.3, "bar", 3.99, 4.0), (4.0, "bar", 7.9, 8.01), (4.0, "beat", 4.9, 5.2)],
)
def test_it_begins_with_the_next_one_and_once(place, when, before, after):
    music = Music(place)
    assert music.waits("a look", when)
    assert str(music.quantizer.waiting) == f"a look waits for the {when}"
    assert music.at(before) == [] and music.at(after) == ["a look"] and music.at(after + 9) == ["a look"]
    assert music.quantizer.waiting is None


def test_without_a_tempo_or_a_wish_to_wait_nothing_waits():
    assert not Music(None).waits("a look", "bar") and not Music(2.3).waits("a look", "now")


def test_the_newest_replaces_what_waits():
    music = Music(2.3)
    music.waits("one", "bar")
    music.waits("other", "beat")
    assert music.at(3.1, 4.1) == ["other"]
    music.waits("third", "bar")
    assert not music.waits("now", "now")  # the caller begins it
    assert music.at(8.1) == ["other"]


def test_a_tempo_that_goes_away_holds_nothing_back():
    music = Music(2.3)
    music.waits("a look", "bar")
    assert music.at(None) == ["a look"]


def test_where_the_music_begins_anew_it_waits_for_that_count():
    """A tap or a start: at the one it is due at once; in the midst of a bar it waits for the next one."""
    start, tapped = Music(102.3), Music(102.3)
    for music in (start, tapped):
        music.waits("a look", "bar")
    assert start.at(0.03) == ["a look"]
    assert tapped.at(1.02, 3.9) == [] and tapped.at(4.0) == ["a look"]
