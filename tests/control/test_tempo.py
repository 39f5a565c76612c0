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


def unsteady(bpm, beats, *, lost=0.0, double=0.0, start=NOW, jitter=0.005, seed=1):
    """Ticks with so many of a hundred lost, and so many that come twice."""
    random.seed(seed)
    for i, when in enumerate(ticks(bpm, beats, start=start, jitter=jitter, seed=seed)):
        if i > 2 and random.random() < lost:
            continue
        yield when
        if random.random() < double:
            yield when + random.choice([0.0002, 0.003, 0.005])


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


def test_beats_are_counted_from_the_first_tap_for_bars():
    tempo = Tempo()
    assert tempo.place(NOW) is None
    for i in (0, 1, 2, 4):  # one was left out
        tempo.tap(NOW + i * 0.5)
    assert tempo.place(NOW + 2.25) == pytest.approx(4.5)
    tempo.tap(NOW + 20.1)  # a single tap: the beat is now, whichever it is
    assert tempo.place(NOW + 20.1) == pytest.approx(40)
    tempo.tap(NOW + 20.6)  # tapping has begun again, on the one
    assert tempo.place(NOW + 20.6) == pytest.approx(1)


def test_beats_are_counted_from_a_start_and_not_while_the_music_is_stopped():
    tempo = Tempo(120)
    tempo.start(NOW)
    assert tempo.place(NOW + 2.25) == pytest.approx(4.5)
    tempo.stop()
    assert tempo.place(NOW + 2.25) is None
    tempo.resume()
    assert tempo.place(NOW + 2.25) == pytest.approx(4.5)


@pytest.mark.parametrize(("lost", "double"), [(0, 0), (0.05, 0), (0, 0.05)], ids=["all", "some lost", "some double"])
@pytest.mark.parametrize("bpm", [60, 120, 140])
def test_a_clock_of_5_ms_of_jitter_is_followed_to_half_a_bpm_and_10_ms(bpm, lost, double):
    tempo = Tempo()
    tempo.start(NOW - 0.01)
    for when in sorted(unsteady(bpm, 40, lost=lost, double=double)):
        tempo.clock(when)
        if when > NOW + 6 * 60 / bpm:
            assert tempo.bpm == pytest.approx(bpm, abs=0.5)
            assert tempo.place(when + 0.001) == pytest.approx((when + 0.001 - NOW) * bpm / 60, abs=0.01 * bpm / 60)


def test_a_clock_that_comes_twice_by_two_cables_is_one_clock():
    tempo = Tempo()
    tempo.start(NOW - 0.01)
    for when in ticks(120, 30, jitter=0.002):
        tempo.clock(when)
        tempo.clock(when + 0.0003)
    assert tempo.bpm == pytest.approx(120, abs=0.5) and tempo.place(NOW + 15) == pytest.approx(30, abs=0.02)


@pytest.mark.parametrize("after", [126, 122, 140, 87, 60])
def test_the_count_is_right_through_a_change_of_tempo(after):
    tempo = Tempo()
    tempo.start(NOW - 0.01)
    change = NOW + 16 * 0.5
    for when in ticks(120, 16, jitter=0.001) + ticks(after, 16, start=change, jitter=0.001):
        tempo.clock(when)
    assert tempo.bpm == pytest.approx(after, abs=0.5)
    assert tempo.place(when) == pytest.approx(16 + (when - change) * after / 60, abs=0.01 * after / 60)


def test_a_song_goes_on_where_it_was_stopped_or_where_its_position_is():
    tempo = Tempo()
    tempo.start(NOW - 0.01)
    for when in ticks(120, 6.5):
        tempo.clock(when)
    tempo.stop()
    for when in ticks(120, 3, start=NOW + 3.25):  # many clocks go on, so that the tempo is known
        tempo.clock(when)
        assert tempo.place(when) is None
    assert tempo.bpm == pytest.approx(120)
    tempo.resume(NOW + 4.745)
    assert tempo.place(NOW + 4.745) == pytest.approx(6.5)
    for when in ticks(120, 2, start=NOW + 4.75):
        tempo.clock(when)
    assert tempo.place(NOW + 5.75) == pytest.approx(8.5, abs=0.01)
    tempo.stop()
    tempo.locate(64)  # sixteenths: four bars
    tempo.resume(NOW + 6)
    for when in ticks(120, 2, start=NOW + 6.2):
        tempo.clock(when)
    assert tempo.place(NOW + 7.2) == pytest.approx(18, abs=0.01)


def test_a_nudge_moves_the_beat_a_little_and_never_backward():
    tempo = Tempo()
    for i in range(4):
        tempo.tap(NOW + i * 0.5)
    before = tempo.place(NOW + 2)
    for _ in range(3):
        tempo.commands["nudge-later"](NOW + 2)
    assert tempo.place(NOW + 2) == pytest.approx(before)
    places = [tempo.place(NOW + 2 + i / 100) for i in range(100)]
    assert places == sorted(places) and places[-1] == pytest.approx(before + 1.98 - 0.06)
    tempo.commands["nudge-earlier"](NOW + 3)
    assert tempo.place(NOW + 4) == pytest.approx(before + 4 - 0.04)
    tempo.tap(NOW + 4.04)  # a tap is the beat again
    assert tempo.place(NOW + 4.04) == pytest.approx(round(before + 4))


def test_a_nudge_of_a_running_clock_stays_with_it_also_after_a_start():
    tempo = Tempo()
    tempo.start(NOW - 0.01)
    for when in ticks(120, 8):
        tempo.clock(when)
    tempo.nudge(0.02, NOW + 4)
    tempo.start(NOW + 3.99)
    for when in ticks(120, 8, start=NOW + 4):
        tempo.clock(when)
    assert tempo.place(when) == pytest.approx((when - NOW - 4 + 0.02) * 2, abs=0.01)


def test_the_one_is_where_the_performer_says():
    tempo = Tempo(120)
    with pytest.raises(UserError, match="no tempo yet"):
        Tempo().resync(NOW)
    tempo.start(NOW)
    tempo.resync(NOW + 1.3)  # at 2.6: the bar at 4 is nearer than the one at 0
    assert tempo.place(NOW + 1.3) == pytest.approx(4)
    tempo.resync(NOW + 1.3 + 0.9)
    assert tempo.place(NOW + 2.2) == pytest.approx(4)
    running = Tempo()
    running.start(NOW - 0.01)
    for i, when in enumerate(ticks(120, 10)):
        running.clock(when)
        if i == 24 * 7:
            running.resync(when + 0.002)
    assert running.place(when) == pytest.approx(8 + (when - NOW - 3.502) * 2, abs=0.01)


def test_half_and_twice_the_tempo_keep_the_beat():
    tempo = Tempo(120)
    tempo.start(NOW)
    tempo.multiply(2, NOW + 4)
    assert tempo.bpm == pytest.approx(240) and tempo.place(NOW + 4.25) == pytest.approx(17)
    tempo.multiply(0.5, NOW + 5)
    assert tempo.bpm == pytest.approx(120) and tempo.place(NOW + 5) == pytest.approx(10)
    with pytest.raises(UserError, match="the tempo is 480 BPM; allowed is 30 to 300"):
        Tempo(240).multiply(2, NOW)
    for when in ticks(120, 2):
        tempo.clock(when)
    with pytest.raises(UserError, match="a MIDI clock sets the tempo"):
        tempo.multiply(2, when)


class Session:
    """A tempo that others set too, as they might."""

    def __init__(self, others=1):
        self.bpm, self.others, self.is_stopped, self.at = 120.0, others, False, NOW

    def beat(self, seconds):
        return (seconds - self.at) * self.bpm / 60

    def set_bpm(self, bpm, seconds):
        beat, self.bpm = self.beat(seconds), bpm
        self.set_beat(beat, seconds)

    def set_beat(self, beat, seconds):
        self.at = seconds - beat * 60 / self.bpm


def test_of_a_shared_tempo_a_tap_sets_the_tempo_and_no_beat_of_the_others_jumps():
    tempo, session = Tempo(), Session()
    tempo.share(session)
    for i in range(3):
        tempo.tap(NOW + 0.1 + i * 0.6)
    assert session.bpm == tempo.bpm == pytest.approx(100)
    theirs = session.beat(NOW + 4)
    tempo.nudge(0.03, NOW + 2)
    tempo.resync(NOW + 4)
    assert session.beat(NOW + 4) == theirs
    assert tempo.place(NOW + 4) == pytest.approx(4 * round(theirs / 4) + theirs - round(theirs) + 0.05)
    assert not tempo.clock(NOW + 4) and tempo.bpm == pytest.approx(100)
    session.is_stopped = True
    assert tempo.place(NOW + 4) is None and tempo.beat(NOW + 4) == 0


def test_alone_in_a_session_a_tap_is_the_beat_and_the_one_is_for_all_who_come():
    tempo, session = Tempo(), Session(others=0)
    tempo.share(session)
    tempo.nudge(0.03, NOW)
    for i in range(3):
        tempo.tap(NOW + 0.1 + i * 0.6)
    assert session.beat(NOW + 1.3) == tempo.place(NOW + 1.3) == pytest.approx(2)
    tempo.resync(NOW + 2.2)
    assert session.beat(NOW + 2.2) == tempo.place(NOW + 2.2) == pytest.approx(4)
    tempo.multiply(0.5, NOW + 3)
    assert session.bpm == pytest.approx(50)
