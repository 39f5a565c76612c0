"""The film's one clock: every frame once, in order, the same twice, and nothing lost when it is interrupted."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from moving import Moving
from one_look import film as film_of

from kaleidocam.dream.base import Plain
from kaleidocam.errors import UserError
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.memory import Memory

GRID = (160, 96)


def film(source, sinks, dreamer=lambda im, s, look: np.clip(im + 0.05, -1, 1), **more):
    return film_of(source, sinks, eye=Eye(GRID, Tracker()), dream=Dream(GRID, Plain(dreamer)), look=Look(), **more)


def test_every_frame_once_in_order_to_every_sink():
    times = [0, 0.04, 0.05, 0.3, 0.31, 0.5]
    sinks = [Memory(), Memory()]
    assert film(Moving(6, times=times), sinks) == 6
    for sink in sinks:
        assert [f.index for f in sink.frames] == list(range(6))
        assert [f.seconds for f in sink.frames] == times


def test_two_runs_are_identical():
    first, second = Memory(), Memory()
    film(Moving(12, cuts=(7,)), [first])
    film(Moving(12, cuts=(7,)), [second])
    for a, b in zip(first.frames, second.frames, strict=True):
        np.testing.assert_array_equal(a.image, b.image)


def test_timing_does_not_change_the_result():
    def slow(im, s, look):
        time.sleep(0.01)
        return np.clip(im + 0.05, -1, 1)

    quick, late = Memory(), Memory()
    film(Moving(8), [quick])
    film(Moving(8), [late], slow)
    for a, b in zip(quick.frames, late.frames, strict=True):
        np.testing.assert_array_equal(a.image, b.image)


def test_an_interruption_keeps_what_was_dreamed():
    sink, seen = Memory(), []

    def interrupt(frame):
        seen.append(frame)
        if frame.index == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film(Moving(20), [sink], each=interrupt)
    assert len(sink.frames) == len(seen) == 5


def test_a_sink_that_fails_ends_the_film_with_its_reason():
    class Full(Memory):
        def write(self, frame):
            if frame.index == 3:
                raise UserError("the disk is full")
            super().write(frame)

    sink = Full()
    with pytest.raises(UserError, match="the disk is full"):
        film(Moving(50), [sink])
    assert len(sink.frames) >= 3


def test_a_source_that_fails_ends_the_film_with_its_reason():
    class Broken(Moving):
        def read(self):
            if self._index == 3:
                raise UserError("the tape broke")
            return super().read()

    sink = Memory()
    with pytest.raises(UserError, match="the tape broke"):
        film(Broken(50), [sink])
    assert len(sink.frames) == 3


def test_few_frames_wait_in_memory():
    read = []

    class Counting(Moving):
        def read(self):
            read.append(self._index)
            return super().read()

    ahead = []
    film(Counting(40), [Memory()], each=lambda frame: ahead.append(len(read) - frame.index - 1))
    assert max(ahead) <= 3


def test_a_source_that_has_ended_is_not_read_again():
    class Counting(Moving):
        asked = 0

        def read(self):
            type(self).asked += 1
            return super().read()

    film(Counting(5), [Memory()])
    assert Counting.asked == 6


def test_an_interruption_while_the_reader_starts_leaves_nobody_reading(monkeypatch):
    """A pool does not wait for a thread that it had not noted yet; the source would be closed under it."""
    entered, reading, calls = threading.Event(), [], []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, work):
            threading.Thread(target=work, daemon=True).start()
            entered.wait(5)
            raise KeyboardInterrupt

    class Slow(Moving):
        def read(self):
            calls.append(1)
            reading.append(1)
            entered.set()
            time.sleep(0.3)
            reading.pop()
            return super().read()

    monkeypatch.setattr("kaleidocam.film.pipeline.ThreadPoolExecutor", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        film(Slow(6), [Memory()])
    assert calls and not reading
    time.sleep(0.1)
    assert len(calls) == 1
