"""A dream that wanders: smoothly, far enough to be seen, back again, and as a function of time alone."""

from itertools import pairwise

import numpy as np
import pytest

from kaleidocam.atlas.kin import KIN, kin
from kaleidocam.control.desk import Desk
from kaleidocam.control.wandering import WAYS, wandering
from kaleidocam.film.score import Score, Track
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import knob

PERIOD = 40.0
LOOK = Look(channel="mixed4:245", wander=1, wander_seconds=PERIOD)


def test_nothing_wanders_unasked():
    look = Look()
    assert wandering(look, 123.4) is look


def test_it_begins_as_the_look_is():
    assert wandering(LOOK, 0.0) == LOOK.model_copy(update={"morph": 6.0})


@pytest.mark.parametrize("name", WAYS)
def test_each_parameter_goes_slowly_and_far_and_stays_in_its_range(name):
    values = np.array([getattr(wandering(LOOK, i / 10), name) for i in range(6000)])
    below, above, _ = WAYS[name]
    assert np.ptp(values) > 0.6 * (min(above, knob(name).high - getattr(LOOK, name)) + -below)
    assert np.abs(np.diff(values)).max() < 0.01 * (above - below) * 4  # a tenth of a second
    assert knob(name).low <= values.min() and values.max() <= knob(name).high
    assert np.abs(values - getattr(LOOK, name)).max() <= max(above, -below) + 1e-9


def test_half_the_amount_is_half_the_way():
    half = LOOK.model_copy(update={"wander": 0.5})
    way = lambda look: wandering(look, 33.0).tilt - look.tilt  # noqa: E731
    assert way(half) == pytest.approx(way(LOOK) / 2) and way(LOOK)


def test_motifs_come_one_a_period_and_are_kin():
    played = [wandering(LOOK, (i + 0.5) * PERIOD).channel for i in range(12)]
    assert played[0] == LOOK.channel and set(played) == {LOOK.channel, *kin(LOOK.channel)}
    assert len(set(played)) == KIN + 1  # no more than stay ready
    assert all(a != b for a, b in pairwise(played))
    seldom = [wandering(LOOK.model_copy(update={"wander": 0.2}), (i + 0.5) * PERIOD).channel for i in range(100)]
    assert 5 < sum(channel != LOOK.channel for channel in seldom) < 25


def test_a_channel_that_was_just_chosen_is_what_is_played():
    now = [0.0]
    desk = Desk(LOOK, clock=lambda: now[0])
    now[0] = 1.5 * PERIOD
    assert desk.look().channel != "mixed4:245"
    desk.set("channel", "mixed5:74", "a test")
    assert desk.look().channel == "mixed5:74" and desk.base.tilt == LOOK.tilt
    now[0] += 0.9 * PERIOD
    assert desk.look().channel == "mixed5:74"
    now[0] += 0.2 * PERIOD
    assert desk.look().channel in kin("mixed5:74")


def test_a_film_plays_it_by_its_own_time():
    channel = Track("mixed4:245")
    channel.go(50.0, "mixed5:74")
    score = Score(LOOK, {"channel": channel})
    assert score.look(41.0) == wandering(LOOK, 41.0)
    assert score.look(60.0).channel == "mixed5:74" and score.look(95.0).channel in kin("mixed5:74")
    assert score.look(60.0).tilt == wandering(LOOK, 60.0).tilt
