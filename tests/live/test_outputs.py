"""The outputs: a frame to every sink, without those that failed; screenshots beside the show, one at a time."""

import threading
import time

import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.outputs import Outputs, Screenshots
from kaleidocam.sinks.memory import Memory

FRAME = Frame(np.zeros((4, 6, 3), np.uint8), 1.0, 7)


class Told(Memory):
    """Keeps what it is told; fails from frame number `until` on."""

    def __init__(self, *, alone=False, until=99, notice=None):
        super().__init__()
        self.alone, self.notice, self._until = alone, notice, until
        self.lines, self.pressed, self.fading = [], [], []

    def feedback(self, line, share):
        self.fading.append((line, share))

    def status(self, lines):
        self.lines.append(list(lines))

    def press(self, key):
        self.pressed.append(key)

    def write(self, frame):
        if len(self.frames) == self._until:
            raise UserError("the disk\nis full")
        super().write(frame)


def test_a_sink_that_fails_is_dropped_and_its_reason_kept():
    good, bad = Told(notice="slow today"), Told(until=1, notice="nearly full")
    outputs = Outputs([bad, good])
    outputs.give(FRAME, [], asked=False)
    assert outputs.live == (bad, good) and outputs.lost == []
    assert outputs.notices() == ["nearly full", "slow today"]
    outputs.give(FRAME, [], asked=False)
    outputs.give(FRAME, [], asked=False)
    outputs.press("f")
    assert outputs.live == (good,) and outputs.lost == ["the told was lost: the disk is full"]
    assert len(good.frames) == 3 and len(bad.lines) == 2  # it was told of the second frame, and of no other
    assert outputs.notices() == ["slow today"] and (good.pressed, bad.pressed) == (["f"], [])


def test_the_error_of_the_last_sink_is_raised_once_none_is_left():
    outputs = Outputs([Told(until=0), Told(until=1)])
    outputs.give(FRAME, [], asked=False)
    with pytest.raises(UserError, match="is full"):
        outputs.give(FRAME, [], asked=False)
    assert len(outputs.lost) == 2


def test_over_a_picture_that_is_alone_nothing_is_laid_unasked():
    seen, full = Told(), Told(alone=True)
    outputs = Outputs([seen, full])
    outputs.give(FRAME, ["away"], asked=False, feedback=("paused", 0.5))
    outputs.give(FRAME, ["figures"], asked=True, feedback=("paused", 0.4))
    assert seen.fading == [("paused", 0.5), ("paused", 0.4)] and full.fading == [("", 0.0), ("paused", 0.4)]
    assert seen.lines == [["away"], ["figures"]] and full.lines == [[], ["figures"]]


def test_the_last_frame_is_kept():
    outputs = Outputs([Told()])
    assert outputs.last is None
    outputs.give(FRAME, [], asked=False)
    assert outputs.last is FRAME


def test_screenshots_are_saved_beside_the_show_one_at_a_time():
    go, threads, said = threading.Event(), [], []

    def save(frame):
        threads.append(threading.current_thread())
        go.wait(10)
        return f"saved {frame.index}"

    screenshots = Screenshots(save, said.append, refused)
    screenshots.take(None)
    for _ in range(3):
        screenshots.take(FRAME)
    assert said == []
    go.set()
    screenshots.close()
    assert said == ["saved 7"] and threads != [threading.current_thread()]


def test_a_screenshot_that_fails_is_told_and_the_next_is_saved():
    done, said, failed = threading.Event(), [], []

    def save(frame):
        if not failed:
            raise RuntimeError("no folder")
        return "saved"

    screenshots = Screenshots(save, said.append, lambda error: (failed.append(str(error)), done.set()))
    screenshots.take(FRAME)
    assert done.wait(10)
    deadline = time.monotonic() + 10
    while not said and time.monotonic() < deadline:
        screenshots.take(FRAME)
        time.sleep(0.001)
    screenshots.close()
    assert failed == ["no folder"] and said[0] == "saved"


def refused(error):
    raise AssertionError(error)
