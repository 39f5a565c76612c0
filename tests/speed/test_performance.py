"""The figures of a performance, from what its meter was told."""

import pytest
from speed.noting import SHOWN, STEPPED
from speed.performance import figures

BEGAN = 100.0
SHOWS = [(102.0 + i / 30, 0.010 + 0.001 * (i % 10), i // 50) for i in range(301)]  # ten seconds; six are dropped
TURNS = [(102.5 + i / 20, 10_000 if i < 100 else 20_000) for i in range(190)]


def test_they_are_of_the_last_seconds_and_the_first_picture_of_the_whole():
    found = figures({SHOWN: SHOWS, STEPPED: TURNS}, BEGAN, 5.0)
    assert found["fps"] == pytest.approx(30.0)
    assert found["dropped"] == 4  # at the frames 150, 200, 250 and 300; 151 frames are of these seconds
    assert found["latency p50 ms"] == pytest.approx(14.0, abs=1) and found["latency p95 ms"] == pytest.approx(19, abs=1)
    assert found["longest gap ms"] == pytest.approx(1000 / 30)
    assert found["before: dropped"] == 2 and found["before: latency p95 ms"] == pytest.approx(19, abs=1)
    assert found["dream steps a second"] == pytest.approx(20.0, abs=1.0)
    assert found["grid, pixels, mean"] == pytest.approx(19_000, abs=1000)
    assert found["megapixels dreamed a second"] == pytest.approx(0.38, abs=0.03)
    assert found["first picture, s"] == pytest.approx(2.0)
    assert found["first dream, s"] == pytest.approx(2.55, abs=0.04)


def test_a_gap_is_seen_and_a_dream_that_never_came_is_no_figure():
    found = figures({SHOWN: [*SHOWS[:200], *SHOWS[230:]], STEPPED: TURNS[:1]}, BEGAN, 5.0)
    assert found["longest gap ms"] == pytest.approx(31 / 30 * 1000)
    assert found["first dream, s"] != found["first dream, s"]
