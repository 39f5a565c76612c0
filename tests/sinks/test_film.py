"""Films: a real H.264 round trip, frame by frame, and nothing lost."""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from moving import Moving, texture
from small_disk import small_disk

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.scheduling import TASKS, threads
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.film import Film
from kaleidocam.sinks.piece import PieceFile
from kaleidocam.sinks.track import FINE_TIME_BASE
from kaleidocam.sources.video import Video


def write(path, frames=10, **options):
    source = Moving(frames)
    with Film(str(path), size=source.size, fps=source.fps, **options) as film:
        for frame in iter(source.read, None):
            film.write(frame)
    return list(iter(Moving(frames).read, None))


def read(path):
    with Video(str(path)) as video:
        return list(iter(video.read, None))


def light_missed(a, b):
    """Mean difference in luma; yuv420p keeps color at half the size, so it is compared on plain areas instead."""
    return np.abs(cv2.cvtColor(a, cv2.COLOR_BGR2GRAY).astype(int) - cv2.cvtColor(b, cv2.COLOR_BGR2GRAY)).mean()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".m4v"])
def test_a_round_trip(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    given, got = write(path, crf=10), read(path)
    assert len(got) == len(given)
    for a, b in zip(given, got, strict=True):
        assert b.seconds == pytest.approx(a.seconds, abs=0.001)
        assert light_missed(a.image, b.image) < 3
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")


def test_gray_levels_and_plain_colors_survive(tmp_path):
    image = np.zeros((96, 160, 3), np.uint8)
    for i, color in enumerate([(40, 40, 40), (220, 220, 220), (30, 60, 200), (200, 120, 20)]):
        image[:, 40 * i : 40 * i + 40] = color
    with Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25, crf=5) as film:
        film.write(Frame(image, 0.0, 0))
    got = read(tmp_path / "f.mp4")[0].image
    for i in range(4):
        np.testing.assert_allclose(got[48, 40 * i + 20].astype(int), image[48, 40 * i + 20], atol=3)


def test_variable_frame_times_are_exact(tmp_path):
    tick, pts = FINE_TIME_BASE, [0, 3600, 4200, 35000, 35001, 63000]
    with Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25) as film:
        for i, at in enumerate(pts):
            film.write(Frame(texture(i), float(at * tick), i))
    assert [round(frame.seconds / float(tick)) for frame in read(tmp_path / "f.mp4")] == pts


def test_the_last_frame_lasts(tmp_path):
    write(tmp_path / "f.mp4", 25)
    with av.open(str(tmp_path / "f.mp4")) as opened:
        assert opened.duration / av.time_base == pytest.approx(1.0, abs=0.01)


def test_odd_sizes_are_padded_not_scaled(tmp_path):
    picture = texture(0, (161, 97))
    with Film(str(tmp_path / "f.mp4"), size=(161, 97), fps=25, crf=5) as film:
        film.write(Frame(picture, 0.0, 0))
    got = read(tmp_path / "f.mp4")[0].image
    assert got.shape == (98, 162, 3)
    assert light_missed(got[:97, :161], picture) < 3
    assert light_missed(got[97:, :161], picture[96:]) < 6 and light_missed(got[:97, 161:], picture[:, 160:]) < 6


def test_two_films_of_the_same_frames_are_identical(tmp_path):
    write(tmp_path / "a.mp4", 30)
    write(tmp_path / "b.mp4", 30)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_until_it_is_whole_nothing_stands_under_its_name(tmp_path):
    path = tmp_path / "f.mp4"
    path.write_bytes(b"an earlier film")
    film = Film(str(path), size=(160, 96), fps=25, overwrite=True)
    film.write(Frame(texture(0), 0.0, 0))
    assert path.read_bytes() == b"an earlier film"
    film.close()
    assert len(read(path)) == 1 and [p.name for p in tmp_path.iterdir()] == ["f.mp4"]


def test_a_film_without_a_frame_leaves_nothing(tmp_path):
    Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("film.avi", "must end in .mp4"),
        ("no/such/folder/film.mp4", "there is no folder"),
        ("folder.mp4", "is a folder"),
        ("exists.mp4", "exists; give -y to overwrite it"),
    ],
)
def test_where_no_film_can_be_written(tmp_path, name, message):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "exists.mp4").write_bytes(b"precious")
    with pytest.raises(UserError, match=message):
        Film(str(tmp_path / name), size=(160, 96), fps=25)
    assert (tmp_path / "exists.mp4").read_bytes() == b"precious"


def test_a_film_that_came_into_being_meanwhile_is_not_overwritten(tmp_path):
    film = Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25)
    film.write(Frame(texture(0), 0.0, 0))
    (tmp_path / "f.mp4").write_bytes(b"precious")
    with pytest.raises(UserError, match="was created in the meantime; the new film is in '.*.f.part.mp4'"):
        film.close()
    assert (tmp_path / "f.mp4").read_bytes() == b"precious"
    assert len(read(tmp_path / ".f.part.mp4")) == 1


def test_an_error_on_the_way_keeps_what_was_written(tmp_path):
    with pytest.raises(ZeroDivisionError), Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25) as film:
        film.write(Frame(texture(0), 0.0, 0))
        1 / 0
    assert len(read(tmp_path / "f.mp4")) == 1


def test_a_frame_of_another_size_is_a_programming_error(tmp_path):
    with Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25) as film, pytest.raises(ValueError, match=r"\(96, 160\)"):
        film.write(Frame(texture(0, (96, 160)), 0.0, 0))


def test_times_that_do_not_rise_come_a_tick_later(tmp_path):
    with Film(str(tmp_path / "f.mp4"), size=(160, 96), fps=25) as film:
        for i, seconds in enumerate((0.0, 0.04, 0.04, 0.08)):
            film.write(Frame(texture(i), seconds, i))
    assert [round(frame.seconds / FINE_TIME_BASE) for frame in read(tmp_path / "f.mp4")] == [0, 3600, 3601, 7200]


def test_names_may_be_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("12:30 %03d ünï.mp4", 3)  # "12:" looks like an address
    assert len(read("12:30 %03d ünï.mp4")) == 3
    for longest in ("x" * 251 + ".mp4", "🌀" * 62 + "abc.mkv", "ünï" * 49 + "abcde.webm"):  # 255 bytes
        write(longest, 3)
        assert len(read(longest)) == 3
    with pytest.raises(UserError, match="can't be written: file name too long"):
        write("x" * 252 + ".mp4", 3)


def test_what_x264_cannot_encode_is_said_at_once(tmp_path):
    with pytest.raises(UserError, match="of 20000×96 pixels in h264, crf 18, preset veryfast can't be started"):
        Film(str(tmp_path / "f.mp4"), size=(20000, 96), fps=25)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_disk_that_fills_up_leaves_the_earlier_film_and_the_part_so_far(tmp_path, suffix):
    path, noise = tmp_path / f"f{suffix}", np.random.default_rng(0)
    path.write_bytes(b"precious")
    with (
        small_disk(700_000),
        pytest.raises(UserError, match="f.m.*' can't be finished: file too large; the part so far is in"),
        Film(str(path), size=(160, 96), fps=25, overwrite=True) as film,
    ):
        for i in range(200):
            film.write(Frame(noise.integers(0, 256, (96, 160, 3), np.uint8), i / 25, i))
    assert path.read_bytes() == b"precious"
    assert len(read(tmp_path / f".f.part{suffix}")) > 20
    assert not [link for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(link)]


def test_a_device_that_takes_no_bytes_is_named(tmp_path):
    with (
        small_disk(0),
        pytest.raises(UserError, match="f.mkv' can't be written: file too large"),
    ):
        Film(str(tmp_path / "f.mkv"), size=(160, 96), fps=25)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not TASKS.is_dir(), reason="only Linux has a policy for each thread")
def test_an_encoder_leaves_the_system_s_schedule_as_it_was(tmp_path):
    """SVT-AV1 makes all threads real-time where it may, as it may for root; elsewhere this shows nothing."""
    before = threads()
    with Film(str(tmp_path / "f.mkv"), size=(160, 96), fps=25, codec=CODECS["av1"]) as film:
        for i in range(3):
            film.write(Frame(np.zeros((96, 160, 3), np.uint8), i / 25, i))
        assert threads() > before and {os.sched_getscheduler(each) for each in threads()} == {os.SCHED_OTHER}


@pytest.mark.skipif(not TASKS.is_dir(), reason="only Linux has a policy for each thread")
def test_an_encoder_of_a_piece_leaves_it_too(tmp_path):
    before = threads()
    with PieceFile(tmp_path / "f.nut", CODECS["av1"], size=(160, 96), fps=25, tick=Fraction(1, 25), crf=None) as piece:
        piece.write(Frame(np.zeros((96, 160, 3), np.uint8), 0.0, 0))
        assert threads() > before and {os.sched_getscheduler(each) for each in threads()} == {os.SCHED_OTHER}
