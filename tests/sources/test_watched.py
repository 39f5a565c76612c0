"""A live source outlives every fault of its camera: each is injected, said, and over within 3 s of the return."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mjpeg_server import MjpegServer, noisy, plain
from plugs import Hanging, plug, plugged

from kaleidocam.errors import UserError
from kaleidocam.sources import watched
from kaleidocam.sources.opening import place_of
from kaleidocam.sources.watched import Watched

pytestmark = pytest.mark.timed

BACK_SECONDS = 3.0
RED, BLUE = (20, 30, 200), (200, 60, 10)


@pytest.fixture
def server():
    server = MjpegServer(noisy(RED))
    yield server
    server.stop()


def open_stream(server, **more):
    return Watched(place_of(server.address, size=(640, 480), fps=30.0), **more)


def soon(true, seconds=10.0):
    """Waits until it is so; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)
    return found


def returned(source, since, where=lambda frame: True):
    """The seconds after `since` at which the first frame grabbed later came."""
    while time.monotonic() < since + 20:
        if source.wait(0.05) and (frame := source.read()).seconds > since and where(frame):
            return time.monotonic() - since
    raise AssertionError("it never came back")


def captures(of=None):
    """Process numbers of a process's captures; of this one's, if nothing else is said."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
            if parent == str(of or os.getpid()) and b"sources.capturing" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue  # it has just gone
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_shows_what_is_sent_newest_first_and_counts_the_rest(server):
    with open_stream(server) as source:
        assert source.size == (320, 240) and source.health() is None and source.notice is None
        frames = []
        for _ in range(5):
            frames.append(source.read())
            time.sleep(0.15)
        np.testing.assert_allclose(frames[-1].image.mean((0, 1)), RED, atol=6)
        assert abs(frames[-1].seconds - time.monotonic()) < 2
        assert source.dropped >= 4
        assert frames[-1].index >= source.dropped
        assert all(a.seconds < b.seconds and a.index < b.index for a, b in itertools.pairwise(frames))


def test_after_close_there_is_nothing_more(server):
    source = open_stream(server)
    waiting = threading.Timer(0.2, source.close)
    waiting.start()
    while source.read() is not None:
        pass
    waiting.join()
    assert source.wait(0.0) and not captures()


FAULTS = {
    "stalls": (MjpegServer.stall, MjpegServer.flow),
    "goes away": (MjpegServer.leave, MjpegServer.come_back),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_it_comes_back_by_itself(server, fault):
    strike, mend = FAULTS[fault]
    with open_stream(server) as source:
        before = source.read()
        strike(server)
        said = soon(source.health, 5)
        assert "127.0.0.1" in said and "has given no picture for" in said and "waiting for it" in said
        time.sleep(0.5)
        while source.wait(0):
            before = source.read()
        server.show(noisy(BLUE))
        mend(server)
        assert returned(source, time.monotonic()) < BACK_SECONDS
        assert source.health() is None
        after = source.read()
        assert after.seconds > before.seconds and after.index > before.index and after.size == before.size
        returned(source, time.monotonic(), lambda frame: np.allclose(frame.image.mean((0, 1)), BLUE, atol=6))
        assert "was away once" in source.notice


def test_a_line_that_breaks_is_taken_up_again(server):
    with open_stream(server) as source:
        source.read()
        server.hang_up()
        broken = time.monotonic()
        soon(source.health, 5)
        soon(lambda: server.visits == 2)
        assert returned(source, soon(lambda: server.last_sent > broken and server.last_sent)) < BACK_SECONDS
        assert server.visits == 2


@pytest.mark.slow
def test_a_picture_that_stands_still_is_said_and_shown_on_and_opened_anew_ever_more_seldom(server, monkeypatch):
    monkeypatch.setattr(watched, "STILL_SECONDS", 1.0)
    with open_stream(server) as source:
        source.read()
        server.show([plain(RED)])
        assert "has given the same picture for" in soon(source.health, 6)
        soon(lambda: server.visits == 2)
        frozen = time.monotonic()
        frames = []
        while time.monotonic() < frozen + 1.2:
            if source.wait(0.05):
                frames.append(source.read())
            assert "has given the same picture" in source.health()
        assert len(frames) > 10 and server.visits == 2
        server.show(noisy(RED))
        soon(lambda: source.health() is None, BACK_SECONDS)
        assert source.notice is None  # it was there all the time


def test_another_size_is_cropped_round_its_middle_and_not_squashed(server):
    def wide():
        image = plain((0, 0, 0), (640, 360))
        cv2.rectangle(image, (280, 140), (360, 220), (255, 255, 255), -1)  # a square
        image[:, :60] = image[:, -60:] = 0, 255, 0
        return image

    def check(frame):
        assert frame.size == (320, 240)
        square = np.argwhere(frame.image.min(-1) > 128)
        height, width = np.ptp(square, axis=0) + 1
        return (
            len(square)
            and abs(height - width) <= 4
            and np.allclose(square.mean(0), (119.5, 159.5), atol=2)
            and (frame.image[:, :5].max() < 60)
        )

    with open_stream(server) as source:
        source.read()
        server.show([wide()])
        returned(source, time.monotonic(), check)
        assert server.visits == 1
        server.hang_up()  # and as the first size of another capture
        soon(source.health, 5)
        returned(source, time.monotonic(), check)


def test_another_shape_is_shown_whole_between_bars_where_that_was_asked_for(server):
    with open_stream(server, how="letterbox") as source:
        source.read()
        server.show(noisy((200, 160, 180), (640, 360)))
        server.hang_up()
        soon(source.health, 5)
        returned(
            source,
            time.monotonic(),
            lambda frame: (
                frame.image[:25].max() < 40 and frame.image[-25:].max() < 40 and frame.image[40:200].min() > 120
            ),
        )


@pytest.mark.slow
def test_a_read_that_never_returns_is_ended():
    with Watched(Hanging(10)) as source:
        hung = returned(source, time.monotonic()) and captures()
        assert "the hanging camera has given no picture for" in soon(source.health, 5)
        assert returned(source, time.monotonic()) < BACK_SECONDS
        assert captures() != hung and len(captures()) == 1
    assert not captures()


def test_seconds_never_fall_although_a_clock_does():
    with Watched(Hanging(10, rate=-1)) as source:
        times = [source.read().seconds for _ in range(5)]
    assert all(a < b for a, b in itertools.pairwise(times))


def test_an_opening_that_never_returns_is_an_error_at_first(monkeypatch):
    monkeypatch.setattr(watched, "FIRST_SECONDS", 0.5)
    with pytest.raises(UserError, match="the hanging camera gives no picture"):
        Watched(Hanging(0))
    assert not captures()


@pytest.mark.slow
def test_an_opening_that_never_returns_is_tried_again_later(monkeypatch):
    monkeypatch.setattr(watched, "PATIENT_SECONDS", 0.5)
    with Watched(Hanging(0), patient=True) as source:
        first = soon(captures)
        soon(lambda: captures() and captures() != first)
        assert "no picture from the hanging camera yet" in source.health()


@pytest.mark.slow
@pytest.mark.parametrize("blow", [signal.SIGSTOP, signal.SIGKILL])
def test_a_capture_that_is_stopped_or_killed_is_replaced(server, blow):
    with open_stream(server) as source:
        source.read()
        [pid] = captures()
        os.kill(pid, blow)
        assert "has given no picture" in soon(source.health, 5)
        assert returned(source, time.monotonic()) < BACK_SECONDS
        assert pid not in captures() and not is_running(pid)


def test_ctrl_c_is_not_for_the_capture_and_it_stays_light(server):
    with open_stream(server) as source:
        [pid] = captures()
        os.kill(pid, signal.SIGINT)
        time.sleep(0.3)
        assert captures() == [pid] and source.health() is None
        assert "tensorflow" not in Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.slow
def test_a_program_that_stands_still_does_not_blame_the_camera(monkeypatch):
    jumped = [0.0]
    monkeypatch.setattr(watched, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + jumped[0]))
    server = MjpegServer(noisy(RED), fps=4)  # so seldom that the watch looks between two pictures
    with open_stream(server) as source:
        source.read()
        before = captures()
        for _ in range(8):
            jumped[0] += 1.5  # as where a network that is traced holds Python's lock
            time.sleep(0.13)
        time.sleep(0.3)
        assert captures() == before and source.notice is None
    server.stop()


def test_it_goes_with_its_parent_although_it_hangs():
    code = (
        "import time; from plugs import Hanging; from kaleidocam.sources.watched import Watched; "
        "Watched(Hanging(1)).read(); print('open', flush=True); time.sleep(60)"
    )
    path = os.pathsep.join(filter(None, sys.path))
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    )
    with parent:
        assert parent.stdout.readline() == b"open\n"
        [pid] = captures(parent.pid)
        parent.kill()
        parent.wait()
        soon(lambda: not is_running(pid), 5)


def test_what_can_not_be_opened_is_the_users_error():
    with pytest.raises(UserError, match=r"no camera 97; .*aisle' runs without a camera"):
        Watched(place_of("97", size=(640, 480), fps=30.0))
    with pytest.raises(UserError, match=r"no video comes from http://127\.0\.0\.1:9/cam; check") as caught:
        Watched(place_of("http://me:secret@127.0.0.1:9/cam", size=(640, 480), fps=30.0))
    assert "secret" not in str(caught.value)
    assert not captures()


def test_a_patient_one_waits_for_the_first_picture(server):
    server.leave()
    with open_stream(server, patient=True) as source:
        assert source.size == (640, 480) and "no picture from http://127.0.0.1" in source.health()
        assert not source.wait(0.7)
        server.come_back()
        assert returned(source, time.monotonic()) < BACK_SECONDS
        assert source.read().size == (640, 480) and source.health() is None and source.notice is None


@pytest.mark.slow
def test_a_camera_comes_back_by_its_name_and_another_is_never_taken(tmp_path):
    there = tmp_path / "cameras.json"
    plug(there, [(0, "Webcam", 50), (1, "Card", 150)])
    with Watched(plugged(there, "card")) as source:
        assert source.read().image.mean() == pytest.approx(152, abs=1)
        plug(there, [(0, "Webcam", 50)])
        assert soon(source.health, 5).startswith("camera 1 (Card) has given no picture for")
        plug(there, [(0, "Webcam", 50), (1, "Phone", 90)])  # its number is another's now
        while source.wait(0):
            source.read()
        assert not source.wait(1.2)
        plug(there, [(0, "Card", 150), (1, "Phone", 90)])
        assert returned(source, time.monotonic()) < BACK_SECONDS
        assert source.read().image.mean() == pytest.approx(152, abs=1)
        plug(there, [])
        assert soon(source.health, 5).startswith("camera 0 (Card) has given no picture for")


@pytest.mark.slow
def test_nothing_is_left_over(server):
    def handles():
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    def shared():
        return sorted(os.listdir("/dev/shm"))

    segments = shared()
    with open_stream(server) as source:
        source.read()
        counts = []
        for _ in range(3):
            os.kill(captures()[0], signal.SIGKILL)
            soon(source.health, 5)
            returned(source, time.monotonic())
            time.sleep(0.2)  # the server's own threads and lines of the capture before
            counts.append(handles())
        assert len(captures()) == 1 and len(set(counts)) == 1 and shared() == segments
    assert not captures() and shared() == segments
