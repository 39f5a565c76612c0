"""Films in pipes: what a reader gets, and what becomes of the film when there is none."""

import os
import threading
import time

import av
import numpy as np
import pytest

from kaleidocam.errors import ReaderGone, UserError
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.kinds import kind_of
from kaleidocam.sinks.outlet import Outlet
from kaleidocam.sinks.piped import FORMS, Piped, check_asked, piped_codec, piped_form

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a FIFO")
SIZE = (160, 96)


@pytest.fixture
def fifo(tmp_path):
    """(path, what was read of it: joined once the writer has closed it)."""
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)

    def take():
        with open(path, "rb") as opened:
            read.append(opened.read())

    reader = threading.Thread(target=take, daemon=True)
    reader.start()

    def all_of_it():
        reader.join(10)
        return read[0]

    return str(path), all_of_it


def gray(index, seconds=None, size=SIZE):
    level = 40 + 5 * index
    return Frame(np.full((size[1], size[0], 3), level, np.uint8), index / 25 if seconds is None else seconds, index)


def written(fifo, frames, tmp_path, *, live=False, size=SIZE, **machine):
    """The file of what came through the pipe."""
    with Piped(Outlet(fifo[0]), Machine(**machine), size=size, fps=25.0, live=live) as sink:
        for frame in frames:
            sink.write(frame)
    path = tmp_path / "got"
    path.write_bytes(fifo[1]())
    return path


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.like])
@pytest.mark.parametrize("live", [False, True], ids=["film", "live"])
def test_each_container_can_be_read_from_front_to_end(fifo, tmp_path, name, live):
    times = [0, 0.04, 0.09, 0.2, 0.24]
    got = written(fifo, [gray(i, at) for i, at in enumerate(times)], tmp_path, live=live, format=name)
    with av.open(str(got)) as opened:
        assert name in opened.format.name or {"webm", "mov"} & {name}
        frames = list(opened.decode(video=0))
    shown = [float(frame.pts * frame.time_base) for frame in frames]
    assert np.allclose(np.subtract(shown, shown[0]), times, atol=0.0011)
    levels = [frame.reformat(format="gray").to_ndarray().mean() for frame in frames]
    assert np.allclose(np.diff(levels), 5, atol=1.5)


def test_raw_pictures_come_at_a_constant_rate_as_they_are(fifo, tmp_path):
    frames = [gray(0, 7.0), gray(1, 7.04), gray(2, 7.16)]  # two are missing
    got = written(fifo, frames, tmp_path, live=True, format="rawvideo", pix_fmt="bgr24")
    pictures = np.frombuffer(got.read_bytes(), np.uint8).reshape(-1, *SIZE[::-1], 3)
    assert [picture.min() for picture in pictures] == [40, 45, 45, 45, 50]
    assert [picture.max() for picture in pictures] == [40, 45, 45, 45, 50]


@pytest.mark.parametrize(
    ("pix_fmt", "depth"), [("yuv420p", 1.5), ("yuv422p", 2), ("yuv444p", 3), ("rgb24", 3), ("rgba", 4), ("bgra", 4)]
)
def test_a_raw_picture_of_each_format_has_its_size(fifo, tmp_path, pix_fmt, depth):
    got = written(fifo, map(gray, range(3)), tmp_path, format="rawvideo", pix_fmt=pix_fmt)
    assert got.stat().st_size == 3 * SIZE[0] * SIZE[1] * depth


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
def test_y4m_says_its_size_and_rate(fifo, tmp_path, pix_fmt):
    got = written(fifo, map(gray, range(5)), tmp_path, format="yuv4mpegpipe", pix_fmt=pix_fmt)
    with av.open(str(got)) as opened:
        video = opened.streams.video[0]
        assert (video.width, video.height, video.average_rate, video.pix_fmt) == (*SIZE, 25, pix_fmt)
        assert sum(1 for _ in opened.decode(video)) == 5


def test_planes_keep_their_numbers():
    full = PixelFormat("yuv444p", full=True)
    raw = piped_codec(Machine(format="rawvideo", pix_fmt="yuv420p"))
    assert piped_form(raw, full, 8) == PixelFormat("yuv420p", full=True)
    assert piped_form(piped_codec(Machine(format="rawvideo", pix_fmt="bgr24")), full, 8) is None
    assert piped_form(raw, None, 8) is None


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ({"format": "matrosk"}, "-f is 'matrosk'; a pipe can be written as matroska, .*did you mean 'matroska'"),
        ({"format": "avi"}, "-f is 'avi'; a pipe can be written as"),
        ({"format": "flv", "codec": "prores"}, "flv can't hold prores"),
        ({"format": "webm", "codec": "h264"}, "h264 does not go into"),
        ({"codec": "gif"}, "gif does not go into"),
        ({"format": "yuv4mpegpipe", "pix_fmt": "bgr24"}, "yuv4mpegpipe has no bgr24"),
    ],
)
def test_what_can_not_be(machine, said):
    with pytest.raises(UserError, match=said):
        piped_codec(Machine(**machine))


def test_a_format_is_for_a_pipe():
    check_asked(Machine(format="nut"), ["window", "-"])
    with pytest.raises(UserError, match="-f nut says how a pipe is written"):
        check_asked(Machine(format="nut"), ["window", "show.mkv"])


def test_the_names_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "show.mkv")
    for name in ("-", "pipe:1", "/dev/stdout", str(tmp_path / "show.mkv")):
        assert kind_of(name).name == "pipe"
    assert kind_of(str(tmp_path / "other.mkv")).name == "film"


def test_a_reader_that_goes_away_ends_it(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = Piped(Outlet(path), Machine(format="rawvideo"), size=SIZE, fps=25.0, live=True)
    sink.write(gray(0))
    os.close(reader)
    with pytest.raises(ReaderGone, match="has gone"):
        for index in range(1, 9):
            sink.write(gray(index))
    sink.close()


@pytest.mark.timed
def test_a_reader_that_takes_nothing_holds_up_neither_the_show_nor_its_end(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = Behind(Piped(Outlet(path), Machine(format="rawvideo"), size=SIZE, fps=25.0, live=True))
    begun = time.monotonic()
    for index in range(40):
        sink.write(gray(index))
    assert time.monotonic() - begun < 0.5
    assert sink.dropped > 10 and sink.notice == f"the pipe '{path}' missed {sink.dropped} frames"
    with pytest.raises(ReaderGone):
        sink.close()
    assert time.monotonic() - begun < 10
    os.close(reader)
