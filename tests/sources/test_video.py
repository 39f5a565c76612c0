"""Video files: exact times, upright, the good part of a bad file, and nothing but the file itself."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.sources.picture import Picture
from kaleidocam.sources.video import Video


def make(path, count=30, *, pts=None, size=(160, 96), options=None, rate=25):
    with av.open(str(path), "w", options=options or {}) as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for i in range(count):
            frame = av.VideoFrame.from_ndarray(texture(i % 7, size), format="bgr24")
            frame.pts, frame.time_base = (pts[i] if pts else i * 40), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return str(path)


def test_a_variable_frame_rate_is_carried_exactly(tmp_path):
    pts = [0, 40, 50, 300, 301, 900, 933]
    with Video(make(tmp_path / "v.mkv", 7, pts=pts)) as video:
        assert [round(frame.seconds * 1000) for frame in iter(video.read, None)] == pts


def test_colours_are_right(tmp_path):
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.options = 64, 64, "rgb24", {"crf": "0"}
        image = np.zeros((64, 64, 3), np.uint8)
        image[:32], image[32:] = (255, 0, 0), (0, 128, 255)  # BGR
        out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))
    with Video(str(path)) as video:
        np.testing.assert_array_equal(video.read().image, image)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_rotation_is_honoured(tmp_path, turns):
    """A phone held upright writes the picture lying down and a matrix beside it."""
    upright = make(tmp_path / "plain.mp4", 3)
    turned = str(tmp_path / "turned.mp4")
    data = bytearray(Path(upright).read_bytes())
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][turns]
    track = data.index(b"tkhd") + 4 + 40  # the 3×3 matrix of the track header, 16.16 fixed point
    for at, value in ((0, cos), (4, sin), (12, -sin), (16, cos)):
        data[track + at : track + at + 4] = int(value * 65536).to_bytes(4, "big", signed=True)
    Path(turned).write_bytes(data)
    with Video(upright) as a, Video(turned) as b:
        first, second = a.read().image, b.read().image
    assert b.size == (second.shape[1], second.shape[0])
    np.testing.assert_array_equal(np.rot90(first, -turns), second)  # the matrix turns clockwise


def test_a_file_that_breaks_off_gives_its_good_part(tmp_path):
    whole = make(tmp_path / "whole.mp4", 60, options={"movflags": "+faststart"})
    data = Path(whole).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
    with Video(str(tmp_path / "cut.mp4")) as video:
        count = len(list(iter(video.read, None)))
    assert 10 < count < 60
    assert video.notice == f"cut.mp4 breaks off after {count} of 60 frames; the good part was kept"


def test_a_whole_file_needs_no_notice(tmp_path):
    with Video(make(tmp_path / "v.mp4")) as video:
        assert len(list(iter(video.read, None))) == video.length == 30
    assert video.notice is None


def make_playlist(path, text):
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(("name", "content", "message"), [
    ("empty.mp4", "", "is empty"),
    ("text.mp4", "hello, this is text", "can't be read as a video: invalid data"),
    ("list.mp4", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "is a playlist"),
    ("list.mp4", "ffconcat version 1.0\nfile /etc/passwd\n", "is a playlist"),
    ("list.mp4", '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">\n', "is a playlist"),
    ("list.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\n", "is a playlist"),
])
def test_what_is_no_video_is_refused(tmp_path, name, content, message):
    with pytest.raises(UserError, match=message):
        Video(make_playlist(tmp_path / name, content))


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UserError, match="no file '.*nope.mp4'; give a video"):
        Video(str(tmp_path / "nope.mp4"))
    with pytest.raises(UserError, match="is not a file"):
        Video(str(tmp_path))


def test_sound_without_a_picture_is_refused(tmp_path):
    with av.open(str(tmp_path / "a.m4a"), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(UserError, match="has no video in it"):
        Video(str(tmp_path / "a.m4a"))


def test_a_picture_that_is_none(tmp_path):
    (tmp_path / "p.png").write_bytes(b"not a picture")
    with pytest.raises(UserError, match="is not a picture"):
        Picture(str(tmp_path / "p.png"), fps=30.0)
    with pytest.raises(UserError, match="can't be read: No such file"):
        Picture(str(tmp_path / "nope.png"), fps=30.0)
