"""Recording: the source as it came, and a score from which every look of the performance can be had again."""

import threading
import tomllib

import cv2
import numpy as np
import pytest
from moving import Moving
from small_disk import small_disk

from kaleidocam.control.desk import Desk
from kaleidocam.control.recorder import Recorder
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat, Planes
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.values import settle
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.film import Film
from kaleidocam.sinks.memory import Memory
from kaleidocam.sinks.recording import film_of
from kaleidocam.sources.video import Video


def look_at(score, seconds):
    """The look that a score says was played at `seconds`."""
    values = {}
    for change in score["change"]:
        if change["at"] <= seconds + 1e-5:
            values |= {name: value for name, value in change.items() if name != "at"}
    return settle(values, "the score")[0]


def test_every_look_can_be_had_again_from_the_score(tmp_path):
    desk, film, played = Desk(Look(channel="mixed4:7")), Memory(), []
    desk.drivers.feed("beat", lambda: len(played) % 5 / 5)
    with Recorder(film, str(tmp_path / "show.mkv")) as recorder:
        for i, frame in enumerate(iter(Moving(40, fps=25, times=[1000 + i / 25 for i in range(40)]).read, None)):
            if i == 10:
                desk.set("strength", 0.7, "a test")
            if i == 15:
                desk.set_all({"modulate": "rate + 0.2*beat", "channel": "mixed3:10 + 0.5*mixed5:74"}, "a test")
            if i == 30:
                desk.set_all({"mirrors": 6}, "a test", preset="agate")
            look = desk.look()
            played.append((i / 25, look))
            recorder(frame, look)
    score = tomllib.loads((tmp_path / "show.toml").read_text())
    assert score["film"] == "show.mkv" and len(score["change"]) > 10
    for at, look in played:
        again = look_at(score, at)
        for name, value in look:
            if name != "modulate":
                assert getattr(again, name) == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)
    assert [frame.seconds for frame in film.frames] == pytest.approx([i / 25 for i in range(40)])


def test_the_film_is_the_untouched_source(tmp_path):
    path = str(tmp_path / "show.mkv")
    with Behind(Film(path, size=(160, 96), fps=25, crf=4)) as film, Recorder(film, path) as recorder:
        frames = list(iter(Moving(8, times=[50 + i / 25 for i in range(8)]).read, None))
        for frame in frames:
            recorder(frame, Look(mirrors=6))
    with Video(path) as video:
        kept = list(iter(video.read, None))
    assert len(kept) == 8
    for a, b in zip(frames, kept, strict=True):  # in gray: a film halves the resolution of colors
        given, got = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(int) for image in (a.image, b.image))
        assert np.abs(given - got).mean() < 3 and np.abs(given - np.roll(given, 2, 1)).mean() > 10


def test_a_full_disk_ends_the_recording_and_not_the_show(tmp_path):
    class Full(Memory):
        def write(self, frame):
            super().write(frame)
            if len(self.frames) == 3:
                raise UserError("no space left\non device")

    with Recorder(Full(), str(tmp_path / "show.mkv")) as recorder:
        for frame in iter(Moving(10).read, None):
            recorder(frame, Look())
        assert recorder.notice() == "recording ended after 0 s: no space left on device"


def test_what_is_there_is_not_overwritten_unasked(tmp_path):
    (tmp_path / "show.toml").write_text("precious")
    with pytest.raises(UserError, match="show.toml' exists; give -y"):
        Recorder(Memory(), str(tmp_path / "show.mkv"))
    with pytest.raises(UserError, match="can't be written"):
        Recorder(Memory(), str(tmp_path / "no" / "show.mkv"))
    assert (tmp_path / "show.toml").read_text() == "precious"
    Recorder(Memory(), str(tmp_path / "show.mkv"), overwrite=True).close()


def test_a_score_that_can_not_begin_leaves_nothing(tmp_path):
    threads = threading.active_count()
    with small_disk(10), pytest.raises(UserError, match="the score '.*' can't be written"):
        Recorder(Memory(), str(tmp_path / "show.mkv"))
    assert list(tmp_path.iterdir()) == [] and threading.active_count() == threads


def test_a_films_planes_are_recorded_as_they_are_with_their_colors(tmp_path):
    """BT.601 in full range, as a camera's JPEGs are: every number as it came."""
    form, path = PixelFormat("yuv422p", 6, True), str(tmp_path / "show.mkv")
    rng = np.random.default_rng(1)
    sizes = [form.plane_size((160, 96), plane)[::-1] for plane in range(3)]
    given = [Planes(*(rng.integers(0, 256, size, np.uint8) for size in sizes), form) for _ in range(5)]
    machine = settle({"codec": "ffv1"}, "a test")[1]
    with (
        Behind(film_of(path, (160, 96), 25, machine, overwrite=False, given=form)) as film,
        Recorder(film, path) as recorder,
    ):
        for i, planes in enumerate(given):
            recorder(Frame(planes, 50 + i / 25, i), Look())
    with Video(path) as video:
        assert video.format == form
        frames = list(iter(video.read, None))
    assert len(frames) == len(given)
    for frame, planes in zip(frames, given, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(frame.picture.all, planes.all, strict=True))


def test_where_the_source_becomes_another_the_recording_keeps_its_colors(tmp_path):
    """BGR, other planes, another matrix and range: all the same orange in the film."""
    form, path = PixelFormat("yuv420p"), str(tmp_path / "show.mkv")
    orange = np.full((96, 160, 3), (30, 120, 220), np.uint8)
    other = PixelFormat("yuv444p", 6, True)
    levels = np.rint(other.from_rgb @ orange[0, 0, ::-1] + other.black)
    as_other = Planes(*(np.full((96, 160), level, np.uint8) for level in levels), other)
    machine = settle({"codec": "ffv1"}, "a test")[1]
    with film_of(path, (160, 96), 25, machine, overwrite=False, given=form) as film:
        for i, picture in enumerate([orange, as_other, orange]):
            film.write(Frame(picture, i / 25, i))
    with Video(path) as video:
        for frame in iter(video.read, None):
            assert np.abs(frame.image.astype(int) - orange).max() <= 3


def test_glides_crossfades_and_surprises_are_in_the_score_as_they_were_seen(tmp_path):
    """Also that a channel morphs as long as its glide: a film of the score has the same fade."""
    now = [0.0]
    desk, film, played = Desk(Look(channel="mixed4:7"), clock=lambda: now[0], seed=1), Memory(), []
    desk.follow(lambda: now[0])
    asked = {
        2: lambda: desk.ask("store-a", "a test"),
        4: lambda: desk.set_all({"recall_seconds": 0.4, "when": "beat"}, "a test"),
        5: lambda: desk.ask("surprise", "a test"),
        40: lambda: desk.ask("store-b", "a test"),
        **{45 + i: lambda i=i: desk.set("crossfade", 1 - i / 11, "a test") for i in range(10)},
        60: lambda: desk.ask("undo", "a test"),
    }
    with Recorder(film, str(tmp_path / "show.mkv")) as recorder:
        for i, frame in enumerate(iter(Moving(70, fps=25, times=[i / 25 for i in range(70)]).read, None)):
            now[0] = i / 25
            asked.get(i, lambda: None)()
            played.append((i / 25, desk.look()))
            recorder(frame, played[-1][1])
    score = tomllib.loads((tmp_path / "show.toml").read_text())
    assert {look.channel for _, look in played[:25]} == {"mixed4:7"} != {look.channel for _, look in played[25:]}
    assert [look.morph for _, look in played[24:36]] == [2.0, *[0.4] * 10, 2.0]
    assert len({look.strength for _, look in played}) > 15
    for at, look in played:
        again = look_at(score, at)
        for name, value in look:
            assert getattr(again, name) == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)
