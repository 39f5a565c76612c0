"""A film with nothing of the dream has its source's own frames, number by number."""

import av
import numpy as np
import pytest
from media import ffmpeg, streams

from kaleidocam.film.worker import open_for
from kaleidocam.settings.parameters import Machine

DRAWN = ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=0.3")
NOTHING = ("--strength", "0", "--grid", "96x96", "--channel", "mixed0:3", "-y")
X264 = ("-c:v", "libx264")


def numbers(path):
    """Of each frame, its planes as they are in the file."""
    with av.open(str(path)) as opened:
        return [
            [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width] for plane in frame.planes]
            for frame in opened.decode(video=0)
        ]


def same(one, other):
    assert len(one) == len(other) > 0
    return all(np.array_equal(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize(
    "name, encode, flags",
    [
        ("plain.mp4", (*X264, "-pix_fmt", "yuv420p"), ("-c:v", "ffv1")),
        ("full.mp4", (*X264, "-pix_fmt", "yuv420p", "-color_range", "pc", "-colorspace", "bt709"), ("-c:v", "ffv1")),
        ("wide.mp4", (*X264, "-pix_fmt", "yuv422p"), ("-c:v", "ffv1")),
        ("packed.avi", ("-c:v", "rawvideo", "-pix_fmt", "yuyv422"), None),
        ("deep.mp4", (*X264, "-pix_fmt", "yuv420p10le"), ("-c:v", "ffv1", "--bits", "10")),
        ("lossless.mp4", (*X264, "-pix_fmt", "yuv420p"), ("-c:v", "h264", "--crf", "0")),
    ],
)
def test_every_number_is_the_same(said, tmp_path, name, encode, flags):
    clip, out = tmp_path / name, tmp_path / "out.mkv"
    ffmpeg(*DRAWN, *encode, clip)
    code, _, told = said("film", clip, out, *NOTHING, *(flags or ("-c:v", "ffv1")))
    assert code == 0, told
    if flags is None:  # FFmpeg rearranges what is packed
        ffmpeg("-i", clip, "-pix_fmt", "yuv422p", "-c:v", "ffv1", tmp_path / "planes.mkv")
        clip = tmp_path / "planes.mkv"
    assert same(numbers(clip), numbers(out))
    (video,) = streams(out)
    assert (video["color"][0] == 2) == (name == "full.mp4") and ("10le" in video["pix_fmt"]) == (name == "deep.mp4")


def test_ten_bits_are_kept_only_on_request(said, tmp_path):
    clip = tmp_path / "deep.mp4"
    ffmpeg(*DRAWN, *X264, "-pix_fmt", "yuv420p10le", clip)
    for flags, wanted in (((), "yuv420p"), (("--bits", "10"), "yuv420p10le")):
        assert said("film", clip, tmp_path / "out.mp4", *NOTHING, *flags)[0] == 0
        assert streams(tmp_path / "out.mp4")[0]["pix_fmt"] == wanted
    code, _, told = said("film", clip, tmp_path / "out.webm", *NOTHING, "--bits", "10")
    assert code == 2 and told.count("\n") == 1 and "vp9 has no 10 bits" in told and "h265" in told


def test_what_has_no_planes_has_ten_bits_too(said, tmp_path):
    out = tmp_path / "out.mp4"
    assert said("film", "aisle", out, *NOTHING, "--size", "160x96", "-t", "0.2", "--bits", "10")[0] == 0
    (video,) = streams(out)
    assert (video["pix_fmt"], video["color"]) == ("yuv420p10le", (1, 1, 1, 1))


def test_a_film_that_was_begun_in_bgr_goes_on_in_bgr(tmp_path):
    """An earlier version noted no format of planes."""
    clip = tmp_path / "plain.mp4"
    ffmpeg(*DRAWN, *X264, "-pix_fmt", "yuv420p", clip)

    class Begun:
        source, machine, form = str(clip), Machine(), None

    with open_for(Begun) as source:
        frame = source.read()
        assert source.format is None and isinstance(frame.picture, np.ndarray) and frame.picture.shape == (96, 160, 3)
        assert isinstance(source.skip_to(0.1).picture, np.ndarray)
