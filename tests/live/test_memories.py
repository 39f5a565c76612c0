"""What is remembered: what was shown, no more than the limits, in memory alone; and how it is played."""

import numpy as np
import pytest

from kaleidocam.live import memories
from kaleidocam.live.memories import EVERY, MOST_SECONDS, Memories

SIZE = (64, 36)


@pytest.fixture
def remembered():
    with_all = Memories()
    yield with_all
    with_all.close()


def gray(level):
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


def keep(what, begin, seconds, level):
    """A moment of one gray level."""
    for i in range(round(seconds / EVERY)):
        what.keep(gray(level), begin + i * EVERY)
        what._packing.result()


def played(what, seconds, step=EVERY):
    """(level, moment) of each picture, from the first one on."""
    what.begin(SIZE)
    found = [what.picture(i * step) for i in range(round(seconds / step))]
    return [None if each is None else (round(each[0].mean()), each[1]) for each in found]


def test_moments_are_played_one_after_another_without_the_time_between_and_again(remembered):
    keep(remembered, 10, 2, 50)
    keep(remembered, 500, 1, 90)
    shown = played(remembered, 6.1)
    levels = [level for level, _ in shown]
    assert levels[:22] == [50] * 22 and set(levels[26:34]) == {90} and set(levels[38:58]) == {50}
    assert [shown[i][1] for i in (0, 30, 50)] == [0, 1, 2]


def test_it_is_played_as_fast_as_it_was(remembered):
    for i in range(30):
        remembered.keep(gray(2 * i), i / 10)
        remembered._packing.result()
    shown = [level for level, _ in played(remembered, 2.8, 0.1)]
    assert np.abs(np.array(shown) - 2 * np.arange(28)).max() <= 3


def test_too_little_is_not_played(remembered):
    assert played(remembered, 0.1) == [None]
    keep(remembered, 0, 1, 50)
    assert played(remembered, 0.1) == [None]


def test_frames_that_come_faster_are_not_all_kept(remembered):
    for i in range(120):
        remembered.keep(gray(9), i / 60)
        remembered._packing.result()
    assert len(remembered._ring) == pytest.approx(2 / EVERY, abs=2)


def test_no_more_than_so_many_seconds_and_bytes(remembered, monkeypatch):
    monkeypatch.setattr(memories, "MOST_SECONDS", 3.0)
    keep(remembered, 0, 5, 50)
    assert remembered._seconds <= 3.0 and remembered._ring[0].seconds > 1.9
    monkeypatch.setattr(memories, "MOST_BYTES", remembered._bytes // 2)
    keep(remembered, 100, 2, 90)
    assert remembered._bytes == sum(len(each.data) for each in remembered._ring) <= memories.MOST_BYTES
    assert remembered._seconds == pytest.approx(sum(remembered._lasts(i) for i in range(len(remembered._ring))))


def test_forgotten_is_forgotten_at_once_also_while_it_plays(remembered):
    keep(remembered, 0, 3, 50)
    remembered.begin(SIZE)
    assert remembered.picture(0.0) is not None and "0:03" in remembered.line()
    remembered.forget()
    assert remembered.picture(0.1) is None and not remembered._ring and "0:00" in remembered.line()


def test_a_large_picture_is_kept_small(remembered):
    keep_this = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    for i in range(30):
        remembered.keep(keep_this, i * EVERY)
        remembered._packing.result()
    remembered.begin((1280, 720))
    assert remembered.picture(0.0)[0].shape == (360, 640, 3)
    assert MOST_SECONDS == 300
