"""The morph: a new channel comes in evenly, and nothing waits for it."""

import threading
import time

import numpy as np
import pytest

from kaleidocam.dream.morph import KEPT, Morph
from kaleidocam.errors import UserError
from kaleidocam.settings import Look

IMAGE = np.zeros((96, 128, 3), np.float32)
ONE, TWO, THREE = "mixed5:1", "mixed5:2", "mixed5:3"


class Voice:
    """Stands for an Ascent: says who dreamed."""

    def __init__(self, channel):
        self.channel, self.value, self.warmed = channel, float(channel.partition(":")[2]), []

    def warm_up(self, size):
        self.warmed.append(size)

    def __call__(self, image, seconds, look):
        return np.full_like(image, self.value)


def until_ready(morph, look):
    deadline = time.monotonic() + 10
    while morph._job and not morph._job.done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def who(played, channel, seconds=0.1, **more):
    """Which channel took the step, and had it been the only one."""
    return int(played(IMAGE, seconds, Look(channel=channel, **more))[0, 0, 0])


def test_the_share_of_the_new_channel_grows_evenly():
    morph = Morph(Voice, ONE)
    assert [who(morph, ONE) for _ in range(5)] == [1] * 5
    who(morph, TWO)
    until_ready(morph, TWO)
    steps = [who(morph, TWO, morph=4.0) for _ in range(44)]
    assert set(steps) == {1, 2} and steps[-4:] == [2] * 4
    shares = np.array(steps[:40]).reshape(4, 10).mean(1) - 1
    np.testing.assert_allclose(shares, [0.125, 0.375, 0.625, 0.875], atol=0.08)  # of each second
    assert morph.playing == TWO


def test_at_once_where_no_time_is_wanted():
    morph = Morph(Voice, ONE)
    who(morph, TWO, morph=0)
    until_ready(morph, TWO)
    assert who(morph, TWO, morph=0) == 2 and who(morph, TWO, morph=0) == 2


def test_nothing_waits_and_the_new_one_is_warm_before_it_plays():
    go, made = threading.Event(), []

    def make(channel):
        if channel != ONE:
            go.wait(10)
        made.append(Voice(channel))
        return made[-1]

    morph = Morph(make, ONE)
    before = time.monotonic()
    assert [who(morph, TWO) for _ in range(20)] == [1] * 20 and time.monotonic() - before < 1
    assert "preparing mixed5:2" in morph.notice()
    go.set()
    until_ready(morph, TWO)
    who(morph, TWO, morph=0)
    assert made[1].warmed == [(128, 96)] and morph.notice() is None


def test_a_channel_that_fails_is_told_and_the_old_one_dreams_on():
    def make(channel):
        if channel == TWO:
            raise UserError("no such\nluck")
        return Voice(channel)

    morph = Morph(make, ONE)
    who(morph, TWO)
    until_ready(morph, TWO)
    assert [who(morph, TWO, morph=0.2) for _ in range(9)] == [1] * 9
    assert morph.notice() == "mixed5:2 can't be dreamed: no such luck"
    who(morph, THREE)
    until_ready(morph, THREE)
    assert who(morph, THREE, morph=0) == 3 and morph.notice() is None


def test_a_change_of_mind_in_the_midst_goes_on_from_what_is_dreamed_more_of():
    morph = Morph(Voice, ONE)
    who(morph, TWO)
    until_ready(morph, TWO)
    for _ in range(8):
        who(morph, TWO, morph=1.0)
    who(morph, THREE)
    until_ready(morph, THREE)
    steps = [who(morph, THREE, morph=2.0) for _ in range(24)]
    assert set(steps) == {2, 3} and steps[-1] == 3


def test_many_changes_keep_few_channels():
    morph = Morph(Voice, ONE)
    for number in range(2, 30):
        who(morph, f"mixed5:{number}")
        until_ready(morph, None)
        assert who(morph, f"mixed5:{number}", morph=0) == number
    assert len(morph._voices) <= KEPT + 1
    assert morph.value == pytest.approx(29)


def test_the_real_network_morphs():
    """Two channels of the real network: both rise, one after the other, on the same image."""
    from kaleidocam import build
    from kaleidocam.settings import Machine

    def make(channel):
        return build.make_dreamer(Look(channel=channel), Machine())

    rng = np.random.default_rng(0)
    image, morph = rng.normal(0, 0.2, (96, 128, 3)).astype(np.float32).clip(-1, 1), Morph(make, "mixed0:3")
    judges = {channel: make(channel) for channel in ("mixed0:3", "mixed1:20")}
    start = {channel: judge.measure(image) for channel, judge in judges.items()}
    morph(image, 0.05, Look(channel="mixed1:20", rate=2))
    until_ready(morph, None)
    for _ in range(20):
        image = morph(image, 0.05, Look(channel="mixed1:20", morph=0.2, rate=2))
    assert judges["mixed1:20"].measure(image) > 3 * start["mixed1:20"]
