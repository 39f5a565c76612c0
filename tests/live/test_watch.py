"""Whether somebody stands before the camera: by motion, and by people who stir now and then."""

import threading
from concurrent.futures import Executor, Future

import numpy as np
import pytest
from moving import texture
from seeing import sight

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live import watch as watches
from kaleidocam.live.watch import JUST, STATUE, Watch
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.mirror import Mirror
from kaleidocam.settings.parameters import Look

FPS, LEVEL = 10, 0.01
ROOM = texture(4)


class Finder:
    """Stands for the network."""

    size = (256, 144)
    asked, there = 0, False

    def __call__(self, small):
        Finder.asked += 1
        return np.full((144, 256), float(Finder.there), np.float32)


class AtOnce(Executor):
    """Does it in the call."""

    def submit(self, do, *given):
        done = Future()
        done.set_result(do(*given))
        return done


class Later(Executor):
    """Does it in the call; what it raises comes with the result."""

    def submit(self, do, *given):
        done = Future()
        try:
            done.set_result(do(*given))
        except Exception as error:
            done.set_exception(error)
        return done


@pytest.fixture(autouse=True)
def finder(monkeypatch):
    Finder.asked, Finder.there = 0, False
    monkeypatch.setattr("kaleidocam.mask.person.Person", Finder)
    return Finder


def look(watch, seconds, *, moving=False, masks=(), fps=FPS, **more):
    for i in range(round(seconds * fps)):
        picture = np.roll(ROOM, 6 * i if moving else 0, axis=1)
        motion = sight(picture).motion
        watch.see(Seen(Frame(picture, 0.0, i), picture, picture, 1 / fps, motion, masks=dict(masks), **more), LEVEL)


def test_an_empty_room_is_empty_since_it_began():
    watch = Watch(AtOnce())
    assert watch.seconds_alone == 0
    look(watch, 5)
    assert watch.seconds_alone == pytest.approx(4.9) and not watch.meets


def test_motion_is_somebody():
    watch = Watch(AtOnce())
    look(watch, 3)
    look(watch, 1, moving=True)
    assert watch.seconds_alone < 0.3 and watch.meets
    look(watch, JUST + 1)
    assert watch.seconds_alone > JUST and not watch.meets


def test_a_person_who_stands_still_is_somebody_and_a_poster_is_not(finder):
    watch = Watch(AtOnce())
    look(watch, 1)
    finder.there = True
    look(watch, 5)
    assert watch.seconds_alone < 0.5
    look(watch, STATUE, fps=2)
    assert watch.seconds_alone > 4


def test_people_are_looked_for_a_few_times_a_second(finder):
    look(Watch(AtOnce()), 3, fps=30)
    assert finder.asked == pytest.approx(3 / watches.EVERY, abs=2)


def test_what_the_look_asks_for_is_not_asked_for_again(finder):
    watch = Watch(AtOnce())
    look(watch, 3, masks={"people": np.ones((18, 32), np.float32)})
    assert finder.asked == 0 and watch.seconds_alone == 0


def test_a_mask_under_mirrors_that_leave_some_of_the_picture_out_is_not_enough(finder):
    mirror = Mirror.of(Look(mirrors=1, geometry="left"), 0.0)
    for fold, asked in (("inside", True), ("before", True), ("after", False)):
        finder.asked, finder.there, watch = 0, True, Watch(AtOnce())
        masks = {"people": np.full((18, 32), 0 if asked else 1, np.float32)}
        look(watch, 3, masks=masks, fold=fold, mirror=mirror)
        assert bool(finder.asked) == asked and watch.seconds_alone == 0


def test_what_fails_once_is_tried_again(finder, monkeypatch):
    fails = [True]

    class Failing(Finder):
        def __call__(self, small):
            if fails and fails.pop():
                raise MemoryError("no memory")
            return super().__call__(small)

    monkeypatch.setattr("kaleidocam.mask.person.Person", Failing)
    watch, finder.there = Watch(Later()), True
    with pytest.raises(MemoryError):
        look(watch, 1)
    look(watch, 1)
    assert finder.asked and watch.seconds_alone == 0


def test_without_the_network_motion_is_enough(monkeypatch):
    class Absent(Finder):
        def __init__(self):
            raise UserError("no network")

    monkeypatch.setattr("kaleidocam.mask.person.Person", Absent)
    watch = Watch(AtOnce())
    look(watch, 2)
    assert watch.told.startswith("no network; only motion") and watch.seconds_alone > 1


def test_the_video_does_not_wait_while_people_are_looked_for(finder, monkeypatch):
    waiting = threading.Event()

    class Slow(Finder):
        def __call__(self, small):
            waiting.wait(10)
            return super().__call__(small)

    monkeypatch.setattr("kaleidocam.mask.person.Person", Slow)
    finder.there, watch = True, Watch()
    look(watch, 3)
    assert watch.seconds_alone > 2 and finder.asked == 0
    waiting.set()
    watch._finding.result(10)
    look(watch, 0.1)
    assert watch.seconds_alone == 0 and finder.asked >= 1
    watch.close()
