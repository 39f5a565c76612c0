"""A real film of a clip of any shape: dreamed at a grid of that shape."""

import json
import os
import subprocess
import sys

import av
import numpy as np
import pytest
from film_pieces import picture, write_clip

from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look
from kaleidocam.sources.video import Video

QUICK = ["--channel", "mixed0:3", "--burst", "0", "--scales", "1", "--cadence", "25", "--cuts", "none"]
# The command, with a note of the size at which each step was taken.
NOTED = """
import json, sys
from kaleidocam.dream.ascent import Ascent
from kaleidocam.cli import program as cli
step, sizes = Ascent.__call__, set()
def noted(self, image, *more):
    sizes.add(tuple(image.shape[1::-1]))
    return step(self, image, *more)
Ascent.__call__ = noted
try:
    cli.main()
finally:
    print(json.dumps(sorted(sizes)))
"""


def film(clip, out, *more):
    """The sizes at which it was dreamed."""
    done = subprocess.run(
        [sys.executable, "-c", NOTED, "film", str(clip), str(out), *QUICK, *more],
        text=True,
        capture_output=True,
        timeout=240,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(size) for size in json.loads(done.stdout.splitlines()[-1])]


def frames(path):
    with Video(str(path)) as video:
        return [frame.image.astype(int) for frame in iter(video.read, None)]


@pytest.mark.parametrize("size", [(216, 384), (240, 240), (480, 120), (320, 240)])
def test_a_clip_of_any_shape_is_dreamed_in_its_shape(tmp_path, size):
    clip = write_clip(tmp_path / "clip.mp4", [picture(i, size) for i in range(4)], size)
    (grid,) = film(clip, tmp_path / "out.mp4")
    assert grid == grid_of(Look(), size) and grid[0] / grid[1] == pytest.approx(size[0] / size[1], rel=0.02)
    before, after = frames(clip), frames(tmp_path / "out.mp4")
    assert len(after) == 4 and after[-1].shape == before[-1].shape
    assert np.abs(after[-1] - before[-1]).mean() > 1


def test_a_portrait_at_full_size_and_the_same_twice(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", [picture(i, (1080, 1920)) for i in range(3)], (1080, 1920))
    films = [tmp_path / "out.mkv", tmp_path / "again.mkv"]
    assert [film(clip, out, "--codec", "ffv1") for out in films] == [[(396, 704)]] * 2
    one, other = map(frames, films)
    assert len(one) == 3 and one[0].shape == (1920, 1080, 3)
    np.testing.assert_array_equal(one, other)


def test_a_turned_clip_is_dreamed_as_it_is_seen(tmp_path):
    """A phone writes it lying, and that it is to be turned."""
    lying = write_clip(tmp_path / "lying.mp4", [picture(i, (384, 216)) for i in range(3)], (384, 216))
    with av.open(str(lying)) as given, av.open(str(tmp_path / "clip.mp4"), "w") as turned:
        stream = turned.add_stream_from_template(given.streams.video[0])
        stream.set_display_rotation(90)
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                turned.mux(packet)
    assert film(tmp_path / "clip.mp4", tmp_path / "out.mp4") == [grid_of(Look(), (216, 384))]


@pytest.mark.parametrize(
    ("flags", "grid"),
    [
        (["--grid", "160x96"], (160, 96)),
        (["--detail", "0.5"], (136, 242)),
        (["--grid", "auto"], (270, 480)),
        (["--size", "240x240"], (360, 360)),
        (["--show", "side-by-side"], (270, 480)),
    ],
)
def test_what_is_asked_for_by_a_flag(tmp_path, flags, grid):
    clip = write_clip(tmp_path / "clip.mp4", [picture(i, (216, 384)) for i in range(3)], (216, 384))
    assert film(clip, tmp_path / "out.mp4", *flags) == [grid]
