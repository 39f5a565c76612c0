"""The promises of `Source`, kept by every source there is."""

import threading

import av
import cv2
import numpy as np
import pytest
from mjpeg_server import MjpegServer, plain
from moving import Moving, texture

from kaleidocam.frame import Frame
from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.base import Source
from kaleidocam.sources.camera import Camera, Stream
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import place_of
from kaleidocam.sources.picture import Picture
from kaleidocam.sources.video import Video
from kaleidocam.sources.watched import Watched


@pytest.fixture
def clip(tmp_path):
    with av.open(str(tmp_path / "clip.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for i in range(10):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(texture(i), format="bgr24")))
        out.mux(stream.encode(None))
    return str(tmp_path / "clip.mp4")


@pytest.fixture
def picture(tmp_path):
    cv2.imwrite(str(tmp_path / "p.png"), texture(1))
    return str(tmp_path / "p.png")


@pytest.fixture(params=["video", "picture", "aisle", "newest", "stream", "watched", "camera"])
def source(request, clip, picture, monkeypatch):
    server = None
    if request.param in ("stream", "watched"):
        server = MjpegServer([plain((10, 60, 200)), plain((200, 60, 10))])
    if request.param == "camera":  # the nearest thing to a device here: its own reading, over a real file
        real = cv2.VideoCapture
        monkeypatch.setattr(cv2, "VideoCapture", lambda index: real(clip))
    made = {
        "video": lambda: Video(clip),
        "picture": lambda: Picture(picture, fps=25.0, frames=10),
        "aisle": lambda: Aisle(size=(160, 96), fps=25.0, frames=10),
        "newest": lambda: Newest(Moving(10, fps=50), paced=True),
        "stream": lambda: Stream(server.address),
        "watched": lambda: Watched(place_of(server.address, size=(320, 240), fps=25.0)),
        "camera": lambda: Camera(0, size=(160, 96), fps=25.0),
    }[request.param]()
    yield made
    made.close()
    if server:
        server.stop()


def test_it_says_what_it_is(source):
    assert isinstance(source, Source)
    width, height = source.size
    assert width > 0 and height > 0 and 1 <= source.fps <= 240
    assert source.length is None or source.length == 10


def test_frames_keep_their_promises(source):
    frames = []
    for _ in range(10):
        frame = source.read()
        if frame is None:
            break
        frames.append(frame)
    assert len(frames) >= 3
    for frame in frames:
        assert isinstance(frame, Frame) and frame.image.dtype == np.uint8
        assert frame.image.shape == (source.size[1], source.size[0], 3) and frame.size == source.size
    assert all(a.seconds < b.seconds and a.index < b.index for a, b in zip(frames, frames[1:], strict=False))


def test_no_thread_is_left(source):
    before = threading.active_count()
    source.read()
    assert threading.active_count() <= before + 1
