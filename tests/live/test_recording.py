"""Recordings in the midst of a show: begun and ended without a wait, whole, told; and what fails ends nothing."""

import logging
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import av
import numpy as np
import pytest
from moving import Moving, texture
from small_disk import small_disk

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.recording import Recording, Take
from kaleidocam.live.takes import make_recording, next_file
from kaleidocam.settings.parameters import Look, Machine

pytestmark = pytest.mark.timed
SIZE = (160, 96)


def eventually(what, seconds=20.0):
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends
        time.sleep(0.01)
    return found


def frames(count, start=100.0):
    return [Frame(texture(i, SIZE), start + i / 25, i) for i in range(count)]


def shown(recording, count=10, start=100.0):
    for frame in frames(count, start):
        recording.came(frame, Look(strength=1 + frame.index / 100))
        recording.shown(frame)
        time.sleep(0.005)


def lengths(path):
    """(frames, seconds of the first) of a film."""
    with av.open(str(path)) as film:
        times = [float(frame.time) for frame in film.decode(video=0)]
    return len(times), times[0]


@pytest.fixture
def told():
    return []


def making(told, folder=None, record=None, machine=Machine()):
    recording = make_recording(Moving(size=SIZE), machine, record=record, folder=folder, overwrite=False)
    recording.say = told.append
    return recording


def test_two_takes_each_whole_from_its_own_beginning(tmp_path, monkeypatch, told):
    monkeypatch.chdir(tmp_path)
    recording = making(told)
    shown(recording)
    assert recording.report() is None and not recording.busy and recording.line() is None
    for start in (100, 200):
        recording.toggle()
        assert recording.busy
        eventually(recording.report)
        shown(recording, 10, start)
        report = recording.report()
        assert report["file"].endswith(".mp4") and 0 < report["seconds"] < 20
        assert recording.line() == "recording 0:00"
        recording.toggle()
        assert not recording.busy
        eventually(lambda report=report: f"recorded {report['file']}, 0:00" in told)
    recording.close()
    films = sorted(tmp_path.iterdir(), key=os.path.getmtime)
    assert [lengths(film) for film in films] == [(10, 0.0)] * 2
    assert told == [
        f"{word} {film.name}{tail}" for film in films for word, tail in (("recording", ""), ("recorded", ", 0:00"))
    ]


def test_what_runs_at_the_end_of_the_show_is_finished(tmp_path, told):
    recording = making(told, str(tmp_path))
    recording.toggle()
    eventually(recording.report)
    shown(recording)
    recording.finish()
    recording.close()
    (film,) = tmp_path.iterdir()
    assert lengths(film) == (10, 0.0) and recording.told == [f"recorded {film}, 0:00"]


def test_what_the_command_line_asked_for_runs_and_the_next_is_of_its_kind(tmp_path, told):
    """The untouched source, and beside it the score."""
    recording = making(told, record=str(tmp_path / "show.mkv"))
    assert recording.busy
    shown(recording)
    assert recording.report()["file"] == "show.mkv"
    recording.toggle()
    eventually(lambda: told)
    recording.toggle()
    eventually(recording.report)
    shown(recording, 5)
    recording.close()
    films = sorted(tmp_path.glob("*.mkv"))
    assert [film.name[:5] for film in films] == ["show-", "show."] and {film.suffix for film in films} == {".mkv"}
    assert [lengths(film)[0] for film in films] == [5, 10]
    for film in films:
        score = tomllib.loads(film.with_suffix(".toml").read_text())
        assert score["film"] == film.name and len(score["change"]) == lengths(film)[0]


@pytest.mark.parametrize("record", [None, "show.mp4"])
def test_a_full_disk_is_told_and_the_show_goes_on(tmp_path, told, record):
    recording = making(told, str(tmp_path), record and str(tmp_path / record))
    if record is None:
        recording.toggle()
    eventually(recording.report)
    noise = np.random.default_rng(1)
    with small_disk(100_000):
        ends = time.monotonic() + 20
        while recording.busy and time.monotonic() < ends:
            frame = Frame(noise.integers(0, 256, (96, 160, 3), dtype=np.uint8), time.monotonic(), 0)
            recording.came(frame, Look())
            recording.shown(frame)
            time.sleep(0.002)
        assert not recording.busy and recording.report() is None
        assert "file too large" in recording.notice()
        eventually(lambda: any("the part so far is in" in line for line in told))
    recording.toggle()
    eventually(recording.report)
    assert recording.notice() is None
    shown(recording)
    with pytest.raises(UserError, match="can't be finished: file too large; the part so far is in"):
        recording.close()
    films = [path for path in tmp_path.iterdir() if path.suffix == ".mp4" and not path.name.startswith(".")]
    assert [lengths(film)[0] for film in films if "(rescued)" not in film.name] == [10]
    assert record or len(films) == 2  # the next take has brought out what is left of the first
    assert all("\n" not in line for line in told)


def test_one_that_can_not_be_begun_is_told(tmp_path, told):
    folder = tmp_path / "takes"
    folder.mkdir()
    recording = making(told, str(folder))
    folder.rmdir()
    recording.toggle()
    eventually(lambda: told)
    assert "no recording: " in told[0] and "there is no folder" in told[0] and not recording.busy
    folder.mkdir()
    recording.toggle()
    eventually(recording.report)
    recording.close()
    assert list(folder.iterdir()) == []  # no frame came


def test_pressed_fast_it_neither_waits_nor_loses_a_film(tmp_path, told):
    """As a drummer might: each film that got a frame is whole, and nothing else is left."""
    recording = making(told, str(tmp_path))
    slowest = 0.0
    for number in range(60):
        before = time.monotonic()
        recording.shown(Frame(texture(0, SIZE), number / 25, number))
        recording.toggle()
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.05 if number % 7 == 0 else 0.01)
    assert not recording.busy  # an even number of presses
    recording.close()
    assert slowest < 0.3
    films = list(tmp_path.iterdir())
    assert films and all(lengths(film)[0] >= 1 and not film.name.startswith(".") for film in films)
    assert len({line for line in told if line.startswith("recorded")}) >= len(films)


def test_a_take_that_breaks_is_closed():
    class Broken(Take):
        file, closed = "x.mp4", 0

        def shown(self, frame):
            raise RuntimeError("the encoder\nbroke")

        def close(self):
            self.closed += 1

    take, told = Broken(), []
    recording = Recording(lambda: take, told.append, take=take)
    recording.shown(frames(1)[0])
    assert not recording.busy and recording.notice() == "the encoder broke"
    recording.close()
    assert take.closed == 1 and told == recording.told == ["the encoder broke"]


def test_names_are_never_those_of_files_that_are_there(tmp_path):
    taken = next_file(tmp_path, Machine())
    taken.touch()
    seen = {taken}
    for _ in range(3):
        path = next_file(tmp_path, Machine())
        assert path not in seen
        path.touch()
        seen.add(path)


@pytest.mark.parametrize(("codec", "suffix"), [("auto", ".mp4"), ("vp9", ".mp4"), ("prores", ".mov"), ("ffv1", ".mkv")])
def test_the_container_is_one_that_holds_the_codec(tmp_path, codec, suffix):
    path = next_file(tmp_path, Machine(codec=codec))
    from kaleidocam.sinks.codecs import codec_for

    assert codec_for(str(path), None if codec == "auto" else codec)
    assert codec == "vp9" or path.suffix == suffix


def test_a_folder_that_is_none_is_told_before_the_show(tmp_path):
    with pytest.raises(UserError, match=r"--recordings '.*nowhere' is no folder; make it"):
        making([], str(tmp_path / "nowhere"))


ENDLESS = """
import sys, time
sys.path.insert(0, "tests")
from moving import Moving, texture
from kaleidocam.frame import Frame
from kaleidocam.live.takes import make_recording
from kaleidocam.settings.parameters import Machine
recording = make_recording(Moving(size=(160, 96)), Machine(), record=None, folder=sys.argv[1], overwrite=False)
recording.toggle()
for i in range(10000):
    recording.shown(Frame(texture(i % 7), time.monotonic(), i))
    time.sleep(0.02)
    if recording.report() and recording.report()["seconds"] > 1.5:
        print("enough", flush=True)
"""


@pytest.mark.slow
def test_what_a_kill_left_is_found_by_the_next_take(tmp_path, told, caplog):
    caplog.set_level(logging.INFO)
    command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "enough\n"
        process.kill()
    (part,) = os.listdir(tmp_path)
    assert part.startswith(".kaleidocam-")
    (tmp_path / ".other-1.part.mp4").write_bytes(b"of another program")
    recording = making(told, str(tmp_path))
    recording.toggle()
    eventually(recording.report)
    shown(recording)
    recording.close()
    (rescued,) = tmp_path.glob("*(rescued).mp4")
    assert lengths(rescued)[0] > 20 and part not in os.listdir(tmp_path)
    assert [line for line in caplog.messages if str(rescued) in line and "broke off" in line]
    assert (tmp_path / ".other-1.part.mp4").read_bytes() == b"of another program"
    assert len(list(Path(tmp_path).iterdir())) == 3
