"""Frames at a constant rate, whatever the times of those that come."""

import numpy as np
import pytest

from kaleidocam.frame import Frame
from kaleidocam.sinks.steady import Steady


def frame(seconds, index=0):
    return Frame(np.zeros((2, 2, 3), np.uint8), seconds, index)


def given(steady, times):
    """(slot, which came) of all that is given out."""
    return [
        (round(out.seconds * steady.fps), out.index)
        for index, at in enumerate(times)
        for out in steady.come(frame(at, index))
    ]


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ([7.0, 7.1, 7.2, 7.3], [(0, 0), (1, 1), (2, 2), (3, 3)]),
        ([0, 0.13, 0.17, 0.32], [(0, 0), (1, 1), (2, 2), (3, 3)]),  # they come early and late
        ([0, 0.3, 0.4], [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2)]),  # two are missing
        ([0, 0.05, 0.1, 0.15, 0.2], [(0, 0), (1, 2), (2, 3)]),  # twice as many as wanted
    ],
)
def test_each_slot_has_one_picture(times, wanted):
    assert given(Steady(10), times)[: len(wanted)] == wanted
    slots = [slot for slot, _ in given(Steady(10), times)]
    assert slots == list(range(len(slots)))


def test_a_long_gap_stays_open():
    steady = Steady(10, longest=0.5)
    assert given(steady, [0, 3.0]) == [(0, 0), (30, 1)]


def test_where_nothing_comes_the_newest_is_given_again_and_what_comes_late_takes_no_slot_twice():
    steady = Steady(10, first=frame(0.0, 99))
    assert [out.index for out in steady.again()] == [99]
    assert [(round(out.seconds * 10), out.index) for out in steady.come(frame(50.0, 1))] == [(1, 1)]
    assert len(steady.again()) == len(steady.again()) == 1
    assert steady.come(frame(50.1, 2)) == []
    assert [(round(out.seconds * 10), out.index) for out in steady.again()] == [(4, 2)]
    steady.begin(0)
    assert [(out.seconds, out.index) for out in steady.come(frame(90.0, 3))] == [(0.0, 3)]
