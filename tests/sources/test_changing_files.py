"""Files that are replaced, cut or removed while they are played live: they are waited for, and taken up again."""

import os
import shutil
import time

import cv2
import numpy as np
import pytest
from film_pieces import write_clip

from kaleidocam.settings.parameters import Machine
from kaleidocam.sources import newest
from kaleidocam.sources.opening import open_live

pytestmark = pytest.mark.timed
SIZE = (160, 96)


def plain(level, size=SIZE):
    return np.full((size[1], size[0], 3), level, np.uint8)


def clip(path, level, size=SIZE):
    return write_clip(path, (plain(level, size) for _ in range(10)))


def picture(path, level, size=SIZE):
    cv2.imwrite(str(path), plain(level, size))
    return path


def pictures(folder, level, size=SIZE):
    folder.mkdir()
    for number in range(3):
        picture(folder / f"{number}.png", level, size)
    return folder


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(newest, "RETRY_SECONDS", 0.05)


def until(source, level, seconds=10):
    """Reads until a picture of about that gray level comes; every one has the first one's size."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if source.wait(0.1):
            frame = source.read()
            assert frame is not None and frame.size == SIZE
            if abs(frame.image.mean() - level) < 6:
                return
    raise AssertionError(f"no picture of {level}; {source.health()}")


def until_away(source, seconds=10):
    end = time.monotonic() + seconds
    while not source.health():
        assert time.monotonic() < end
        if source.wait(0.05):
            assert source.read() is not None
    return source.health()


def remove(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("name", "make"), [("clip.mp4", clip), ("photo.png", picture), ("photos", pictures)], ids=["video", "one", "many"]
)
def test_what_is_removed_is_waited_for_and_taken_up_at_any_size(tmp_path, name, make):
    path = make(tmp_path / name, 60) or tmp_path / name
    with open_live(str(path), Machine(fps=25)) as source:
        until(source, 60)
        assert source.health() is None
        remove(tmp_path / name)
        assert until_away(source).startswith(f"'{path}' has given no picture for 0 s; waiting for it")
        make(tmp_path / name, 200, (320, 240))
        until(source, 200)
        assert source.health() is None
        assert source.notice.startswith(f"'{path}' was away once, 0.")


@pytest.mark.parametrize(("name", "make"), [("clip.mp4", clip), ("photo.png", picture)], ids=["video", "one"])
def test_what_is_replaced_is_shown(tmp_path, name, make):
    make(tmp_path / name, 60)
    make(tmp_path / f"new-{name}", 200, (96, 160))
    with open_live(str(tmp_path / name), Machine(fps=25)) as source:
        until(source, 60)
        os.replace(tmp_path / f"new-{name}", tmp_path / name)
        until(source, 200)
        assert source.health() is None and source.notice is None


@pytest.mark.parametrize("left", [0, 300])
def test_a_clip_that_is_cut_is_waited_for(tmp_path, left):
    clip(tmp_path / "clip.mp4", 60)
    clip(tmp_path / "whole.mp4", 200)
    with open_live(str(tmp_path / "clip.mp4"), Machine()) as source:
        until(source, 60)
        os.truncate(tmp_path / "clip.mp4", left)
        until_away(source)
        shutil.copyfile(tmp_path / "whole.mp4", tmp_path / "clip.mp4")  # in place
        until(source, 200)


def test_a_picture_that_stays_as_it_is_is_read_once(tmp_path, monkeypatch):
    picture(tmp_path / "photo.png", 60)
    with open_live(str(tmp_path / "photo.png"), Machine(fps=25)) as source:
        until(source, 60)
        monkeypatch.setattr("kaleidocam.sources.picture.read_picture", lambda path: 1 / 0)
        time.sleep(0.3)
        until(source, 60)
        assert source.health() is None


def test_the_drawn_aisle_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_live("aisle", Machine(size=SIZE)) as source:
        first = source.read()
        (tmp_path / "aisle").write_text("a file of that name")
        time.sleep(0.3)
        assert source.wait(1) and source.read().index > first.index + 2 and source.health() is None
