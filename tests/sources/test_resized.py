"""A source at another size: only the pictures change."""

import cv2
import numpy as np
import pytest
from moving import Moving, texture

from kaleidocam.fit import fitted
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import open_live, open_small, open_source
from kaleidocam.sources.resized import Resized


def test_only_the_pictures_change():
    inner = Moving(5)
    inner.told, inner.notice = ("tone-mapped",), None
    with Resized(inner, (96, 120)) as source:
        assert (source.size, source.fps, source.length, source.told) == ((96, 120), 25.0, 5, ("tone-mapped",))
        frames, plain = list(iter(source.read, None)), list(iter(Moving(5).read, None))
        inner.notice = "broke off"
        assert source.notice == "broke off"
    assert inner.closed == 1
    assert [(f.seconds, f.index) for f in frames] == [(f.seconds, f.index) for f in plain]
    for frame, same in zip(frames, plain, strict=True):
        np.testing.assert_array_equal(frame.image, fitted(same.image, (96, 120)))


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "frames").mkdir()
    for i in range(3):
        cv2.imwrite(str(tmp_path / "frames" / f"{i}.png"), texture(i))
    cv2.imwrite(str(tmp_path / "p.png"), texture(0))
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (160, 96))
    for i in range(5):
        film.write(texture(i))
    film.release()
    return {
        "video": tmp_path / "film.avi",
        "picture": tmp_path / "p.png",
        "sequence": tmp_path / "frames",
        "aisle": "aisle",
    }


@pytest.mark.parametrize("kind", ["video", "picture", "sequence", "aisle"])
def test_whatever_is_no_camera_comes_at_the_size_that_is_asked_for(paths, kind):
    machine, text = Machine(size=(320, 240)), str(paths[kind])
    with open_source(text, machine) as source:
        frame = source.read()
        assert source.size == frame.size == (320, 240)
    with open_live(text, machine) as source:
        assert isinstance(source, Newest) and source.size == source.read().size == (320, 240)
    with open_source(text, Machine()) as source:  # as it is
        assert not isinstance(source, Resized)


@pytest.mark.parametrize("kind", ["video", "sequence"])
def test_looking_for_cuts_is_at_no_large_size_and_at_the_same_times(paths, kind):
    machine, text = Machine(size=(3200, 2400)), str(paths[kind])
    with open_small(text, machine) as small, open_source(text, machine) as source:
        seen, shown = list(iter(small.read, None)), list(iter(source.read, None))
    assert [frame.seconds for frame in seen] == [frame.seconds for frame in shown]
    assert seen[0].size[0] <= 256 and shown[0].size == (3200, 2400)


def test_a_pace_that_a_video_does_not_take_is_told(paths):
    for kind, told in (("video", 1), ("sequence", 0)):
        with open_source(str(paths[kind]), Machine(fps=10)) as source:
            assert len([line for line in source.told if "--fps" in line]) == told
            assert source.fps == (10 if kind == "sequence" else 25)
        with open_source(str(paths[kind]), Machine()) as source:
            assert not source.told
