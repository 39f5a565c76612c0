"""What is made ready for a dream, by dreamers that only note what they are asked."""

import threading
import time
from types import SimpleNamespace

import pytest

from kaleidocam.control.desk import Desk
from kaleidocam.dream.compute.imaging import PROCESSOR
from kaleidocam.live import preparation
from kaleidocam.live.governor import FIRST, Governor, ladder, rung_of
from kaleidocam.live.preparation import Preparation
from kaleidocam.picture.assembly import make_early_eye
from kaleidocam.picture.growth import octaves_of
from kaleidocam.settings.parameters import Look, Machine

pytestmark = pytest.mark.timed  # how long a step takes decides where it begins
RUNGS = ladder((640, 360))


class Noting:
    """A dreamer whose step takes `pace` seconds on the look's own grid, and less with its pixels."""

    def __init__(self, asked, pace):
        self._asked, self._pace = asked, pace

    def warm_up(self, size):
        self._asked.append(size)
        time.sleep(self._pace * size[0] * size[1] / RUNGS[0].area)


def prepared(monkeypatch, *, fixed, pace=0.04, pinned=False, begun=None):
    """The governor, and the sizes that were asked for until the dream was there; `begun` gets the dream."""
    asked, backend = [], SimpleNamespace(alone=False, fixed=fixed)
    monkeypatch.setattr(preparation, "backend_of", lambda machine: backend)
    monkeypatch.setattr(preparation, "imaging_of", lambda machine: PROCESSOR)
    monkeypatch.setattr(preparation, "make_dreamer", lambda look, machine: Noting(asked, pace))
    monkeypatch.setattr(
        preparation, "make_dream", lambda grid, morph, machine: SimpleNamespace(dreamer=morph, dreamers=[morph])
    )
    monkeypatch.setattr(preparation, "PAUSE", 0.01)
    monkeypatch.setattr(preparation, "LOOK_AGAIN", 0.01)
    governor = Governor(RUNGS, 30.0, rung_of(RUNGS, FIRST), pinned=pinned)
    ended = threading.Event()
    desk = Desk(Look())
    dream = Preparation(desk, Machine(), governor, make_early_eye(Machine()))(ended)
    if begun is not None:
        begun.append(dream)
    return governor, asked, ended, desk


def sizes(rung):
    return [size[::-1] for size in octaves_of(rung.grid[::-1], Look())]


def test_one_rung_is_measured_and_the_dream_can_begin(monkeypatch):
    governor, asked, ended, _ = prepared(monkeypatch, fixed=False, pace=0.015)
    assert asked == 2 * sizes(RUNGS[rung_of(RUNGS, FIRST)])
    assert governor.rung.name == "best"  # 0.015 s a step at the most, which is often enough on a busy machine too


def test_a_slow_machine_begins_further_down(monkeypatch):
    governor, _, _, _ = prepared(monkeypatch, fixed=False, pace=0.5)
    assert governor.rung.name in ("low", "least") and not governor.rung.rest


def soon(done):
    deadline = time.monotonic() + 20
    while not done() and time.monotonic() < deadline:
        time.sleep(0.01)
    return done()


def test_what_is_compiled_for_each_size_is_made_ready_beside_nearest_first(monkeypatch):
    governor, asked, ended, _ = prepared(monkeypatch, fixed=True)
    first = rung_of(RUNGS, FIRST)
    assert asked[: 2 * len(sizes(RUNGS[first]))] == 2 * sizes(RUNGS[first]) and governor.ready(RUNGS[first])
    assert not governor.ready(RUNGS[-1])
    assert soon(lambda: all(map(governor.ready, RUNGS[:2])) and governor.rung.name == "best")
    time.sleep(0.1)
    assert not governor.ready(RUNGS[-1])  # far off, and nobody needs it
    after = asked[2 * len(sizes(RUNGS[first])) :]
    assert after[: len(sizes(RUNGS[0]))] == sizes(RUNGS[0])  # where it is to begin
    assert len(set(after)) == len(after)  # each once
    governor._at = len(RUNGS) - 2  # as where the machine becomes busy
    assert soon(lambda: governor.ready(RUNGS[-1]))
    ended.set()


@pytest.mark.parametrize("fixed", [True, False])
def test_what_is_pinned_needs_no_other_rung(monkeypatch, fixed):
    governor, asked, ended, _ = prepared(monkeypatch, fixed=fixed, pinned=True)
    time.sleep(0.1)
    ended.set()
    assert set(asked) == set(sizes(governor.rung)) and governor.rung.name == FIRST


def test_another_look_is_made_ready_too(monkeypatch):
    governor, asked, ended, desk = prepared(monkeypatch, fixed=True, pace=0.001)
    governor.take_ladder(ladder((480, 480)))
    wanted = {size[::-1] for size in octaves_of((480, 480), Look())}
    deadline = time.monotonic() + 20
    while not wanted <= set(asked) and time.monotonic() < deadline:
        time.sleep(0.01)
    ended.set()
    assert wanted <= set(asked)


def test_a_channel_to_which_a_dream_has_wandered_is_made_ready(monkeypatch):
    begun = []
    governor, asked, ended, desk = prepared(monkeypatch, fixed=True, begun=begun)
    assert soon(lambda: all(map(governor.ready, RUNGS[:2])))
    before = len(asked)
    desk.set("wander", 1.0, "a test")
    begun[0].dreamer.reset("mixed4:7")
    assert soon(lambda: len(asked) > before)
    assert soon(lambda: all(map(governor.ready, RUNGS[:2])))
    ended.set()
