"""Films and pictures of a folder: at their own pace, one after another, without an end; and what can't be read."""

import time
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from kaleidocam.live import reel as reels
from kaleidocam.live.attract import open_attract
from kaleidocam.live.reel import Reel
from kaleidocam.settings.parameters import Machine

SIZE = (160, 96)
PICTURE, FIRST, SECOND = 230, 60, 150  # gray levels


def film(path, level):
    """Half a second that grows brighter."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=20)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i in range(10):
            picture = np.full((SIZE[1], SIZE[0], 3), level + 2 * i, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(reels, "PICTURE_SECONDS", 0.4)
    film(tmp_path / "a.mp4", FIRST)
    cv2.imwrite(str(tmp_path / "b.png"), np.full((192, 320, 3), PICTURE, np.uint8))
    film(tmp_path / "c.mp4", SECOND)
    return tmp_path


def levels(reel, seconds, step=0.05):
    """(level, number of the file) at each moment; the clock stands while a picture is awaited."""
    found = []
    for i in range(round(seconds / step)):
        ends = time.monotonic() + 10
        while (shown := reel.picture(i * step)) is None and time.monotonic() < ends:
            time.sleep(0.01)
        time.sleep(0.03)  # the thread reads on
        found.append((float(shown[0].mean()), shown[1]))
    return found


def test_a_folder_is_played_in_a_loop(folder):
    attract = open_attract(str(folder), 5, Machine())
    reel = attract._loop
    reel.begin(SIZE)
    try:
        shown = levels(reel, 2.4)
        kinds = [min((FIRST, PICTURE, SECOND), key=lambda level, at=at: abs(level + 9 - at)) for at, _ in shown]
        order = [kinds[0], *(b for a, b in pairwise(kinds) if a != b)]
        assert order[:4] == [FIRST, PICTURE, SECOND, FIRST]
        assert [number for _, number in shown] == sorted(number for _, number in shown)
        rising = [at for at, number in shown if number == 0]
        assert len(rising) >= 8 and rising == sorted(rising)  # at its pace, every frame
        assert reel.picture(9.0)[0].shape == (SIZE[1], SIZE[0], 3)
    finally:
        attract.close()


def test_what_cant_be_read_is_left_out_and_said(folder, caplog):
    caplog.set_level("INFO", "kaleidocam")
    (folder / "a.mp4").write_bytes(b"no film")
    reel = Reel([str(folder / "a.mp4"), str(folder / "absent.mp4"), str(folder / "c.mp4")], Machine())
    reel.begin(SIZE)
    try:
        shown = levels(reel, 0.3)
        assert all(abs(at - SECOND - 9) < 14 for at, _ in shown)
        assert reel.line() is None or reel.line().startswith("--attract: ")
        said = [line for line in caplog.messages if line.startswith("--attract: ")]
        assert len(said) == len(set(said)) == 2 and "a.mp4" in said[0] and "absent.mp4" in said[1]
    finally:
        reel.close()


def test_where_nothing_can_be_read_nothing_is_shown_and_it_is_said(tmp_path):
    reel = Reel([str(tmp_path / "absent.mp4")], Machine())
    reel.begin(SIZE)
    try:
        ends = time.monotonic() + 10
        while reel.line() is None and time.monotonic() < ends:
            time.sleep(0.01)
        assert reel.picture(1.0) is None and "absent.mp4" in reel.line() and "\n" not in reel.line()
    finally:
        reel.close()


def test_once_ended_it_reads_no_more_and_begins_again(folder):
    reel = Reel([str(folder / "a.mp4")], Machine())
    for _ in range(2):
        reel.begin(SIZE)
        assert levels(reel, 0.1)
        reel.end()
        reel._thread.join(5)
        assert not reel._thread.is_alive()
    reel.close()
