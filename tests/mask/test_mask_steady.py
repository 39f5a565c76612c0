"""A mask between two answers of its network: carried, smoothed, begun anew at a cut."""

from threading import Event

import numpy as np
import pytest
from seeing import sight

from kaleidocam.mask.steady import HALF, STAYS, Steady, sure, without_specks

SHAPE = (18, 32)


class Guess:
    """Answers what it is told to; counts how often it is asked."""

    size = SHAPE[::-1]

    def __init__(self, answer):
        self.answer, self.asked = np.asarray(answer, np.float32), 0

    def __call__(self, small):
        self.asked += 1
        return np.broadcast_to(self.answer, SHAPE).copy()


def block(left):
    answer = np.zeros(SHAPE, np.float32)
    answer[6:12, left : left + 8] = 1
    return answer


@pytest.mark.parametrize(
    ("fps", "every", "asked"), [(30, 0.0, 30), (30, 0.1, 10), (60, 0.1, 10), (10, 0.1, 5), (5, 0.1, 3), (5, 0.0, 5)]
)
def test_it_is_asked_as_often_as_it_was_wished(fps, every, asked):
    guess = Guess(1)
    mask = Steady(guess, every)
    for i in range(fps):
        mask.of(sight(elapsed=i and 1 / fps))
    mask.state()  # waits for what is being looked for
    assert guess.asked == asked


class Slow(Guess):
    """Waits until it may go on."""

    def __init__(self, answer):
        super().__init__(answer)
        self.begun, self.go = Event(), Event()

    def __call__(self, small):
        self.begun.set()
        assert self.go.wait(10)
        return super().__call__(small)


def test_nobody_waits_for_an_answer_and_the_next_frame_has_it():
    guess = Slow(block(4))
    mask = Steady(guess, every=0.1)
    guess.go.set()
    mask.of(sight(cut=True))
    mask.of(sight(elapsed=0.06))
    guess.go.clear(), guess.begun.clear()
    guess.answer = block(12)
    assert np.array_equal(mask.of(sight(elapsed=0.06)), block(4))  # it is due, and is being looked for
    assert guess.begun.wait(10)
    guess.go.set()
    found = mask.of(sight(elapsed=0.1, flow=(-1, 0)))
    assert found[8, 20] > 0.5 and found[8, 12] < 0.5  # found from 12 to 19, and carried on by one


@pytest.mark.parametrize(("trust", "asked"), [(0.96, 1), (0.93, 5), (0.88, 9)])
def test_the_more_is_new_the_sooner_it_is_asked(trust, asked):
    guess = Guess(1)
    mask = Steady(guess, every=10)
    for i in range(9):
        mask.of(sight(trust=trust, cut=i == 0))
    assert guess.asked == asked


def test_the_first_answer_counts_at_once():
    assert np.array_equal(Steady(Guess(block(4))).of(sight(cut=True)), block(4))


def test_between_two_answers_it_goes_with_the_picture():
    guess = Guess(block(4))
    mask = Steady(guess, every=10)
    mask.of(sight(cut=True))
    for _ in range(3):
        shown = mask.of(sight(flow=(-2, 0)))
    np.testing.assert_allclose(shown, block(10), atol=1e-6)
    assert guess.asked == 1


def test_at_a_cut_it_begins_anew():
    guess = Guess(1)
    mask = Steady(guess, every=10)
    mask.of(sight(cut=True))
    guess.answer = block(4)
    assert np.array_equal(mask.of(sight(cut=True)), block(4))


@pytest.mark.parametrize(("trust", "stays"), [(1.0, 1.0), (0.0, STAYS)])
def test_another_answer_comes_gradually_and_the_same_at_any_rate(trust, stays):
    for frames in (1, 2, 4):
        guess = Guess(1)
        mask = Steady(guess)
        mask.of(sight(cut=True))
        guess.answer = np.float32(0)
        for i in range(frames):
            shown = mask.of(sight(elapsed=HALF / frames, trust=trust if i == 0 else 1.0))
        np.testing.assert_allclose(shown, 0.5 * stays, atol=1e-6)


def test_what_is_neither_in_nor_out_stays_as_it_is():
    for first in (0.0, 1.0):
        guess = Guess(first)
        mask = Steady(guess)
        mask.of(sight(cut=True))
        for wavering in (0.45, 0.55, 0.5) * 5:
            guess.answer = np.float32(wavering)
            shown = mask.of(sight())
        assert abs(shown - first).max() < 0.25


def test_a_weak_confidence_is_nobody_and_a_strong_one_somebody():
    np.testing.assert_allclose(sure(np.float32([0, 0.29, 0.5, 0.71, 1])), [0, 0, 0.5, 1, 1], atol=1e-6)


def test_it_may_change_its_size():
    mask = Steady(Guess(1), every=10)
    mask.of(sight(cut=True))
    assert mask.of(sight(shape=(9, 16))).shape == (9, 16)


@pytest.mark.parametrize("every", [0.0, 0.1])
def test_it_goes_on_from_its_state(every):
    def moments():
        return [(block(i), sight(flow=(-1, 0), trust=0.5, cut=i == 0)) for i in range(12)]

    def shown(mask, guess, moments):
        for guess.answer, moment in moments:
            yield mask.of(moment)
            mask.state()  # waits for what is being looked for

    guess = Guess(0)
    mask = Steady(guess, every)
    whole = list(shown(mask, guess, moments()))
    first = Steady(guess, every)
    begun = list(shown(first, guess, moments()[:5]))
    second = Steady(guess, every)
    second.restore(first.state())
    assert np.array_equal(whole, begun + list(shown(second, guess, moments()[5:])))


def test_a_speck_that_is_new_and_stands_alone_is_nobody():
    answer = np.zeros((90, 160), np.float32)
    answer[10:40, 20:60], answer[42:45, 20:30], answer[70:74, 100:108] = 1, 0.8, 0.6
    body = answer.copy()
    body[42:] = 0
    assert np.array_equal(without_specks(answer.copy()), body)
    known = np.zeros_like(answer)
    known[71, 101] = 0.9
    rest = answer.copy()
    rest[42:45] = 0
    assert np.array_equal(without_specks(answer.copy(), known), rest)  # one that was the subject's stays
    answer[40:42, 25] = 0.1
    assert np.array_equal(without_specks(answer, known)[42:45], answer[42:45])  # and one that hangs together with it
    assert answer[43, 25] == np.float32(0.8)


def test_nobody_and_all_are_no_specks():
    for level in (0, 1):
        answer = np.full((9, 16), level, np.float32)
        assert np.array_equal(without_specks(answer.copy()), answer)
