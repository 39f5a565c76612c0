"""Going back in a source, and on in it without opening it again."""

import numpy as np
import pytest
from media import ffmpeg

from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.rewinding import Rewinding
from kaleidocam.sources.video import Video

KINDS = {"ts": "-c:v libx264 -g 20 -bf 2", "avi": "-c:v mpeg4 -g 20", "mp4": "-c:v libx264 -g 10", "gif": ""}


def opener(kind, folder, opened):
    path = str(folder / f"film.{kind}")
    if kind != "aisle":
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=96x64:r=20:d=3",
            *KINDS[kind].split(),
            "-pix_fmt",
            "rgb8" if kind == "gif" else "yuv420p",
            path,
        )

    def open_one():
        opened.append(1)
        return Aisle(size=(96, 64), fps=20, frames=60) if kind == "aisle" else Video(path)

    return open_one


@pytest.mark.parametrize("kind", [*KINDS, "aisle"])
def test_it_gives_what_one_opened_afresh_gives(kind, tmp_path):
    opened = []
    open_one = opener(kind, tmp_path, opened)
    with open_one() as whole:
        times = [frame.seconds for frame in iter(whole.read, None)]
    assert len(times) == 60
    with Rewinding(open_one) as source:
        opened.clear()
        for start, count in ((0, 10), (10, 10), (35, 5), (30, 30), (59, 2), (2, 3)):
            given = [source.skip_to(times[start]), *(source.read() for _ in range(count - 1))]
            with open_one() as fresh:
                wanted = [fresh.skip_to(times[start]), *(fresh.read() for _ in range(count - 1))]
            for a, b in zip(given, wanted, strict=True):
                assert (a is None) == (b is None)
                if a is not None:
                    assert a.seconds == b.seconds
                    np.testing.assert_array_equal(a.image, b.image)
    assert len(opened) - 6 == 3  # back to 30, to the last once more, and from behind the end


def test_it_says_what_it_is(tmp_path):
    with Rewinding(opener("mp4", tmp_path, [])) as source, Video(str(tmp_path / "film.mp4")) as video:
        assert (source.size, source.fps, source.length, source.time_base, source.told) == (
            video.size,
            video.fps,
            video.length,
            video.time_base,
            video.told,
        )
