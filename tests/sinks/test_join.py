"""Joining: the film with its sound at the right place, whole or absent."""

import math
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from film_pieces import TICK, VARIABLE, picture, write_pieces
from media import chapters, copied, decoded, ffmpeg, packets, streams, tags, times
from small_disk import small_disk

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.film_copy import Copies
from kaleidocam.sinks.join import join
from kaleidocam.sinks.piece import PieceFile
from kaleidocam.sinks.piece import times as piece_times

H264 = CODECS["h264"]
SECONDS = [float(tick * TICK) for tick in VARIABLE]


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    return write_pieces(tmp_path_factory.mktemp("pieces"), H264)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Films of 3 seconds: plain with chapters, with late sound, and with sound from before zero."""
    folder = tmp_path_factory.mktemp("clips")
    (folder / "tags").write_text(
        ";FFMETADATA1\ntitle=The walk\nartist=Somebody\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\n"
        "END=1000\ntitle=In\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=Out\n"
    )
    picture, tone = ["-f", "lavfi", "-i", "testsrc=d=3:r=25:s=160x96"], ["-f", "lavfi", "-i", "sine=d=3:r=48000"]
    ffmpeg(
        *picture,
        *tone,
        "-i",
        folder / "tags",
        *["-map", "0", "-map", "1", "-map_metadata", "2", "-c:a", "aac"],
        folder / "plain.mp4",
    )
    ffmpeg(*picture, "-itsoffset", "0.7", *tone, "-c:a", "aac", folder / "late.mkv")
    ffmpeg(
        "-itsoffset",
        "-0.5",
        "-i",
        folder / "plain.mp4",
        *["-copyts", "-avoid_negative_ts", "disabled", "-c", "copy"],
        folder / "early.mkv",
    )
    ffmpeg(
        "-itsoffset",
        "-0.5",
        "-i",
        folder / "plain.mp4",
        *["-copyts", "-avoid_negative_ts", "disabled", "-c", "copy"],
        folder / "cut.mp4",
    )
    return folder


def make(pieces, out, **more):
    return join(pieces, out, **{"codec": H264, "crf": None, "fps": 25, "tick": TICK, **more})


@pytest.mark.parametrize("clip", ["plain.mp4", "late.mkv", "early.mkv"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_sound_stays_where_it_was(tmp_path, pieces, clips, clip, suffix):
    out = tmp_path / f"film{suffix}"
    before = np.array(times(clips / clip, "audio"))
    if before[0] < -0.1:  # the film begins with the sound, and its source gives its pictures as much later
        pieces = write_pieces(tmp_path, H264, first=-before[0])
    assert make(pieces, out, copy_from=str(clips / clip)) == []
    assert copied(out, "a") == copied(clips / clip, "a") != []
    heard, seen = np.array(times(out, "audio")), times(out)
    assert len(seen) == len(SECONDS)
    np.testing.assert_allclose(heard - seen[0], before, rtol=0, atol=0.0011)
    assert min(seen) >= 0 and heard[0] >= -0.022  # nothing lies where players cut it off but the encoder's run-up


def test_sound_that_the_input_hides_is_left_out(tmp_path, pieces, clips):
    """An .mp4 can hold more than it shows; .mkv would play it, before the picture."""
    make(pieces, tmp_path / "film.mkv", copy_from=str(clips / "cut.mp4"))
    assert times(tmp_path / "film.mkv", "audio")[0] == 0 and 0.06 < times(tmp_path / "film.mkv")[0] < 0.1


def test_a_film_that_begins_late_does_so_still(tmp_path, pieces, clips):
    late = write_pieces(tmp_path, H264, first=0.5003)
    make(late, tmp_path / "film.mp4", copy_from=str(clips / "plain.mp4"))
    starts = [stream["start_time"] for stream in streams(tmp_path / "film.mp4")[:2]]
    assert starts == [0.5003, 0.0]  # and not to the millisecond


def test_times_before_zero_are_kept_in_relation(tmp_path, clips):
    early = write_pieces(tmp_path, H264, first=-0.2)
    assert piece_times(early[0], TICK)[0] == -0.2
    make(early, tmp_path / "film.mp4", copy_from=str(clips / "plain.mp4"))
    assert times(tmp_path / "film.mp4")[0] == 0
    assert times(tmp_path / "film.mp4", "audio")[1] == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_stretch_of_a_film(tmp_path, clips, suffix):
    """--from 1 --to 2: the film begins at zero, and so does its sound."""
    stretch = write_pieces(tmp_path, H264, ticks=range(0, 90_000, 3600), first=1.0)
    out = tmp_path / f"film{suffix}"
    make(stretch, out, copy_from=str(clips / "plain.mp4"), start=1.0, end=2.0, shift=1.0)
    heard = times(out, "audio")
    assert times(out)[0] == 0 and 0 <= heard[0] < 0.022 and 0.95 < heard[-1] < 1.0
    given = [at - 1 for at in times(clips / "plain.mp4", "audio") if 1 <= at < 2]
    np.testing.assert_allclose(heard, given, rtol=0, atol=0.0006)
    assert chapters(out) == [("Out", 0, 1)]


def test_a_stretch_that_begins_between_two_ticks(tmp_path, clips):
    tick, out = Fraction(1, 25), tmp_path / "film.mp4"
    stretch = write_pieces(tmp_path, H264, ticks=range(26, 36), tick=tick)
    make(stretch, out, tick=tick, copy_from=str(clips / "plain.mp4"), start=1.015, shift=1.015)
    heard = next(at for at in times(clips / "plain.mp4", "audio") if at >= 1.015)
    assert times(out, "audio")[0] - times(out)[0] == pytest.approx(heard - 26 / 25, abs=1e-4)


def test_sound_that_outlasts_the_picture_is_kept_but_not_when_the_film_was_stopped(tmp_path, pieces, clips):
    source = str(clips / "plain.mp4")
    make(pieces, tmp_path / "whole.mp4", copy_from=source)
    make(pieces[:1], tmp_path / "stopped.mp4", copy_from=source, end=0.5)
    assert copied(tmp_path / "whole.mp4", "a") == copied(source, "a")
    assert 0.45 < times(tmp_path / "stopped.mp4", "audio")[-1] < 0.5
    assert decoded(tmp_path / "stopped.mp4") == decoded(pieces[0])


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_title_and_chapters_are_kept(tmp_path, pieces, clips, suffix):
    out = tmp_path / f"film{suffix}"
    make(pieces, out, copy_from=str(clips / "plain.mp4"))
    assert {name.lower(): value for name, value in tags(out).items()}["title"] == "The walk"
    assert [(title, start) for title, start, _ in chapters(out)] == [("In", 0), ("Out", 1)]


def test_decoding_times_rise_across_pieces(tmp_path):
    many = write_pieces(tmp_path, H264, ticks=VARIABLE[:24], count=6)
    make(many, tmp_path / "film.mp4")
    shown = packets(tmp_path / "film.mp4")
    dts, pts = ([float(getattr(packet, kind)) for packet in shown] for kind in ("dts", "pts"))
    assert np.diff(dts).min() > 0 and min(np.subtract(pts, dts)) >= 0 and dts != pts
    assert decoded(tmp_path / "film.mp4") == decoded(*many)


@pytest.mark.parametrize("tick", [Fraction(1001, 30_000), Fraction(1, 25), Fraction(1, 1000), Fraction(1, 10_000_000)])
def test_times_of_any_unit_are_exact(tmp_path, tick):
    ticks = [math.ceil(Fraction(i, 25) / tick) + (i > 5) for i in range(12)]
    out = tmp_path / "film.mp4"
    make(write_pieces(tmp_path, H264, ticks=ticks, tick=tick, first=float(tick)), out, tick=tick)
    unit = streams(out)[0]["time_base"]
    assert (tick / unit).denominator == 1
    assert sorted(packet.pts * unit for packet in packets(out)) == [(at + 1) * tick for at in ticks]


def test_the_last_frame_lasts(tmp_path, pieces):
    make(pieces, tmp_path / "film.mp4")
    assert streams(tmp_path / "film.mp4")[0]["duration"] == pytest.approx(SECONDS[-1] + 0.04, abs=1e-4)


def test_the_last_frame_lasts_as_long_as_it_did(tmp_path, pieces):
    make(pieces, tmp_path / "film.mp4", last=0.5)
    assert streams(tmp_path / "film.mp4")[0]["duration"] == pytest.approx(SECONDS[-1] + 0.5, abs=1e-4)


def test_sound_is_copied_as_the_pictures_come_and_never_waits_in_memory(tmp_path, pieces, clips, monkeypatch):
    reached, copy_until = [], Copies.copy_until
    monkeypatch.setattr(Copies, "copy_until", lambda self, at: (reached.append(at), copy_until(self, at))[1])
    make(pieces, tmp_path / "film.mp4", copy_from=str(clips / "plain.mp4"))
    assert len(reached) == len(SECONDS) + 1 and reached == sorted(reached) and reached[-1] == math.inf
    assert -0.3 < reached[0] <= 0 and SECONDS[-1] - 0.3 < reached[-2] <= SECONDS[-1]


def test_pieces_that_do_not_belong_together_are_found_out(tmp_path, pieces):
    (tmp_path / "other").mkdir()
    other = write_pieces(tmp_path / "other", H264, size=(96, 96), first=10)
    with pytest.raises(RuntimeError, match="piece-h264-0.nut' was encoded differently from"):
        make([*pieces, *other], tmp_path / "film.mp4")
    with pytest.raises(RuntimeError, match="piece-h264-0.nut' does not follow the previous one"):
        make([pieces[1], pieces[0]], tmp_path / "film.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_a_piece_that_is_gone_is_named(tmp_path, pieces):
    with pytest.raises(UserError, match="film.mp4' can't be written: no such file or directory; its pieces are kept"):
        make([*pieces, tmp_path / "gone.nut"], tmp_path / "film.mp4")
    with pytest.raises(UserError, match="film.gif' can't be written: no such file or directory"):
        make([tmp_path / "gone.nut"], tmp_path / "film.gif", codec=CODECS["gif"])
    assert not list(tmp_path.iterdir())


def test_what_lies_there_is_left_alone(tmp_path, pieces, clips):
    out = tmp_path / "film.mp4"
    out.write_bytes(b"precious")
    with pytest.raises(UserError, match="exists; give -y to overwrite it"):
        make(pieces, out)
    with pytest.raises(UserError, match="is the input itself"):
        make(pieces, out, copy_from=str(out), overwrite=True)
    with pytest.raises(UserError, match="the sound of '.*nope.mp4' can't be read"):
        make(pieces, out, copy_from=str(tmp_path / "nope.mp4"), overwrite=True)
    assert out.read_bytes() == b"precious"
    make(pieces, out, overwrite=True)
    assert len(times(out)) == len(SECONDS) and [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_pictures_of_others_are_left_alone(tmp_path):
    png = CODECS["png"]
    pieces = write_pieces(tmp_path, png, ticks=[0, 3600], count=1)
    folder = tmp_path / "film"
    folder.mkdir()
    for name in ("f-0007.png", "f-x.png", "g-0001.png"):
        (folder / name).write_bytes(b"precious")
    with pytest.raises(UserError, match="film/f-0007.png' exists; give -y"):
        make(pieces, folder / "f-%04d.png", codec=png)
    assert len(list(folder.iterdir())) == 3
    make(pieces, folder / "f-%04d.png", codec=png, overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == ["f-0001.png", "f-0002.png", "f-x.png", "g-0001.png"]
    with pytest.raises(UserError, match="there is no folder"):
        make(pieces, tmp_path / "no" / "such" / "f-%d.png", codec=png)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.gif", "film.webp", "film-%d.png"])
def test_a_disk_that_fills_up_at_any_moment(tmp_path, clips, name):
    codec = {".gif": "gif", ".webp": "webp", ".png": "png"}.get(Path(name).suffix, "h264")
    (tmp_path / "pieces").mkdir()
    pieces = write_pieces(tmp_path / "pieces", CODECS[codec], ticks=range(0, 36_000, 3600), count=2, size=(96, 64))
    more = {"codec": CODECS[codec], "copy_from": str(clips / "plain.mp4"), "overwrite": True}
    out = tmp_path / name
    make(pieces, out, **more)
    lying = {path: path.read_bytes() for path in tmp_path.glob("film*")}
    size = max(len(data) for data in lying.values())
    for limit in (size - 1, *range(size // 7, size, size // 7), 40, 0):
        said = pytest.raises(UserError, match="film.*' can't be written: file too large; its pieces are kept")
        with small_disk(limit), said:
            make(pieces, out, **more)
        assert {path: path.read_bytes() for path in tmp_path.glob("film*")} == lying
        assert not list(tmp_path.glob(".*"))
        if limit > 40:  # PyAV never closes a file whose very header fails
            assert not [link for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(link)]


@pytest.mark.parametrize("limit", [0, 3000])
def test_a_piece_that_the_disk_refuses(tmp_path, limit):
    piece = PieceFile(tmp_path / "a.nut", CODECS["ffv1"], size=(160, 96), fps=25, tick=TICK, crf=None)
    with small_disk(limit), pytest.raises(UserError, match="a.nut' can't be written: file too large"):
        for i in range(20):
            piece.write(Frame(picture(i), i / 25, i))
    piece.close()  # told already
