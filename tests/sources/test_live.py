"""Live sources: newest wins, pace is kept, and what can't be opened says what to do."""

import threading
import time

import numpy as np
import pytest
from mjpeg_server import MjpegServer, plain
from moving import Moving

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source
from kaleidocam.sources.camera import Camera, Stream
from kaleidocam.sources.newest import Newest

pytestmark = pytest.mark.timed


def test_a_slow_reader_gets_the_newest_and_the_rest_is_counted():
    with Newest(Moving(60, fps=100), paced=True) as source:
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame)
            time.sleep(0.05)
    assert len(frames) < 30
    assert len(frames) + source.dropped == 60
    assert frames[-1].index == 59


def test_a_file_is_played_at_its_own_pace_and_stamped_now():
    with Newest(Moving(11, fps=50), paced=True) as source:
        frames = list(iter(source.read, None))
    assert frames[-1].seconds - frames[0].seconds == pytest.approx(0.2, abs=0.08)
    assert abs(frames[-1].seconds - time.monotonic()) < 1


def test_a_clip_plays_in_a_loop():
    opened = []

    def again():
        opened.append(Moving(5, fps=100))
        return opened[-1]

    with Newest(Moving(5, fps=100), paced=True, again=again) as source:
        for _ in range(12):
            assert source.read() is not None
    assert len(opened) >= 2
    time.sleep(0.05)
    assert all(o.closed == 1 for o in opened)


def test_wait_says_whether_there_is_news():
    with Newest(Moving(2, fps=5), paced=True) as source:
        assert source.wait(1.0)
        source.read()
        assert not source.wait(0.01)
        assert source.wait(1.0)


class Failing(Source):
    size, fps = (160, 96), 25.0

    def read(self):
        raise UserError("the cable is out")

    def close(self):
        pass


def test_an_error_comes_to_the_reader():
    with Newest(Failing(), paced=False) as source, pytest.raises(UserError, match="the cable is out"):
        source.read()


class Stuck(Source):
    size, fps = (160, 96), 25.0

    def __init__(self):
        self.release = threading.Event()
        self.closed = 0

    def read(self):
        self.release.wait(30)

    def close(self):
        self.closed += 1


def test_close_does_not_hang_on_a_read_that_never_returns(monkeypatch):
    monkeypatch.setattr("kaleidocam.sources.newest.CLOSE_SECONDS", 0.2)
    stuck = Stuck()
    source = Newest(stuck, paced=False)
    before = time.monotonic()
    source.close()
    assert time.monotonic() - before < 1 and stuck.closed == 0
    stuck.release.set()
    time.sleep(0.2)
    assert stuck.closed == 1


def test_a_real_stream_shows_what_is_sent_and_ends_with_it():
    server = MjpegServer([plain((10, 60, 200))])
    with Stream(server.address) as source:
        frame = source.read()
        assert source.size == (320, 240)
        np.testing.assert_allclose(frame.image.mean((0, 1)), [10, 60, 200], atol=6)
        assert abs(frame.seconds - time.monotonic()) < 2
        server.stop()
        while source.read() is not None:
            pass
        assert "gives no more pictures" in source.notice


def test_a_stream_that_changes_its_size_is_brought_to_the_first():
    server = MjpegServer([plain((10, 60, 200)), plain((200, 60, 10), (640, 480))])
    try:
        with Stream(server.address) as source:
            assert {source.read().size for _ in range(6)} == {(320, 240)}
    finally:
        server.stop()


def test_an_address_that_does_not_answer_is_named_without_its_password():
    with pytest.raises(UserError, match=r"no video comes from http://127\.0\.0\.1:9/cam; check the address") as caught:
        Stream("http://me:secret@127.0.0.1:9/cam")
    assert "secret" not in str(caught.value)


def test_a_missing_camera_says_what_there_is(monkeypatch):
    monkeypatch.setattr("kaleidocam.sources.camera.camera_names", lambda: [(0, "HD Webcam"), (2, "Capture Card")])
    with pytest.raises(UserError, match=r"no camera 97; there are: 0 \(HD Webcam\), 2 \(Capture Card\); .*aisle"):
        Camera(97, size=(640, 480), fps=30)


def test_a_busy_camera_is_told_from_a_missing_one(monkeypatch):
    class Busy:
        def __init__(self, index):
            pass

        def isOpened(self):
            return True

        def set(self, *args):
            return True

        def get(self, what):
            return 30.0

        def read(self):
            return False, None

        def release(self):
            pass

    monkeypatch.setattr("cv2.VideoCapture", Busy)
    with pytest.raises(UserError, match="camera 0 gives no picture: another program may be using it"):
        Camera(0, size=(640, 480), fps=30)


def test_the_frame_before_the_first_is_not_lost():
    class Two(Source):
        size, fps = (4, 4), 25.0
        left = [Frame(np.zeros((4, 4, 3), np.uint8), 0.0, i) for i in range(2)]

        def read(self):
            return self.left.pop(0) if self.left else None

        def close(self):
            pass

    with Newest(Two(), paced=False) as source:
        time.sleep(0.1)  # both have come, and the end; the newest is still there to be read
        assert source.read().index == 1 and source.read() is None
