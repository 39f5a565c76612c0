"""The input: frames as they come, and what stands in for a source that is silent. No clock runs here."""

import time

import numpy as np
import pytest

from kaleidocam.frame import Frame, Joint
from kaleidocam.live.input import SILENT_SECONDS, Input

IDLE = np.full((4, 6, 3), 90, np.uint8)


class Scripted:
    """A live source that is waited for on the test's clock; `due`: when it gives its frames, and None when it ends."""

    joint = Joint.ON

    def __init__(self, clock, fps, due):
        self.fps, self.dropped, self._clock, self._due, self._index = fps, 5, clock, list(due), 0

    def wait(self, seconds):
        news = self._due and self._due[0] <= self._clock.now + seconds
        self._clock.now = max(self._clock.now, self._due[0]) if news else self._clock.now + seconds
        return bool(news)

    def read(self):
        at = self._due.pop(0)
        if not self._due:
            return None
        self._index += 1
        return Frame(np.full((4, 6, 3), self._index, np.uint8), at, self._index)


class Clock:
    now = 100.0


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def given(clock, taken, until):
    """What the input gives up to `until`: (seconds, frame)."""
    frames = []
    while clock.now < until and not taken.ended:
        frame = taken.next()
        if frame is not None:
            frames.append((clock.now, frame))
    return frames


def test_frames_pass_as_they_come_until_the_end(clock):
    taken = Input(Scripted(clock, 10, [100.1, 100.2, 100.31, 100.4]), idle=None)
    frames = given(clock, taken, 200)
    assert [(round(at, 3), frame.index, frame.seconds) for at, frame in frames] == [
        (100.1, 1, 100.1),
        (100.2, 2, 100.2),
        (100.31, 3, 100.31),
    ]
    assert taken.ended and clock.now == 100.4


def test_a_silent_source_is_shown_again_at_its_pace_with_the_time_of_now(clock):
    taken = Input(Scripted(clock, 20, [100.0, 101.0, 300]), idle=lambda seconds: IDLE)
    frames = given(clock, taken, 102)
    again = [(at, frame) for at, frame in frames if frame.index == 1][1:]
    assert again[0][0] - 100.0 == pytest.approx(SILENT_SECONDS, abs=0.06)
    assert all(frame.seconds == at and (frame.image == 1).all() for at, frame in again)
    gaps = np.diff([at for at, _ in again if at < 101])
    assert len(gaps) > 10 and gaps.min() >= 1 / 20 - 1e-9 and gaps.max() < 1 / 20 + 0.01
    seconds = [frame.seconds for _, frame in frames]
    assert seconds == sorted(seconds) and {frame.index for _, frame in frames} == {1, 2}


def test_a_slow_source_is_not_silent_between_its_frames(clock):
    frames = given(clock, Input(Scripted(clock, 2, [100.0, 100.5, 101.4, 300]), None), 101.5)
    assert [frame.index for _, frame in frames] == [1, 2, 3]


@pytest.mark.parametrize("idle", [None, lambda seconds: IDLE + np.uint8(seconds - 100)])
def test_before_the_first_frame_the_idle_picture_is_shown(clock, idle):
    frames = given(clock, Input(Scripted(clock, 10, [103.0, 300]), idle), 102.9)
    if idle is None:
        assert frames == []
        return
    assert 20 < len(frames) < 30 and all(frame.index == 0 and frame.seconds == at for at, frame in frames)
    assert frames[0][1].image.max() == 90 and frames[-1][1].image.max() == 92


def test_what_was_dropped_before_the_first_frame_does_not_count(clock):
    source = Scripted(clock, 10, [100.1, 300])
    taken = Input(source)
    given(clock, taken, 100.15)
    source.dropped += 2
    assert taken.dropped == 2


def test_times_never_fall_where_a_picture_stood_in_meanwhile(clock):
    """A frame that was taken before the last stand-in, as the first of another source may be, counts as after it."""
    source = Scripted(clock, 10, [100.1, 101.0, 101.1, 200])
    plain = source.read
    source.read = lambda: (frame := plain()) and frame.at(100.5 if frame.index == 2 else frame.seconds)
    times = [frame.seconds for _, frame in given(clock, Input(source), 101.5)]
    assert len(times) > 5 and times == sorted(set(times))
