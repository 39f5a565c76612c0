"""Which codec a film gets: by its name, by a flag, and what does not go together."""

import av
import pytest

from kaleidocam.errors import UserError
from kaleidocam.sinks.codecs import CODECS, codec_for


@pytest.mark.parametrize(
    ("path", "wanted", "name"),
    [
        ("film.mp4", None, "h264"),
        ("a/b.c/FILM.MKV", None, "h264"),
        ("film.mov", None, "h264"),
        ("film.m4v", None, "h264"),
        ("film.webm", None, "vp9"),
        ("film.gif", None, "gif"),
        ("film.webp", None, "webp"),
        ("film-%05d.png", None, "png"),
        ("frames/", None, "png"),
        ("frames", "png", "png"),
        ("film.mp4", "libx265", "h265"),
        ("film.mp4", "HEVC", "h265"),
        ("film.webm", "libsvtav1", "av1"),
        ("film.mkv", "libvpx-vp9", "vp9"),
        ("film.mov", "prores_ks", "prores"),
        ("film.mkv", "ffv1", "ffv1"),
        ("film.mp4", "libx264", "h264"),
        ("film.webp", "libwebp_anim", "webp"),
    ],
)
def test_the_codec_of_a_film(path, wanted, name):
    assert codec_for(path, wanted).name == name


@pytest.mark.parametrize(
    ("path", "wanted", "message"),
    [
        ("film.avi", None, "'film.avi' names no film; it must end in .mp4, .m4v,"),
        ("film", None, "names no film"),
        ("film.mp4", "h266", "no codec 'h266'; did you mean 'h26[45]'.; there are h264, h265,"),
        (
            "film.mp4",
            "prores",
            "prores does not go into 'film.mp4'; name it .mov or .mkv, or choose h264, h265, av1, vp9",
        ),
        ("film.webm", "h264", "choose av1, vp9"),
        ("film.gif", "h264", "choose gif"),
        (
            "picture.png",
            None,
            "names one picture; a sequence has a place for the number, as in film-%05d.png, or is a ",
        ),
        ("a%db%d.png", None, "names one picture"),
    ],
)
def test_what_does_not_go_together(path, wanted, message):
    with pytest.raises(UserError, match=message):
        codec_for(path, wanted)


def test_quality_has_a_scale_of_its_own_for_each_codec():
    assert CODECS["h264"].crf(None) == 18 and CODECS["h264"].crf(0) == 0 and CODECS["prores"].crf(None) is None
    with pytest.raises(UserError, match=r"the quality of h264 goes from 0 \(best\) to 51; got 52"):
        CODECS["h264"].crf(52)
    with pytest.raises(UserError, match=r"ffv1 has no quality setting \(got 3\); leave --crf out"):
        CODECS["ffv1"].crf(3)


@pytest.mark.parametrize("codec", CODECS.values(), ids=lambda codec: codec.name)
def test_each_codec_is_in_the_wheel(codec):
    assert codec.encoder in av.codecs_available
    assert codec.piece.joins and codec_for(f"film-%d{codec.suffixes[0]}", codec.encoder) is codec
