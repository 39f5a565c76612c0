"""Fonts, covers and tracks of unknown kinds: in the film, or told."""

import av
import pytest
from media import ffmpeg
from PIL import Image
from undreamed import undreamed

PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.3"]
TONE = ["-f", "lavfi", "-i", "sine=d=0.3"]
X264 = ["-c:v", "libx264", "-preset", "ultrafast"]


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """An .mkv with a font and a cover."""
    folder = tmp_path_factory.mktemp("styled")
    (folder / "font.ttf").write_bytes(bytes(range(256)) * 8)
    ffmpeg("-f", "lavfi", "-i", "color=teal:s=32x32:d=0.04", "-frames:v", "1", folder / "cover.jpg")
    attached = ["-attach", folder / "font.ttf", "-metadata:s:1", "mimetype=font/ttf"]
    attached += ["-attach", folder / "cover.jpg", "-metadata:s:2", "mimetype=image/jpeg"]
    ffmpeg(*PICTURE, *X264, *attached, folder / "in.mkv")
    return folder


def test_a_matroska_film_keeps_font_and_cover_byte_for_byte(styled, tmp_path):
    assert undreamed(styled / "in.mkv", tmp_path / "out.mkv") == ([], None)
    with av.open(str(tmp_path / "out.mkv")) as opened:
        (font,) = opened.streams.attachments
        assert (font.name, font.mimetype, font.data) == ("font.ttf", "font/ttf", (styled / "font.ttf").read_bytes())
        film, cover = opened.streams.video
        assert (film.width, cover.width) == (64, 32)
        picture = next(packet for packet in opened.demux(cover) if packet.size)
        assert bytes(picture) == (styled / "cover.jpg").read_bytes()


def test_an_mp4_keeps_the_cover_and_tells_of_the_font(styled, tmp_path):
    (line,), _ = undreamed(styled / "in.mkv", tmp_path / "out.mp4")
    assert "font.ttf" in line and "left out; .mkv takes it" in line
    with av.open(str(tmp_path / "out.mp4")) as opened:
        picture = next(packet for packet in opened.demux(opened.streams.video[1]) if packet.size)
        assert bytes(picture) == (styled / "cover.jpg").read_bytes()
        assert len([packet for packet in opened.demux(opened.streams.video[0]) if packet.size]) > 0


def test_a_cover_that_no_mp4_can_have_is_told(tmp_path):
    Image.new("RGB", (32, 32), "teal").save(tmp_path / "cover.gif")
    attached = ["-attach", tmp_path / "cover.gif", "-metadata:s:1", "mimetype=image/gif"]
    ffmpeg(*PICTURE, *X264, *attached, tmp_path / "in.mkv")
    (line,), _ = undreamed(tmp_path / "in.mkv", tmp_path / "out.mp4")
    assert "its cover, cover.gif, doesn't fit into" in line and line.endswith("left out; .mkv takes it")


def test_a_mov_tells_of_both(styled, tmp_path):
    lines, _ = undreamed(styled / "in.mkv", tmp_path / "out.mov")
    assert [name in line for name, line in zip(("cover.jpg", "font.ttf"), lines, strict=True)] == [True, True]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_sound_of_an_unknown_kind_is_told_and_the_other_kept(tmp_path, suffix):
    """As in the clips of phones with spatial sound, of a codec that FFmpeg does not know."""
    ffmpeg(*PICTURE, *TONE, *TONE, "-map", "0", "-map", "1", "-map", "2", *X264, "-c:a", "aac", tmp_path / "in.mov")
    data = bytearray((tmp_path / "in.mov").read_bytes())
    place = data.rindex(b"mp4a", 0, data.rindex(b"esds"))
    while b"stsd" not in data[place - 24 : place]:
        place = data.rindex(b"mp4a", 0, place)
    data[place : place + 4] = b"apac"
    data[data.rindex(b"esds") :][:4] = b"none"
    esds = data.index(b"esds", place)
    data[esds : esds + 4] = b"dapa"
    if (wave := data.find(b"wave", place, esds)) > 0:
        data[wave : wave + 4] = b"wavx"
    (tmp_path / "in.mov").write_bytes(data)
    (line,), _ = undreamed(tmp_path / "in.mov", tmp_path / f"out{suffix}")
    assert line.startswith("track 2, audio (of an unknown kind), doesn't fit into ")
    with av.open(str(tmp_path / f"out{suffix}")) as opened:
        assert [stream.codec_context.name for stream in opened.streams.audio] == ["aac"]
