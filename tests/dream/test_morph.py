"""The morph: a new channel comes in evenly; live nothing waits for it, in a film nothing depends on timing."""

import threading
import time

import numpy as np
import pytest

from kaleidocam.dream import morph as module
from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.morph import KEPT, Morph
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

IMAGE = np.zeros((96, 128, 3), np.float32)
ONE, TWO, THREE = "mixed5:1", "mixed5:2", "mixed5:3"


class Voice:
    """Stands for an Ascent: says who dreamed."""

    def __init__(self, channel):
        self.channel, self.value, self.warmed = channel, float(channel.partition(":")[2]), []

    def warm_up(self, size):
        self.warmed.append(size)

    def reset(self):
        self.warmed.append("reset")

    def state(self):
        return {}

    def restore(self, state):
        pass

    def __call__(self, image, seconds, look):
        return np.full_like(image, self.value)


def held_back():
    """An event, the voices that were made, and what makes them: all but that of ONE wait for the event."""
    go, made = threading.Event(), []

    def make(channel):
        if channel != ONE:
            go.wait(10)
        made.append(Voice(channel))
        return made[-1]

    return go, made, make


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
    go, made, make = held_back()
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


def test_one_beside_it_leaves_the_picture_until_its_channel_is_ready_and_warm():
    go, made, make = held_back()
    morph = Morph(make, ONE)
    who(morph, ONE)
    other = morph.beside()
    assert [who(other, TWO) for _ in range(3)] == [0] * 3 and not other.ready and other.playing == ""
    assert "preparing mixed5:2" in other.notice()
    go.set()
    until_ready(other, TWO)
    assert who(other, TWO) == 2 and other.ready and other.playing == TWO  # at once: nothing was there before
    assert made[1].warmed == [(128, 96)] and who(morph, ONE) == 1


def test_one_beside_it_that_fails_is_told_and_the_next_channel_comes():
    def make(channel):
        if channel == TWO:
            raise UserError("no such luck")
        return Voice(channel)

    other = Morph(make, ONE).beside()
    who(other, TWO)
    until_ready(other, TWO)
    assert [who(other, TWO) for _ in range(3)] == [0] * 3 and not other.ready
    assert other.notice() == "mixed5:2 can't be dreamed: no such luck"
    who(other, THREE)
    until_ready(other, THREE)
    assert who(other, THREE) == 3 and other.notice() is None


def test_one_beside_it_waits_in_a_film():
    first, second = (Morph(Voice, ONE, background=False).beside() for _ in range(2))
    assert first.ready and who(first, TWO) == 2
    second.restore(first.state())
    assert second.playing == TWO and who(second, TWO) == 2


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


@pytest.mark.slow
def test_many_changes_keep_few_channels():
    morph = Morph(Voice, ONE)
    for number in range(2, 30):
        who(morph, f"mixed5:{number}")
        until_ready(morph, None)
        assert who(morph, f"mixed5:{number}", morph=0) == number
    assert len(morph._voices) <= KEPT + 1
    assert morph.value == pytest.approx(29)


def climb(channel):
    """An Ascent up a landscape of its own for each channel, without a network."""
    number = int(channel.partition(":")[2])

    def measure(image):
        waves = np.sin(np.arange(image.size, dtype=np.float32) * (0.01 + number / 7)).reshape(image.shape)
        return waves - np.roll(image, number, 0) * np.float32(0.3), float(number)

    return Ascent(measure, stride=8)


def film(morph, moments, image=IMAGE):
    """What is dreamed at each of `moments`, one after another, 0.1 s apart: a journey that changes its mind."""
    for at in moments:
        channel = f"mixed5:{1 if at < 5 else 2 if at < 17 else 3 if at < 22 else 2 if at < 40 else 1}"
        image = morph(image, 0.1, Look(channel=channel, morph=1.0))
        yield image


def test_a_film_waits_for_the_new_channel():
    def make(channel):
        made.append(channel)
        time.sleep(0.02)
        return Voice(channel)

    made, runs = [], []
    for _ in range(2):
        morph = Morph(make, ONE, background=False)
        runs.append([who(morph, ONE if i < 3 else TWO, morph=1.0) for i in range(20)])
        assert morph.notice() is None
    assert runs[0] == runs[1] and runs[0][:4] == [1] * 4 and runs[0][13:] == [2] * 7
    assert sum(runs[0][3:13]) - 10 == pytest.approx(5, abs=1) and made == [ONE, TWO] * 2
    assert who(Morph(make, ONE, background=False), TWO, morph=0) == 2


def test_a_film_ends_where_a_channel_can_not_be_dreamed():
    def make(channel):
        if channel == TWO:
            raise UserError("no such luck")
        return Voice(channel)

    morph = Morph(make, ONE, background=False)
    with pytest.raises(UserError, match="no such luck"):
        who(morph, TWO, morph=0)


@pytest.mark.parametrize("moment", [0, 3, 9, 12, 16, 19, 21, 24, 38, 43, 55])
@pytest.mark.parametrize("used", [False, True])
def test_a_film_goes_on_bit_by_bit_where_it_was_left(moment, used):
    """Before, in and after fades, one of which is turned round; by a new dreamer, or one that did something else."""
    straight = list(film(Morph(climb, ONE, background=False), range(60)))
    first = Morph(climb, ONE, background=False)
    done = [IMAGE, *film(first, range(moment))]
    memory = first.state()
    list(film(first, range(moment, 60), done[-1]))  # what it does later does not change what was kept
    second = first if used else Morph(climb, memory["playing"], background=False)
    second.restore(memory)
    rest = list(film(second, range(moment, 60), done[-1]))
    assert len(rest) == 60 - moment
    for a, b in zip(straight[moment:], rest, strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_is_kept_is_plain_data():
    morph = Morph(climb, ONE, background=False)
    list(film(morph, range(9)))

    def leaves(value):
        return [leaf for part in value.values() for leaf in leaves(part)] if isinstance(value, dict) else [value]

    assert {type(leaf) for leaf in leaves(morph.state())} == {str, int, float, np.ndarray}
    (balance,) = morph.state()["voices"]["coming"]["balances"].values()
    assert balance["deviations"].dtype == np.float64


@pytest.mark.slow
def test_which_channels_are_still_ready_changes_nothing(monkeypatch):
    def journey(kept):
        monkeypatch.setattr(module, "KEPT", kept)
        morph, image = Morph(climb, ONE, background=False), IMAGE
        for at in range(60):
            image = morph(image, 0.1, Look(channel=f"mixed5:{1 + at // 6 % 5}", morph=0.3))
        return image

    np.testing.assert_array_equal(journey(2), journey(99))


def test_reset_it_is_as_new_and_keeps_what_is_prepared():
    made = []
    morph = Morph(lambda channel: made.append(channel) or climb(channel), ONE, background=False)
    first = list(film(morph, range(30)))
    morph.reset(ONE)
    for a, b in zip(first, film(morph, range(30)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert made == [ONE, TWO, "mixed5:3"]


def test_time_that_passes_without_a_step_lets_the_fade_go_on():
    """A film that is begun in the midst of a fade stands where it would have stood, with nothing made in vain."""
    made, passed = [], Morph(Voice, ONE, background=False)
    for at in range(17):
        who(passed, ONE if at < 5 else TWO, morph=2.0)
    begun = Morph(lambda channel: made.append(channel) or Voice(channel), ONE, background=False)
    for at in range(17):
        begun.pass_time(0.1, Look(channel=ONE if at < 5 else TWO, morph=2.0))
    assert made == [ONE]
    assert begun.state()["faded"] == passed.state()["faded"] == pytest.approx(0.6)
    assert [who(begun, TWO, morph=2.0) for _ in range(9)][-1] == 2 and made == [ONE, TWO]


def test_whoever_comes_in_begins_anew_but_not_whoever_plays():
    def make(channel):
        if channel == THREE:
            raise UserError("no such luck")
        voices[channel] = Voice(channel)
        return voices[channel]

    voices = {}
    morph = Morph(make, ONE)
    for channel in (TWO, ONE, THREE, ONE):  # the failing one is played by whoever plays, who must not forget
        who(morph, channel, morph=0)
        until_ready(morph, None)
        who(morph, channel, morph=0)
    assert voices[ONE].warmed.count("reset") == 1 and voices[TWO].warmed.count("reset") == 0
    who(morph, THREE, morph=0)
    assert voices[ONE].warmed.count("reset") == 1


def test_the_real_network_morphs():
    """Two channels of the real network: both rise, one after the other, on the same image."""
    from kaleidocam.picture.assembly import make_dreamer
    from kaleidocam.settings.parameters import Machine

    def make(channel):
        return make_dreamer(Look(channel=channel), Machine())

    rng = np.random.default_rng(0)
    image, morph = rng.normal(0, 0.2, (96, 128, 3)).astype(np.float32).clip(-1, 1), Morph(make, "mixed0:3")
    judges = {channel: make(channel) for channel in ("mixed0:3", "mixed1:20")}
    start = {channel: judge.measure(image) for channel, judge in judges.items()}
    morph(image, 0.05, Look(channel="mixed1:20", rate=2))
    until_ready(morph, None)
    for _ in range(20):
        image = morph(image, 0.05, Look(channel="mixed1:20", morph=0.2, rate=2))
    assert judges["mixed1:20"].measure(image) > 3 * start["mixed1:20"]
