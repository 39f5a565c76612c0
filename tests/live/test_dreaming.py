"""The dream that is made beside the picture: what is shown before it, how it comes, and what ends while it is made."""

import threading
import time

import numpy as np
import pytest
from moving import Moving
from test_stage import GRID, Keyboard, bright, stage_of

from kaleidocam.dream.base import Plain
from kaleidocam.errors import UserError
from kaleidocam.picture.dream import Dream
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.memory import Memory
from kaleidocam.sources.newest import Newest

pytestmark = pytest.mark.timed


def making(seconds, dreamer=bright):
    """Makes a dream in so many seconds."""

    def make(ended):
        time.sleep(seconds)
        return Dream(GRID, Plain(dreamer))

    return make


def changes(sink, picture):
    return [float(np.abs(frame.image.astype(int) - picture).mean()) for frame in sink.frames]


@pytest.mark.slow
def test_the_clean_picture_is_shown_until_the_dream_is_there_and_then_it_fades_in():
    sink = Memory()
    with Newest(Moving(100, fps=40, speed=0), paced=True) as source:
        stage_of(source, [sink], None, until=2.0, make=making(0.6), look=Look(limit=2, half_life=60)).run()
    change = changes(sink, Moving(1, speed=0).read().image.astype(int))
    clean = change.index(next(value for value in change if value))
    assert clean > 8  # of the 24 that are shown meanwhile, each as it came
    assert max(change) > 10 and max(np.diff(change)) < max(change) / 3  # no jump


def test_the_first_picture_comes_before_the_dream_is_begun():
    sink, shown = Memory(), []

    def make(ended):
        shown.append(len(sink.frames))
        return Dream(GRID, Plain(bright))

    with Newest(Moving(20, fps=40), paced=True) as source:
        stage_of(source, [sink], None, until=0.3, make=make).run()
    assert shown and shown[0] >= 1


def test_mirrors_need_no_dream():
    sink = Memory()
    with Newest(Moving(20, fps=40), paced=True) as source:
        stage_of(source, [sink], None, until=0.2, make=making(0.5), look=Look(mirrors=2)).run()
    image = sink.frames[0].image.astype(int)
    assert np.abs(image - image[:, ::-1]).mean() < 3 or np.abs(image - image[::-1]).mean() < 3


@pytest.mark.parametrize("error", [UserError("no such device"), ImportError("a library is missing")])
def test_a_dream_that_can_not_be_made_ends_the_performance_with_its_error(error):
    sink = Memory()

    def make(ended):
        time.sleep(0.2)
        raise error

    with Newest(Moving(200, fps=40), paced=True) as source, pytest.raises(type(error), match=str(error)):
        stage_of(source, [sink], None, until=5.0, make=make).run()
    assert 2 < len(sink.frames) < 100  # what was shown until then


def test_quitting_does_not_wait_for_a_dream_that_is_being_made():
    go, ends = threading.Event(), []

    def make(ended):
        ends.append(ended)
        go.wait(30)
        return Dream(GRID, Plain(bright))

    with Newest(Moving(200, fps=40), paced=True) as source:
        stage = stage_of(source, [Keyboard(b=0.1, q=0.3)], None, until=20.0, make=make)
        started = time.monotonic()
        stage.run()
    assert time.monotonic() - started < 3
    assert stage.report()["bypassed"] and ends[0].is_set()
    go.set()


def test_a_dream_that_takes_long_is_told(monkeypatch):
    monkeypatch.setattr("kaleidocam.live.dreaming.LONG", 0.1)
    sink = Keyboard()
    with Newest(Moving(200, fps=40), paced=True) as source:
        stage_of(source, [sink], None, until=0.4, make=making(1.0)).run()
    assert sink.lines[0] == () and any("being made ready" in line for lines in sink.lines for line in lines)


def test_no_figures_are_judged_before_there_is_a_dream():
    """Without steps the governor would go down rung by rung."""
    with Newest(Moving(200, fps=40), paced=True) as source:
        stage = stage_of(source, [Memory()], None, until=0.4, make=making(1.0))
        judged = []
        stage.view.governor.due = lambda now: judged.append(now) or False
        stage.run()
    assert judged == [] and not stage.view.governor.begun
