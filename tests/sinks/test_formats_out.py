"""Every codec in every container that it goes into, looked at by FFmpeg."""

import subprocess
import sys

import av
import cv2
import numpy as np
import pytest
from av.stream import Disposition
from film_pieces import TICK, VARIABLE, picture, write_pieces
from media import copied, decoded, ffmpeg, packets, streams, times

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.codecs import CODECS, FORMATS
from kaleidocam.sinks.film import Film
from kaleidocam.sinks.join import join
from kaleidocam.sinks.piece import PieceFile

JOINED = [codec for codec in CODECS.values() if codec.joins]
MATRIX = [(codec.name, suffix) for codec in JOINED for suffix in codec.suffixes]
AS_FFMPEG_HAS_IT = {"h265": "hevc"}
LIMITED, FULL_RGB = (1, 1, 1, 1), (2, 0, 1, 1)  # range; matrix, transfer and primaries as ITU-T H.273 numbers them


@pytest.fixture(scope="module")
def pieces(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    return {codec.name: write_pieces(folder, codec) for codec in JOINED}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two languages and subtitles of two kinds, as mkv holds them; Opus, which every container takes but .mov."""
    folder = tmp_path_factory.mktemp("clip")
    cues = (
        "00:00:00,200 --> 00:00:00,900\nbread",
        "00:00:01,000 --> 00:00:01,300\nmilk",
        "00:00:01,000 --> 00:00:01,600\ntea",
    )
    (folder / "a.srt").write_text("\n\n".join(f"{n}\n{cue}" for n, cue in enumerate(cues, 1)) + "\n")
    path = folder / "in.mkv"
    ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "testsrc=d=2:r=25:s=160x96",
        "-f",
        "lavfi",
        "-i",
        "sine=d=2:r=48000",
        "-f",
        "lavfi",
        "-i",
        "sine=440:d=2:r=48000",
        "-i",
        folder / "a.srt",
        *[
            "-map",
            "0",
            "-map",
            "1",
            "-map",
            "2",
            "-map",
            "3",
            "-c:v",
            "libx264",
            "-c:a:0",
            "libopus",
            "-c:a:1",
            "aac",
            "-c:s",
            "subrip",
            "-metadata:s:a:1",
            "language=ger",
            "-metadata:s:s:0",
            "language=fra",
            "-disposition:a:1",
            "forced",
        ],
        path,
    )
    return path


@pytest.mark.parametrize(("name", "suffix"), MATRIX)
def test_a_joined_film(tmp_path, pieces, name, suffix):
    out, codec = tmp_path / f"film{suffix}", CODECS[name]
    assert join(pieces[name], out, codec=codec, crf=None, fps=25, tick=TICK) == []
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    (stream,) = streams(out)
    assert stream["codec"] == AS_FFMPEG_HAS_IT.get(name, name)
    if name == "h265" and suffix != ".mkv":
        assert stream["codec_tag"] == "hvc1"  # players of Apple's take no other
    assert (stream["pix_fmt"], stream["width"], stream["height"]) == (codec.pix_fmt, 160, 96)
    assert stream["color"] == (LIMITED if codec.pix_fmt != "bgr0" else FULL_RGB)
    unit = 0.0005 if FORMATS[suffix] in ("matroska", "webm") else 0  # milliseconds, rounded
    np.testing.assert_allclose(times(out), [float(t * TICK) for t in VARIABLE], rtol=0, atol=unit + 1e-9)
    assert decoded(out) == decoded(*pieces[name])


@pytest.mark.parametrize("name", [codec.name for codec in JOINED])
def test_its_frames_are_those_that_were_given(pieces, name):
    with av.open(str(pieces[name][0])) as opened:
        frames = [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]
    for i in (0, len(frames) - 1):
        a, b = (cv2.GaussianBlur(image, (0, 0), 3).astype(int) for image in (frames[i], picture(i)))
        assert np.abs(a - b).mean() < (0.001 if name == "ffv1" else 4)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".webm"])
def test_sound_and_subtitles_are_copied_where_they_fit(tmp_path, pieces, clip, suffix):
    out, name = tmp_path / f"film{suffix}", "vp9" if suffix == ".webm" else "h264"
    notices = join(pieces[name], out, codec=CODECS[name], crf=None, fps=25, tick=TICK, copy_from=str(clip))
    audio, subtitles = copied(clip, "a"), copied(clip, "s")
    said = f"doesn't fit into '{out}' and is left out; .mkv takes it"
    places = [place for place, stream in enumerate(streams(clip)) if stream["type"] != "video"]
    tracks = [stream for stream in streams(out) if stream["type"] != "video"]
    kept = {".mp4": [0, 1], ".mkv": [0, 1], ".mov": [1], ".webm": [0]}[suffix]
    assert copied(out, "a") == [audio[k] for k in kept]
    codecs = ["audio (opus)", "audio (aac)"] + (["subtitles (subrip)"] if suffix != ".mkv" else [])
    lost = [k for k in range(len(codecs)) if k not in kept]
    assert notices == [f"track {places[k]}, {codecs[k]}, {said}" for k in lost]
    if suffix == ".mkv":
        assert copied(out, "s") == subtitles and tracks[2]["tags"]["language"] == "fra"
        assert times(out, "subtitles") == times(clip, "subtitles")
    if 1 in kept:
        german = tracks[kept.index(1)]
        assert german["tags"]["language"] == "ger"
        assert (Disposition.forced in german["disposition"]) == (suffix != ".mov")  # .mov has no mark for it


def test_mp4_keeps_its_own_subtitles(tmp_path, pieces, clip):
    out = tmp_path / "out.mov"
    ffmpeg(
        "-i",
        clip,
        *["-map", "0:v", "-map", "0:a:1", "-map", "0:s", "-c", "copy", "-c:s", "mov_text"],
        tmp_path / "in.mp4",
    )
    assert (
        join(pieces["h264"], out, codec=CODECS["h264"], crf=None, fps=25, tick=TICK, copy_from=str(tmp_path / "in.mp4"))
        == []
    )
    given, got = (
        [(packet.pts, packet.size) for packet in packets(path, "subtitles")] for path in (tmp_path / "in.mp4", out)
    )
    assert got[: len(given)] == given and {size for _, size in got[len(given) :]} <= {2}  # ffmpeg ends with nothing


@pytest.mark.parametrize(
    ("codec", "size", "stored"),
    [
        ("h264", (161, 97), (162, 98)),
        ("prores", (161, 97), (162, 97)),
        ("ffv1", (161, 97), (161, 97)),
    ],
)
def test_odd_sizes_are_padded_only_where_they_must(tmp_path, codec, size, stored):
    (path,) = write_pieces(tmp_path, CODECS[codec], ticks=[0, 3600], count=1, size=size)
    (stream,) = streams(path)
    assert (stream["width"], stream["height"]) == stored


@pytest.mark.parametrize("codec", JOINED, ids=[codec.name for codec in JOINED])
def test_the_same_frames_give_the_same_bytes(tmp_path, codec):
    (tmp_path / "b").mkdir()
    for a, b in zip(write_pieces(tmp_path, codec), write_pieces(tmp_path / "b", codec), strict=True):
        assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_the_same_pieces_give_the_same_film(tmp_path, pieces, clip, suffix):
    for name in ("a", "b"):
        join(
            pieces["av1"],
            tmp_path / f"{name}{suffix}",
            codec=CODECS["av1"],
            crf=None,
            fps=25,
            tick=TICK,
            copy_from=str(clip),
        )
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("codec", JOINED, ids=[codec.name for codec in JOINED])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_pieces(tmp_path, codec, count):
    """Of so few frames x265 gives the decoding times at random."""
    out = tmp_path / f"film{codec.suffixes[0]}"
    join(
        write_pieces(tmp_path, codec, ticks=range(0, 3600 * count, 3600), count=count),
        out,
        codec=codec,
        crf=None,
        fps=25,
        tick=TICK,
    )
    with Film(str(tmp_path / f"live{out.suffix}"), size=(160, 96), fps=25, codec=codec) as film:
        for i in range(count):
            film.write(Frame(picture(i), i / 25, i))
    for path in (out, tmp_path / f"live{out.suffix}"):
        shown = packets(path)
        assert len(shown) == len(decoded(path)) == count
        assert all(-0.081 <= packet.dts * packet.time_base <= packet.pts * packet.time_base for packet in shown)


@pytest.mark.parametrize("codec", JOINED, ids=[codec.name for codec in JOINED])
def test_whole_pictures_come_often_enough(tmp_path, codec):
    path = tmp_path / f"piece{codec.piece_suffix}"
    with PieceFile(path, codec, size=(64, 64), fps=25, tick=TICK, crf=None) as piece:
        for i in range(260):
            piece.write(Frame(picture(i % 5, (64, 64)), i / 25, i))  # one shot
    whole = [i for i, packet in enumerate(packets(path)) if packet.is_keyframe]
    assert whole[0] == 0 and 0 < whole[1] <= 250


def test_encoders_keep_silent():
    """What they have to say belongs to nobody's terminal."""
    script = (
        "import sys; sys.path.insert(0, 'tests'); import pathlib, tempfile, film_pieces\n"
        "from kaleidocam.sinks.codecs import CODECS\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    for name in ('h264', 'h265', 'av1', 'vp9'):\n"
        "        film_pieces.write_pieces(pathlib.Path(folder), CODECS[name], ticks=[0, 3600], count=1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(("name", "codec"), [("film.webm", None), ("film.mkv", "av1"), ("film.mov", "prores")])
def test_a_film_that_is_not_made_of_pieces_takes_every_codec_too(tmp_path, name, codec):
    with Film(str(tmp_path / name), size=(160, 96), fps=25, codec=codec and CODECS[codec]) as film:
        for i in range(5):
            film.write(Frame(picture(i), i / 25, i))
    (stream,) = streams(tmp_path / name)
    assert stream["codec"] == (codec or "vp9") and len(decoded(tmp_path / name)) == 5


def test_a_gif_goes_round_with_its_own_times(tmp_path):
    ticks = [0, 3600, 4000, 9000, 45_000, 90_000]  # the third comes too soon after the second for a browser
    pieces = write_pieces(tmp_path, CODECS["gif"], ticks=ticks, count=2, size=(161, 97), first=-0.5)
    out = tmp_path / "film.gif"
    assert join(pieces, out, codec=CODECS["gif"], crf=None, fps=25, tick=TICK) == [
        "a GIF shows 50 frames a second at most; left out: 1"
    ]
    (stream,) = streams(out)
    assert (stream["codec"], stream["width"], stream["height"]) == ("gif", 161, 97)
    assert times(out) == [0, 0.04, 0.1, 0.5, 1.0] and b"NETSCAPE2.0\x03\x01\x00\x00" in out.read_bytes()
    with av.open(str(out)) as opened:
        frames = [frame.to_ndarray(format="bgr24") for frame in opened.decode(video=0)]
    kept = [0, 1, 3, 4, 5]
    for i, frame in zip(kept, frames, strict=True):
        blurred = (cv2.GaussianBlur(image, (0, 0), 3).astype(int) for image in (frame, picture(i, (161, 97))))
        assert np.abs(np.subtract(*blurred)).mean() < 4


def test_a_webp_goes_round_with_its_own_times(tmp_path):
    pieces = write_pieces(tmp_path, CODECS["webp"], ticks=[0, 3600, 9000, 45_000], count=2, size=(161, 97))
    small, fine = tmp_path / "small.webp", tmp_path / "fine.webp"
    for path, crf in ((small, 80), (fine, 2)):
        join(pieces, path, codec=CODECS["webp"], crf=crf, fps=25, tick=TICK)
    data = fine.read_bytes()
    assert data[:4] == b"RIFF" and data[data.index(b"ANIM") + 12 :][:2] == b"\0\0"  # round for ever
    at, lasts = 0, []
    while (at := data.find(b"ANMF", at)) >= 0:
        lasts.append(int.from_bytes(data[at + 20 : at + 23], "little"))
        at += 1
    assert lasts[:3] == [40, 60, 400] and len(lasts) == 4
    assert small.stat().st_size < fine.stat().st_size / 2


def test_a_sequence_of_pictures_is_exact(tmp_path):
    pieces = write_pieces(tmp_path, CODECS["png"], ticks=[0, 3600, 9000], count=2, size=(161, 97))
    for out in (tmp_path / "new" / "film-%03d.png", tmp_path / "folder"):
        join(pieces, out, codec=CODECS["png"], crf=None, fps=25, tick=TICK)
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == [f"{n:06d}.png" for n in (1, 2, 3)]
    for i in range(3):
        np.testing.assert_array_equal(
            cv2.imread(str(tmp_path / "new" / f"film-{i + 1:03d}.png")), picture(i, (161, 97))
        )


@pytest.mark.parametrize(
    ("pattern", "first"),
    [("50% f-%02d.png", "50% f-01.png"), ("a%%d-%d.png", "a%d-1.png"), ("%s [x] %03d.png", "%s [x] 001.png")],
)
def test_other_percent_signs_in_a_name_are_only_that(tmp_path, pattern, first):
    pieces = write_pieces(tmp_path, CODECS["png"], ticks=[0, 3600], count=1)
    out = tmp_path / "new" / pattern
    join(pieces, out, codec=CODECS["png"], crf=None, fps=25, tick=TICK)
    made = sorted(path.name for path in out.parent.iterdir())
    assert len(made) == 2 and made[0] == first
    with pytest.raises(UserError, match="exists; give -y"):
        join(pieces, out, codec=CODECS["png"], crf=None, fps=25, tick=TICK)


@pytest.mark.parametrize(("name", "suffix"), [("gif", ".gif"), ("webp", ".webp"), ("png", "-%d.png")])
def test_what_has_no_sound_says_so(tmp_path, clip, name, suffix):
    pieces = write_pieces(tmp_path, CODECS[name], ticks=[0, 3600], count=1)
    notices = join(
        pieces, tmp_path / f"film{suffix}", codec=CODECS[name], crf=None, fps=25, tick=TICK, copy_from=str(clip)
    )
    assert notices == [f"'{tmp_path}/film{suffix}' has no sound or subtitles: {name} can't hold any"]
