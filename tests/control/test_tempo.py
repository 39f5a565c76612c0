"""Tempo: known answers for taps, jittered clocks, changes and pauses. No clock of this machine is involved."""

import math
import random

import pytest

from kaleidocam.control.tempo import Tempo
from kaleidocam.errors import UserError

NOW = 1000.0


def ticks(bpm, beats, *, start=NOW, jitter=0.0, seed=1):
    """Times of a MIDI clock's ticks; the first is on a beat."""
    random.seed(seed)
    return [start + i * 60 / bpm / 24 + random.uniform(-jitter, jitter) for i in range(round(beats * 24))]


def off_beat(tempo, when, bpm, start=NOW):
    """Seconds by which the tempo's phase at `when` is off the true one."""
    true = (when - start) * bpm / 60
    told = -math.log(tempo.beat(when)) / 5  # the pulse is exp(-5 * phase)
    return ((told - true + 0.5) % 1 - 0.5) * 60 / bpm


def test_without_news_there_is_no_tempo_and_no_pulse():
    tempo = Tempo()
    assert tempo.bpm is None and tempo.beat() == 0 and tempo.phase == 0


def test_the_pulse_is_one_on_the_beat_and_gone_before_the_next():
    tempo = Tempo()
    for seconds in (NOW, NOW + 0.5):
        tempo.tap(seconds)
    assert tempo.beat(NOW + 1.5) == pytest.approx(1)
    falling = [tempo.beat(NOW + 1.5 + 0.05 * i) for i in range(10)]
    assert falling == sorted(falling, reverse=True)
    assert tempo.beat(NOW + 1.999) < 0.01


@pytest.mark.parametrize("bpm", [30, 90, 174, 299])
def test_taps_set_the_tempo_and_the_beat(bpm):
    tempo = Tempo()
    for i in range(6):
        tempo.tap(NOW + i * 60 / bpm)
    assert tempo.bpm == pytest.approx(bpm)
    assert tempo.beat(NOW + 9 * 60 / bpm + 1e-6) == pytest.approx(1, abs=0.01)


def test_one_slip_among_the_taps_is_forgiven():
    tempo = Tempo()
    for seconds in (0, 0.5, 1.0, 2.0, 2.5):  # one beat was left out
        tempo.tap(NOW + seconds)
    assert tempo.bpm == pytest.approx(120)


def test_after_a_pause_tapping_begins_anew():
    tempo = Tempo()
    for seconds in (0, 0.5, 1.0, 5.0, 5.75):
        tempo.tap(NOW + seconds)
    assert tempo.bpm == pytest.approx(80)


def test_a_new_tempo_can_be_tapped_at_once():
    tempo = Tempo()
    for seconds in (0, 0.5, 1.0, 1.5, 2.3, 3.1, 3.9, 4.7):
        tempo.tap(NOW + seconds)
    assert tempo.bpm == pytest.approx(75)


def test_a_held_key_is_one_tap():
    tempo = Tempo()
    for i in range(60):
        tempo.tap(NOW + i / 30)
    assert tempo.bpm is None


def test_one_tap_keeps_a_tempo_and_moves_its_beat():
    tempo = Tempo(100)
    tempo.tap(NOW + 0.123)
    assert tempo.bpm == pytest.approx(100)
    assert tempo.beat(NOW + 0.123 + 0.6 + 1e-6) == pytest.approx(1, abs=1e-4)  # not before it, however it is rounded


@pytest.mark.parametrize("bpm", [29, 301, math.nan])
def test_a_tempo_beyond_reason_is_refused(bpm):
    with pytest.raises(UserError, match="allowed is 30 to 300"):
        Tempo(bpm)


@pytest.mark.parametrize("bpm", [40, 120, 128, 174.2, 290])
def test_a_jittered_clock_gives_tempo_and_beat(bpm):
    tempo, offs = Tempo(), []
    tempo.start(NOW - 0.004)
    for i, when in enumerate(ticks(bpm, 40, jitter=0.003)):
        tempo.clock(when)
        if i > 24 * 6:
            assert tempo.bpm == pytest.approx(bpm, rel=0.005)
            offs.append(off_beat(tempo, when + 0.001, bpm))
    assert max(abs(off) for off in offs) < 0.010


def test_the_place_never_jumps_nor_runs_backward():
    tempo, last = Tempo(), None
    for when in ticks(120, 8, jitter=0.003) + ticks(150, 8, start=NOW + 4, jitter=0.003):
        before = tempo.beat(when)
        tempo.clock(when)
        if when > NOW + 1:
            assert tempo.beat(when) == pytest.approx(before, rel=1e-9)  # a tick bends the course, no more
            later = -math.log(tempo.beat(when + 0.02)) / 5
            gone = (later + math.log(before) / 5) % 1
            assert last is None or 0 <= gone < 0.12
        last = when


@pytest.mark.parametrize("after", [90, 126, 140, 60, 240])
def test_a_change_of_tempo_is_followed_within_a_few_beats(after):
    tempo = Tempo()
    for when in ticks(120, 16, jitter=0.002):
        tempo.clock(when)
    change = NOW + 16 * 0.5
    for when in ticks(after, 4, start=change, jitter=0.002):
        tempo.clock(when)
    assert tempo.bpm == pytest.approx(after, rel=0.02)
    for when in ticks(after, 4, start=change + 4 * 60 / after, jitter=0.002):
        tempo.clock(when)
    assert tempo.bpm == pytest.approx(after, rel=0.006)
    assert abs(off_beat(tempo, when + 0.001, after, change)) < 0.012


def test_when_the_clock_stops_the_last_tempo_goes_on():
    tempo = Tempo()
    for when in ticks(126, 16, jitter=0.001):
        tempo.clock(when)
    assert tempo.bpm == pytest.approx(126, rel=0.002)
    assert abs(off_beat(tempo, when + 20, 126)) < 0.08


def test_a_start_puts_the_beat_on_the_next_tick():
    tempo = Tempo()
    for when in ticks(120, 7.4):  # stops in the middle of a beat
        tempo.clock(when)
    tempo.stop()
    assert tempo.beat(when + 0.1) == 0
    begin = when + 3.0
    tempo.start(begin)
    assert tempo.beat(begin) == pytest.approx(1)
    for when in ticks(120, 2, start=begin + 0.015):
        tempo.clock(when)
    assert abs(off_beat(tempo, when + 0.001, 120, begin + 0.015)) < 0.003


def test_a_stop_rests_the_pulse_until_it_is_continued():
    tempo = Tempo(120)
    tempo.stop()
    assert tempo.beat() == 0 and tempo.bpm == 120
    tempo.resume()
    assert tempo.beat() > 0


def test_ticks_that_were_held_up_and_come_together_change_nothing():
    tempo, when = Tempo(), NOW
    for when in ticks(120, 16):
        late = NOW + 5.0 if NOW + 4.0 < when < NOW + 5.0 else when
        tempo.clock(late)
        if when > NOW + 5.3:
            assert tempo.bpm == pytest.approx(120, rel=0.01)
            assert abs(off_beat(tempo, late + 0.001, 120)) < 0.01


def test_a_tap_moves_the_beat_of_a_running_clock_but_not_its_tempo():
    tempo, times = Tempo(), ticks(120, 20)
    for i, when in enumerate(times):
        tempo.clock(when)
        if i in (229, 249):  # at another tempo; the last nine ticks after the beat
            tempo.tap(when)
            assert tempo.bpm == pytest.approx(120, rel=0.002)
    assert tempo.bpm == pytest.approx(120, rel=0.002)
    assert abs(off_beat(tempo, when + 0.001, 120, times[249])) < 0.005


def test_a_flood_of_ticks_is_survived():
    tempo = Tempo()
    for i in range(20000):
        tempo.clock(NOW + i * 1e-5)
    for when in ticks(120, 8, start=NOW + 1):
        tempo.clock(when)
    assert tempo.bpm == pytest.approx(120, rel=0.01)
