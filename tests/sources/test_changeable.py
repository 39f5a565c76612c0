"""A source in whose place another is put: nothing is missed meanwhile, nothing waits, nothing is left open."""

import itertools
import threading
import time
from functools import partial

import numpy as np
import pytest
from moving import Moving
from plugs import SIZE, plug, plugged

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame, Joint
from kaleidocam.sources import changeable
from kaleidocam.sources.base import Source
from kaleidocam.sources.changeable import Changeable
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.watched import Watched

pytestmark = pytest.mark.timed


class Plain(Source):
    """Gray pictures of one level, for ever; the first comes once `go` is set."""

    def __init__(self, level, size=SIZE, go=None, frames=None):
        self.size, self.fps, self.level, self.closed = size, 50.0, level, 0
        self._go, self._index, self._frames = go, 0, frames

    def read(self):
        if self._go:
            self._go.wait(20)
        if self._index == self._frames:
            return None
        self._index += 1
        return Frame(np.full((*self.size[::-1], 3), self.level, np.uint8), self._index / self.fps, self._index - 1)

    def close(self):
        self.closed += 1


class Shelf:
    """Sources by their names; keeps those that were opened, and the lines that were told."""

    def __init__(self, **made):
        self.made, self.opened, self.told = made, [], []

    def open(self, text):
        if text not in self.made:
            raise UserError(f"no source '{text}'")
        self.opened.append(self.made[text]())
        return Newest(self.opened[-1], paced=True)

    def playing(self, text="old", **more):
        return Changeable(self.open(text), text, self.open, tell=self.told.append, **more)


def until(source, wanted, seconds=10.0):
    """Reads until `wanted` is true of a frame; the frames, and how each followed the one before."""
    frames, ends = [], time.monotonic() + seconds
    while time.monotonic() < ends:
        if source.wait(0.05):
            frames.append((source.read(), source.joint))
            if wanted(frames[-1][0]):
                return frames
    raise AssertionError(f"it never came: {frames[-1:]}")


def level(number):
    return lambda frame: frame is not None and int(frame.image.mean()) == number


def noise(frame):
    """Whether it is of the camera with level 60."""
    return 55 < frame.image.mean() < 70


def eventually(what, seconds=10.0):
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_the_old_source_plays_until_the_new_one_has_a_picture():
    go = threading.Event()
    shelf = Shelf(old=partial(Plain, 10), new=partial(Plain, 200, go=go))
    with shelf.playing() as source:
        until(source, level(10))
        source.play("new")
        before = time.monotonic()
        waiting = [until(source, level(10))[-1] for _ in range(20)]
        assert all(joint is Joint.ON for _, joint in waiting) and source.text == "old"
        assert max(np.diff([frame.seconds for frame, _ in waiting])) < 0.3 and time.monotonic() - before < 5
        go.set()
        frames = until(source, level(200)) + until(source, level(200))
        joints = [joint for frame, joint in frames if level(200)(frame)]
        assert joints == [Joint.CUT, Joint.ON] and source.text == "new"
        eventually(lambda: shelf.opened[0].closed == 1)
        assert shelf.opened[1].closed == 0 and shelf.told == []
    assert shelf.opened[1].closed == 1


def test_times_never_fall_and_every_picture_has_the_size_of_the_show():
    shelf = Shelf(old=partial(Plain, 10), wide=partial(Plain, 90, (320, 96)), tall=partial(Plain, 200, (96, 300)))
    with shelf.playing() as source:
        frames = until(source, level(10))
        for name, number in (("wide", 90), ("tall", 200)):
            source.play(name)
            frames += until(source, level(number))
        source.size = (64, 48)
        frames += until(source, lambda frame: frame.size == (64, 48))
        source.play("old")
        later = until(source, level(10))
    seconds = [frame.seconds for frame, _ in frames + later]
    assert all(b > a for a, b in itertools.pairwise(seconds))
    assert {frame.size for frame, _ in frames[:-1]} == {SIZE} and {frame.size for frame, _ in later} == {(64, 48)}


def test_of_another_shape_all_is_seen_between_bars_where_that_is_wanted():
    shelf = Shelf(old=partial(Plain, 10), tall=partial(Plain, 200, (96, 192)))
    with shelf.playing(how="letterbox") as source:
        source.play("tall")
        frame = until(source, lambda frame: frame.image.max() > 190)[-1][0]
    assert frame.size == (160, 96) and (frame.image[:, :50] == 0).all() and (frame.image[:, 60:100] == 200).all()


def test_what_can_not_be_opened_is_one_line_and_the_source_stays():
    class Broken(Plain):
        def read(self):
            raise RuntimeError("the reel\nis torn")

    shelf = Shelf(old=partial(Plain, 10), broken=partial(Broken, 1), empty=partial(Plain, 1, frames=0))
    with shelf.playing() as source:
        for number, name in enumerate(("nothing", "broken", "empty"), 1):
            source.play(name)
            eventually(lambda number=number: len(shelf.told) == number)
        until(source, level(10))
        assert source.text == "old" and shelf.told == [
            "no source 'nothing'; the source stays as it is",
            "the reel is torn; the source stays as it is",
            "'empty' gives no picture; the source stays as it is",
        ]
        eventually(lambda: [other.closed for other in shelf.opened] == [0, 1, 1])


def test_one_that_never_gives_a_picture_is_given_up(monkeypatch):
    monkeypatch.setattr(changeable, "FIRST_SECONDS", 0.3)
    go = threading.Event()
    shelf = Shelf(old=partial(Plain, 10), mute=partial(Plain, 200, go=go))
    with shelf.playing() as source:
        source.play("mute")
        eventually(lambda: shelf.told == ["'mute' gives no picture; the source stays as it is"])
        until(source, level(10))
        go.set()


def test_of_several_that_are_asked_for_the_last_one_counts():
    shelf = Shelf(old=partial(Plain, 10), **{f"s{i}": partial(Plain, 100 + i) for i in range(9)})
    with shelf.playing() as source:
        for i in range(9):
            source.play(f"s{i}")
        until(source, level(108))
        eventually(lambda: sum(not other.closed for other in shelf.opened) == 1)
        assert source.text == "s8"
    assert all(other.closed == 1 for other in shelf.opened)


def test_the_end_of_a_source_waits_for_the_one_that_is_being_opened():
    go = threading.Event()
    shelf = Shelf(old=partial(Plain, 10, frames=3), new=partial(Plain, 200, go=go))
    with shelf.playing() as source:
        source.play("new")
        for _ in range(40):
            if source.wait(0.02):
                assert source.read() is not None
        go.set()
        until(source, level(200))
    with shelf.playing() as source:
        until(source, lambda frame: frame is None)  # nothing else is wanted: it is over


def test_dropped_frames_are_those_of_all_that_was_played():
    shelf = Shelf(old=partial(Plain, 10), new=partial(Plain, 200))
    with shelf.playing() as source:
        until(source, level(10))
        time.sleep(0.4)
        before = source.dropped
        source.play("new")
        until(source, level(200))
        time.sleep(0.3)
        assert before > 5 and source.dropped > before + 5


def test_who_follows_is_told_what_plays_and_may_fail():
    shelf, followed = Shelf(old=partial(Plain, 10), new=partial(Plain, 200)), []

    def fail(text):
        raise RuntimeError("a wire came off")

    with shelf.playing() as source:
        source.changed += [fail, followed.append]
        source.play("new")
        until(source, level(200))
        eventually(lambda: followed == ["new"] and shelf.told == ["a wire came off"])


@pytest.mark.slow
def test_a_camera_s_process_is_ended_and_its_camera_can_be_opened_again(tmp_path):
    """To the camera, to a file and back; the camera that plays is not opened twice."""
    cameras = tmp_path / "cameras"
    plug(cameras, [(0, "HD Webcam", 60)])
    processes, told = [], []

    def opened(text):
        if text == "clip":
            return Newest(Plain(200), paced=True)
        processes.append(Watched(plugged(cameras, text)))
        return processes[-1]

    with Changeable(opened("0"), "0", opened, tell=told.append) as source:
        until(source, noise)
        eventually(lambda: "HD Webcam" in str(processes[0].place))
        for text in ("0", "HD Webcam", "webcam"):
            source.play(text)
            eventually(lambda: told)
            assert told.pop() == "camera 0 (HD Webcam) plays already; the source stays as it is"
        source.play("clip")
        until(source, level(200))
        eventually(lambda: not processes[0]._thread.is_alive())
        source.play("webcam")
        until(source, noise)
    assert len(processes) == 2 and not any(each._thread.is_alive() for each in processes)


def test_closed_while_another_is_being_opened_nothing_is_left(monkeypatch):
    monkeypatch.setattr("kaleidocam.sources.newest.CLOSE_SECONDS", 0.1)
    go = threading.Event()
    shelf = Shelf(old=partial(Plain, 10), new=partial(Plain, 200, go=go))
    with shelf.playing() as source:
        source.play("new")
        eventually(lambda: len(shelf.opened) == 2)
    go.set()
    eventually(lambda: [other.closed for other in shelf.opened] == [1, 1])


def test_a_loop_is_told_from_another_clip():
    """Also where the frame at the seam was dropped: the next one that is read follows a seam."""
    with Newest(Moving(5, fps=100), paced=True, again=partial(Moving, 5, fps=100)) as source:
        joints = []
        for _ in range(12):
            frame = source.read()
            joints.append((frame.index, source.joint))
        assert joints[0][1] is Joint.ON
        assert {joint for index, joint in joints[1:] if index == 0} == {Joint.SEAM}
        assert {joint for index, joint in joints if index == 3} == {Joint.ON}
        time.sleep(0.12)
        source.read()
        assert source.joint is Joint.SEAM
