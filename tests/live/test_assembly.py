"""A performance put together: who goes first on the cores."""

import os
import sys
from pathlib import Path

import pytest
from film_pieces import write_clip
from moving import Moving
from PIL import Image

from kaleidocam.errors import UserError
from kaleidocam.frame import Joint
from kaleidocam.live.assembly import make_desk, open_changeable, open_played
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.film import Film


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_a_file_is_decoded_behind_the_video(tmp_path):
    def niceness():
        return {task: os.getpriority(os.PRIO_PROCESS, int(task)) for task in os.listdir("/proc/self/task")}

    path, source = str(tmp_path / "clip.mp4"), Moving(5)
    with Film(path, size=source.size, fps=source.fps) as film:
        for frame in iter(source.read, None):
            film.write(frame)
    before = niceness()
    with open_played(path, Machine()) as played:
        assert played.read() is not None and played.format is not None
        now = niceness()
    assert all(now[task] == nice for task, nice in before.items() if task in now)
    begun = [nice for task, nice in now.items() if task not in before]
    assert begun and all(nice > now[Path("/proc/thread-self").resolve().name] for nice in begun)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.gif", "clip.webp", "frames"])
def test_whatever_loops_says_where_it_begins_again(tmp_path, name):
    pictures = [Image.fromarray(frame.image[..., ::-1]) for frame in iter(Moving(6).read, None)]
    path = tmp_path / name
    if name == "clip.mp4":
        write_clip(path, (frame.image for frame in iter(Moving(6).read, None)))
    elif name == "frames":
        path.mkdir()
        for number, picture in enumerate(pictures):
            picture.save(path / f"{number}.png")
    else:
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40, loop=0)
    with open_changeable(str(path), Machine()) as source:
        joints = []
        while len(joints) < 20:
            if source.wait(5):
                joints.append((source.read().index, source.joint))
    assert [joint for index, joint in joints if index == 0] == [Joint.ON, *[Joint.SEAM] * 3]
    assert {joint for index, joint in joints if index > 0} == {Joint.ON}


def test_what_is_put_in_its_place_has_the_size_of_the_show(tmp_path):
    """Whatever it is: a film of planes after a drawing, a photo, a GIF."""
    write_clip(tmp_path / "clip.mp4", (frame.image for frame in iter(Moving(6).read, None)))
    Image.new("RGB", (90, 200), (0, 90, 200)).save(tmp_path / "photo.png")
    Image.new("RGB", (70, 30), (200, 90, 0)).save(tmp_path / "still.gif")
    with open_changeable("aisle", Machine(size=(320, 180), fit="letterbox")) as source:
        for name in ("clip.mp4", "photo.png", "still.gif"):
            text = str(tmp_path / name)
            source.play(text)
            while source.joint is not Joint.CUT or source.text != text:
                if source.wait(1):
                    frame = source.read()
                    assert frame.size == (320, 180)
            image = frame.image
            assert image[:, 160].max() > 60 and min(image[0].max(), image[:, 0].max()) < 12  # bars on two sides
        source.play("aisle")
        while source.text != "aisle":
            if source.wait(1):
                source.read()
        assert source.read().image[0].max() > 20


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A desk with a matte that the command line named, and another one that lies beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))
    for name, size in (("named.png", (160, 90)), ("beside.png", (160, 90)), ("tall.png", (90, 160))):
        Image.new("L", size, 255).save(name)
    sizes = [(1280, 720)]
    made = make_desk(Look(mask="not named.png", subject="off"), Machine(), size=lambda: sizes[-1])
    return made, sizes


def test_masks_are_played_from_a_surface_but_no_files_that_nobody_named(desk, tmp_path):
    made, _ = desk
    for mask in ("motion", "luma 0.4", "not green", "key #00b140 0.3", "named.png", "depth named.png 0.3", "people"):
        made.set("mask", mask, "a test")
        assert made.base.mask == mask and made.base.subject == "off"  # a surface sets one parameter
    refusals = set()
    for mask in ("beside.png", "missing.png", "not /etc/hostname", "depth beside.png", "http://10.0.0.5/a.mp4"):
        with pytest.raises(UserError, match="is no picture of this performance") as refused:
            made.set("mask", mask, "a test")
        refusals.add(str(refused.value).partition("' is ")[2])
    assert len(refusals) == 1  # nobody learns which files there are
    with pytest.raises(UserError, match="no mask 'luma x'"):
        made.set("mask", "luma x", "a test")
    presets = tmp_path / "own" / "kaleidocam" / "presets"
    presets.mkdir(parents=True)
    (presets / "mine.toml").write_text('mask = "beside.png"\n')
    made.set("mask", "not beside.png", "a test")


def test_a_matte_of_another_shape_is_refused_but_one_that_plays_keeps_nothing_else_from_being_played(desk):
    made, sizes = desk
    sizes.append((720, 1280))
    made.set("strength", 0.5, "a test")
    with pytest.raises(UserError, match="'named.png' is 160x90, the picture 720x1280"):
        made.set("subject", "keep", "a test")
    with pytest.raises(UserError, match="'tall.png' is 90x160, the picture 1280x720"):
        make_desk(Look(mask="tall.png"), Machine(), size=lambda: (1280, 720))


def test_a_clip_says_how_far_it_has_played_in_each_loop(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", (frame.image for frame in iter(Moving(6).read, None)))
    with open_changeable(str(path), Machine()) as source:
        frames = []
        while len(frames) < 14:
            if source.wait(5):
                frames.append(source.read())
    assert [frame.played for frame in frames] == pytest.approx([frame.index / 25 for frame in frames])
    with open_changeable("aisle", Machine()) as source:
        assert source.wait(5) and source.read().played is None  # it has no end
