"""Interlaced films: one picture of one moment from each frame, or from each field."""

from itertools import pairwise

import numpy as np
import pytest
from media import ffmpeg

from kaleidocam.sources.video import Video

MOVING = ["-f", "lavfi", "-i", "testsrc2=s=128x96:r=50:d=0.8,scroll=horizontal=0.02"]
LACED = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1", "-flags", "+ildct+ilme"]


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """The same motion, interlaced with either field first; and a film of which only the second half is interlaced."""
    folder = tmp_path_factory.mktemp("films")
    for name, way, first in (("tff", "interleave_top", "tff=1"), ("bff", "interleave_bottom", "bff=1")):
        ffmpeg(*MOVING, "-vf", f"tinterlace={way}", *LACED, "-x264opts", first, folder / f"{name}.mkv")
    ffmpeg(*MOVING, "-vf", "fps=25", *LACED[:-2], folder / "plain.ts")
    ffmpeg("-i", folder / "tff.mkv", "-c", "copy", folder / "laced.ts")
    (folder / "mixed.ts").write_bytes((folder / "plain.ts").read_bytes() + (folder / "laced.ts").read_bytes())
    return folder


def frames(path, **how):
    with Video(str(path), **how) as video:
        return [(round(f.seconds, 4), f.image.astype(int)) for f in iter(video.read, None)], video


def comb(images):
    """How much neighboring rows differ, over rows of the same field, where something moves: above 1 for combs."""
    one, two = [], []
    for before, now in pairwise(images):
        moving = np.abs(now - before)[1:-1] > 20
        one.append(np.abs(now[1:-1] - now[2:])[moving].mean())
        two.append(np.abs(now[:-2] - now[2:])[moving].mean())
    return np.median(one) / np.median(two)


@pytest.mark.parametrize("name", ["tff.mkv", "bff.mkv"])
def test_no_combs_are_left(films, name):
    laced, _ = frames(films / name, deinterlace="off")
    assert comb([image for _, image in laced]) > 1.5
    found, video = frames(films / name)
    assert comb([image for _, image in found]) < 1 and "interlaced" in video.told[0]
    assert [seconds for seconds, _ in found] == [seconds for seconds, _ in laced] and video.fps == 25
    smooth, video = frames(films / name, deinterlace="field")
    assert [seconds for seconds, _ in smooth] == pytest.approx([i / 50 for i in range(40)], abs=0.001)
    assert comb([image for _, image in smooth]) < 1 and video.fps == 50 and video.end == pytest.approx(0.8, abs=0.001)


def test_fields_come_in_the_order_of_their_time(films):
    """In the wrong order, every second picture would go a step back."""
    smooth = [image for _, image in frames(films / "bff.mkv", deinterlace="field")[0]]
    plain = [image for _, image in frames(ffmpeg_plain(films))[0]]
    for i in (10, 11, 20, 21):
        near = [np.abs(smooth[i] - plain[k]).mean() for k in (i - 1, i, i + 1)]
        assert near[1] == min(near)


def ffmpeg_plain(folder):
    ffmpeg(*MOVING, *LACED[:-2], folder / "smooth.mkv")
    return folder / "smooth.mkv"


def test_only_frames_that_are_marked_are_changed(films):
    plain, video = frames(films / "plain.ts")
    assert not video.told
    mixed, _ = frames(films / "mixed.ts")
    untouched, _ = frames(films / "mixed.ts", deinterlace="off")
    assert len(mixed) == len(untouched) == 40 and [at for at, _ in mixed] == [at for at, _ in untouched]
    same = [np.array_equal(a, b) for (_, a), (_, b) in zip(mixed, untouched, strict=True)]
    assert all(same[:19]) and not any(same[21:])
    assert comb([image for _, image in mixed[21:]]) < 1


def test_skipping_gives_the_same_pictures(films):
    through = dict(frames(films / "tff.mkv")[0])
    for goal in (0.0, 0.2, 0.6):
        with Video(str(films / "tff.mkv")) as video:
            frame = video.skip_to(goal)
            np.testing.assert_array_equal(frame.image, through[round(frame.seconds, 4)])
