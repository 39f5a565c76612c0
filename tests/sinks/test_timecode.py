"""Timecodes move with the film's beginning, with and without dropped numbers."""

import pytest
from media import ffmpeg, streams
from undreamed import undreamed

from kaleidocam.sinks.timecode import moved

NTSC = 30_000 / 1001


@pytest.mark.parametrize(
    ("text", "frames", "fps", "there"),
    [
        ("10:00:00:00", 0, 25, "10:00:00:00"),
        ("10:00:00:24", 1, 25, "10:00:01:00"),
        ("23:59:59:24", 1, 25, "00:00:00:00"),
        ("01:00:00;00", 0, NTSC, "01:00:00;00"),
        ("00:00:59;29", 1, NTSC, "00:01:00;02"),  # numbers 0 and 1 are dropped
        ("00:09:59;29", 1, NTSC, "00:10:00;00"),  # but not in a tenth minute
        ("00:00:00;00", 107_892, NTSC, "01:00:00;00"),  # an hour
        ("23:59:59;29", 1, NTSC, "00:00:00;00"),
        ("00:00:59;59", 1, 2 * NTSC, "00:01:00;04"),
        ("00:00:59:29", 1, NTSC, "00:01:00:00"),
        ("10:00:00:00", 0, 24.7, None),  # no timecode counts so
        ("10:00:00:25", 0, 25, None),
        ("10:00:00;00", 0, 25, None),
        ("soon", 0, 25, None),
    ],
)
def test_a_timecode_is_moved_by_frames(text, frames, fps, there):
    assert moved(text, frames, fps) == there


def test_where_a_frame_becomes_two_the_numbers_double():
    assert moved("10:00:00:12", 1, 50, factor=2) == "10:00:00:25"


def timecodes(path):
    return {stream["tags"].get("timecode") or stream["tags"].get("TIMECODE") for stream in streams(path)} - {None}


@pytest.mark.parametrize("name", ["out.mov", "out.mp4", "out.mkv"])
@pytest.mark.parametrize("container", ["in.mov", "in.mkv"])
def test_a_film_begins_at_the_timecode_of_its_first_frame(tmp_path, container, name):
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1.4", "-c:v", "libx264", "-preset", "ultrafast"]
    mark = ["-timecode", "10:00:00:00"] if container == "in.mov" else ["-metadata", "timecode=10:00:00:00"]
    ffmpeg(*picture, *mark, tmp_path / container)
    left_out, _ = undreamed(tmp_path / container, tmp_path / name)
    assert timecodes(tmp_path / name) == {"10:00:00:00"} and left_out == []
    undreamed(tmp_path / container, tmp_path / f"later-{name}", start=1.0)
    assert timecodes(tmp_path / f"later-{name}") == {"10:00:01:00"}


def test_a_timecode_that_does_not_fit_is_told(tmp_path):
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=37:d=0.3", "-c:v", "libx264", "-preset", "ultrafast"]
    ffmpeg(*picture, "-metadata", "timecode=10:00:00;00", tmp_path / "in.mkv")
    (line,), _ = undreamed(tmp_path / "in.mkv", tmp_path / "out.mp4")
    assert "timecode, 10:00:00;00, does not fit 37 frames a second and is left out" in line
    assert timecodes(tmp_path / "out.mp4") == set()
