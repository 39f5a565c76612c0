"""Which of a file's video tracks is the film."""

import av
import pytest
from media import ffmpeg

from kaleidocam.errors import UserError
from kaleidocam.sources.video import Video

X264 = ["-c:v", "libx264", "-preset", "ultrafast"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=0.4", *X264, folder / "film.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=80x48:r=25:d=0.4", *X264, folder / "proxy.mp4")
    ffmpeg(
        "-f", "lavfi", "-i", "color=orange:s=320x240:d=0.04", "-frames:v", "1", "-c:v", "mjpeg", folder / "thumb.mov"
    )
    both = ["-map", "0", "-map", "1", "-c", "copy"]
    marks = ["-disposition:v:0", "0", "-disposition:v:1", "default"]
    ffmpeg("-i", folder / "thumb.mov", "-i", folder / "film.mp4", *both, *marks, folder / "thumb-first.mov")
    ffmpeg("-i", folder / "proxy.mp4", "-i", folder / "film.mp4", *both, *marks, folder / "proxy-first.mkv")
    ffmpeg("-i", folder / "thumb.mov", *both[:2], "-c", "copy", "-disposition:v", "attached_pic", folder / "cover.mp4")
    return folder


@pytest.mark.parametrize("name", ["thumb-first.mov", "proxy-first.mkv"])
def test_the_film_is_taken_and_the_others_are_told(files, name):
    with Video(str(files / name)) as video:
        assert video.size == (160, 96) and len(list(iter(video.read, None))) == 10
        assert "v:1 (h264 160x96" in video.told[0] and "v:0 (" in video.told[0]


@pytest.mark.parametrize("wanted", ["v:0", "0", "0:0", "0:v:0", "v"])
def test_another_track_can_be_asked_for(files, wanted):
    with Video(str(files / "proxy-first.mkv"), stream=wanted) as video:
        assert video.size == (80, 48) and video.told == ()


def test_a_track_that_is_not_there_is_an_error_that_lists_the_tracks(files):
    with pytest.raises(UserError, match=r"no video track 'v:2'; its video tracks: v:0 \(h264 80x48.*v:1 \(h264 160x96"):
        Video(str(files / "proxy-first.mkv"), stream="v:2")


def test_a_cover_is_no_film_but_can_be_asked_for(files):
    with av.open(str(files / "cover.mp4")) as opened:
        assert opened.streams.video[0].disposition
    with pytest.raises(UserError, match="has no video in it"):
        Video(str(files / "cover.mp4"))
    with Video(str(files / "cover.mp4"), stream="v:0") as video:
        assert video.size == (320, 240)
