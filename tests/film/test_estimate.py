"""What a film will take is told before it is begun."""

import pytest

from kaleidocam.film import estimate
from kaleidocam.film.estimate import BEGINNING, LEAST, MOST, Expected, Pace, Tried, expect, goes_on, pace, speed_up


def finished(count, seconds, *, begun=50.0, busy=1.0):
    """Frames finished one after another, those of the beginning all at once."""
    return [(begun + max(0, i - BEGINNING) * seconds, busy * max(0, i - BEGINNING) * seconds) for i in range(count)]


def test_what_is_done_once_does_not_count():
    tried = Tried(finished(10, 0.25, busy=1.5), [900] + [100] * 9)
    assert pace(tried, key_every=240).seconds == pytest.approx(0.25)
    assert pace(tried, key_every=240).cores == pytest.approx(1.5)


def test_key_frames_count_as_often_as_there_are_any():
    tried = Tried(finished(10, 1), [900] + [100] * 9)
    assert pace(tried, key_every=10).bytes == pytest.approx(100 + 800 / 10)
    assert pace(tried, key_every=1000).bytes == pytest.approx(100 + 800 / 1000)


def test_a_film_that_is_encoded_once_more_is_told_as_it_becomes():
    told = expect(pace(Tried(finished(10, 0.1), [900] * 10, 5.0, 4000), key_every=10), [60, 40], 200)
    assert (told.seconds, told.bytes, told.disk) == pytest.approx((100 * 0.1 + 200 * 0.5, 200 * 400, 200 * 1300))


@pytest.mark.parametrize(
    "seconds, frames, tried",
    [
        (0.01, 60, LEAST),
        (0.01, 100_000, MOST),
        (2.0, 60, LEAST),
        (0.5, 2000, BEGINNING + 13),
        (0.5, 200, LEAST),
        (0.1, 600, 15),
        (0.2, 40, LEAST),
    ],
)
def test_no_more_is_tried_than_tells_something(seconds, frames, tried):
    assert next(count for count in range(100) if not goes_on(finished(count, seconds), frames)) == tried


def test_workers_share_the_cores_of_their_machine():
    assert speed_up({"a": 4}, cores=2, busy=1.0) == 2
    assert speed_up({"a": 4}, cores=2, busy=2.0) == 1
    assert speed_up({"a": 1, "b": 3}, cores=8, busy=2.0) == 4


def test_many_workers_wait_for_the_longest_segment_and_their_start():
    one = Pace(0.1, 1000, 1000)
    assert expect(one, [100, 100, 100], 300).seconds == pytest.approx(30)
    assert expect(one, [100, 100, 100], 300, workers=2).seconds == pytest.approx(15 + estimate.WORKER_SECONDS)
    assert expect(one, [280, 20], 300, workers=2).seconds == pytest.approx(28 + estimate.WORKER_SECONDS)


@pytest.mark.parametrize(
    "seconds, size, text",
    [
        (720, 84_600_000, "about 12 min and 85 MB"),
        (10, 6000, "about 10 s and 6.0 kB"),
        (0, 0, "about 1 s and 0.0 kB"),
        (59.6, 999_600, "about 1 min and 1.0 MB"),
        (10_000, 12_345_600_000, "about 2 h 45 min and 12.3 GB"),
        (7200, 7_195_680_000, "about 2 h and 7.2 GB"),
        (3590, 9_960_000, "about 1 h and 10 MB"),
    ],
)
def test_time_and_size_as_people_say_them(seconds, size, text):
    assert str(Expected(seconds, size, 2 * size)) == text


def test_sound_counts_too():
    told = expect(Pace(0.1, 10_000, 10_000), [100], 100, sound_bytes=9_000_000)
    assert (told.bytes, told.disk) == (10_000_000, 11_000_000)


def test_a_disk_that_may_be_too_small_is_said():
    expected = Expected(1, 1_700_000_000, 3_400_000_000)
    assert estimate.warning(expected, 2_100_000_000) == "the disk has 2.1 GB free; the film may need 3.4 GB"
    assert estimate.warning(expected, 3_400_000_000) is None
