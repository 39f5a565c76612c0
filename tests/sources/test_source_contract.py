"""The promises of `Source`, kept by every source in the table."""

import itertools
import os
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
import sharing_libraries
from film_pieces import send_through, write_clip
from mjpeg_server import MjpegServer, plain
from moving import Moving, texture
from phones import calling
from web_server import serving

from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.systems import SYSTEMS
from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.base import Source
from kaleidocam.sources.camera import Camera, Stream
from kaleidocam.sources.kinds import SOURCES
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import open_live, open_source, place_of
from kaleidocam.sources.phone_line import LINE
from kaleidocam.sources.picture import Picture
from kaleidocam.sources.resized import Resized
from kaleidocam.sources.sequence import Sequence
from kaleidocam.sources.video import Video
from kaleidocam.sources.watched import Watched


@pytest.fixture
def clip(tmp_path):
    return str(write_clip(tmp_path / "clip.mp4", map(texture, range(10))))


@pytest.fixture
def picture(tmp_path):
    cv2.imwrite(str(tmp_path / "p.png"), texture(1))
    return str(tmp_path / "p.png")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "frames").mkdir()
    for i in range(10):
        cv2.imwrite(str(tmp_path / "frames" / f"{i}.png"), texture(i))
    return str(tmp_path / "frames")


WRAPPED = ("resized", "newest", "stream", "watched")  # what the program puts round a source, and opens apart
WANTING = {"ndi": pytest.mark.needs("ndi")}
NAMES = [*(kind.name for kind in SOURCES), *WRAPPED]
SEEKABLE = ("video", "picture", "sequence", "aisle", "resized")


@pytest.fixture(params=[pytest.param(name, marks=WANTING.get(name, ())) for name in NAMES])
def source(request, clip, picture, folder, monkeypatch, ndi_here):
    """Every kind in the table, by its example where nothing has to be made for it; and what goes round them."""
    with ExitStack() as stack:
        made = {
            "video": lambda: Video(clip),
            "picture": lambda: Picture(picture, fps=25.0, frames=10),
            "sequence": lambda: Sequence(folder, fps=25.0),
            "aisle": lambda: Aisle(size=(160, 96), fps=25.0, frames=10),
            "address": lambda: open_source(f"{stack.enter_context(serving(Path(clip).parent))}/clip.mp4", Machine()),
            "phone": lambda: phoned(stack),
            "camera": lambda: camera_of(clip, monkeypatch),
            "pipe": lambda: open_source(piped(Path(clip).with_name("clip.mkv")), Machine()),
            "resized": lambda: Resized(Video(clip), (200, 100)),
            "newest": lambda: Newest(Moving(10, fps=50), paced=True),
            "stream": lambda: Stream(mjpeg(stack)),
            **{system.name: partial(shared, system, stack, monkeypatch) for system in SYSTEMS},
            "watched": lambda: Watched(place_of(mjpeg(stack), size=(320, 240), fps=25.0)),
        }
        example = next((kind.example for kind in SOURCES if kind.name == request.param), "")
        opened = made.get(request.param, lambda: open_source(example, Machine()))()
        yield opened
        opened.close()


def piped(path):
    """A pipe through which a clip comes."""
    data, pipe = write_clip(path, map(texture, range(10))).read_bytes(), str(path.with_name("pipe"))
    os.mkfifo(pipe)
    send_through(pipe, data)
    return pipe


def shared(system, stack, monkeypatch):
    """What another program sends: real NDI, and stand-ins for the systems that are not here."""
    if system.name != "ndi":
        sharing_libraries.pretend(monkeypatch)
    text = f"{system.name}:contract"
    stack.enter_context(sharing_libraries.sending(text, [texture(i) for i in range(10)]))
    return place_of(text, size=(640, 360), fps=30.0).open()[0]


def mjpeg(stack):
    server = MjpegServer([plain((10, 60, 200)), plain((200, 60, 10))])
    stack.callback(server.stop)
    return server.address


def phoned(stack):
    """A phone that sends itself by WebRTC."""
    opened = open_live("phone", Machine(size=(160, 96)))
    stack.enter_context(calling(LINE))
    return opened


def camera_of(clip, monkeypatch):
    """The nearest thing to a device here: a camera's own reading, over a real file."""
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda index: real(clip))
    return Camera(0, size=(160, 96), fps=25.0)


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
    assert all(a.seconds < b.seconds and a.index < b.index for a, b in itertools.pairwise(frames))


def test_no_thread_is_left(source):
    before = threads()
    source.read()
    assert threads() <= before + 1


def threads():
    """How many there are, without those of the phone that a test draws."""
    return sum(not thread.name.startswith("asyncio") for thread in threading.enumerate())


@pytest.mark.parametrize("kind", SEEKABLE)
def test_skipping_gives_what_reading_through_gives(kind, clip, picture, folder):
    make = {
        "video": lambda: Video(clip),
        "picture": lambda: Picture(picture, fps=29.97, frames=10),
        "sequence": lambda: Sequence(folder, fps=29.97),
        "aisle": lambda: Aisle(size=(160, 96), fps=29.97, frames=10),
        "resized": lambda: Resized(Sequence(folder, fps=29.97), (100, 120)),
    }[kind]
    with make() as source:
        through = [(frame.seconds, frame.image) for frame in iter(source.read, None)]
    times = [seconds for seconds, _ in through]
    for goal in (-1.0, *times, *(seconds + 1e-9 for seconds in times), 0.1, 77.0):
        with make() as source:
            first = source.skip_to(goal)
            given = [] if first is None else [first, *iter(source.read, None)]
        wanted = [each for each in through if each[0] >= goal]
        assert [frame.seconds for frame in given] == [seconds for seconds, _ in wanted]
        for frame, (_, image) in zip(given, wanted, strict=True):
            np.testing.assert_array_equal(frame.image, image)
    with make() as source:  # only forward
        source.read()
        assert source.skip_to(-1.0).seconds == times[1]


@pytest.mark.parametrize("source", SEEKABLE, indirect=True)
@pytest.mark.parametrize("at, index", [(-1.0, 0), (0.0, 0), (0.2, 5), (0.21, 6), (0.36, 9)])
def test_it_skips_to_the_first_frame_that_is_not_before(source, at, index, request):
    frame = source.skip_to(at)
    assert frame.seconds == pytest.approx(index / 25, abs=1e-6)
    after = source.read()
    assert after is None if index == 9 else after.seconds == pytest.approx((index + 1) / 25, abs=1e-6)


@pytest.mark.parametrize("source", SEEKABLE, indirect=True)
def test_beyond_its_end_there_is_nothing_to_skip_to(source):
    assert source.skip_to(0.37) is None
