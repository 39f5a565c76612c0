"""What recordings that broke off left: found, told, and given a name; never overwritten, never deleted."""

import logging
import subprocess
import sys

import numpy as np
import pytest
from media import packets
from moving import Moving, texture

from kaleidocam.control.recorder import Recorder
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.growing_file import GrowingFile
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.film import Film
from kaleidocam.sinks.rescue import bring_out, next_part, told

SIZE = (160, 96)

# Records itself at 25 fps for ever; a line for each frame that it was given.
ENDLESS = """
import sys
sys.path.insert(0, "tests")
from kaleidocam.control.recorder import Recorder
from kaleidocam.frame import Frame
from kaleidocam.growing_file import GrowingFile
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.film import Film
from moving import texture
path, codec, overwrite = sys.argv[1], sys.argv[2], len(sys.argv) > 3
film = Film(path, size=(160, 96), fps=25, codec=CODECS[codec], overwrite=overwrite)
recorder = Recorder(film, path, overwrite=overwrite)
i = 0
while True:
    recorder(Frame(texture(i % 10), i / 25, i), Look(strength=0.1 + i % 7 / 10))
    print(i / 25, flush=True)
    i += 1
"""


def kill(path, codec="h264", frames=60, *more):
    """A recording that is killed after so many frames; returns the time of the last one."""
    command = [sys.executable, "-c", ENDLESS, str(path), codec, *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        last = [float(process.stdout.readline()) for _ in range(frames)][-1]
        process.kill()
    return last


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".mp4", "h264"),
        (".mov", "h264"),
        (".m4v", "h265"),
        (".mkv", "h264"),
        (".webm", "vp9"),
        (".mp4", "av1"),
        (".mov", "prores"),
        (".mkv", "ffv1"),
    ],
)
@pytest.mark.slow
def test_a_killed_recording_plays_up_to_its_last_second(tmp_path, suffix, codec):
    last = kill(tmp_path / f"show{suffix}", codec)
    shown = packets(tmp_path / f".show.part{suffix}")
    times = [float(packet.pts * packet.time_base) for packet in shown]
    assert times[0] == pytest.approx(0, abs=0.001) and last - times[-1] < 0.6
    assert np.diff(times) == pytest.approx(0.04, abs=0.001)  # whole, and in order
    assert (tmp_path / "show.toml").read_text().count("[[change]]") >= 60


def left(path, data=b"an earlier show"):
    next_part(path).write_bytes(data)


def record(path, frames=3, **options):
    with Film(str(path), size=SIZE, fps=25, **options) as film:
        for frame in iter(Moving(frames).read, None):
            film.write(frame)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_next_recording_gives_it_a_name_and_says_so(tmp_path, caplog):
    caplog.set_level(logging.INFO, "kaleidocam")
    path = tmp_path / "show.mp4"
    (tmp_path / "show (rescued).mp4").write_bytes(b"rescued before")
    left(path)
    record(path)
    assert names(tmp_path) == ["show (rescued 2).mp4", "show (rescued).mp4", "show.mp4"]
    assert (tmp_path / "show (rescued 2).mp4").read_bytes() == b"an earlier show"
    assert "is now '" in caplog.text and "show (rescued 2).mp4'" in caplog.text


def test_a_start_that_comes_to_nothing_changes_nothing_and_says_where_it_lies(tmp_path, caplog):
    caplog.set_level(logging.INFO, "kaleidocam")
    path = tmp_path / "show.mp4"
    left(path)
    record(path, frames=0)
    assert names(tmp_path) == [".show.part.mp4"] and "lies in '" in caplog.text and ".show.part.mp4'" in caplog.text
    path.write_bytes(b"precious")
    with pytest.raises(UserError, match=r"exists; give -y.*; an earlier recording.*'.*\.show\.part\.mp4'"):
        record(path)
    assert names(tmp_path) == [".show.part.mp4", "show.mp4"] and path.read_bytes() == b"precious"


def test_a_recording_that_goes_on_is_let_alone(tmp_path):
    """Two programs may be told to record under one name: the first one to end has it."""
    path = tmp_path / "show.mkv"
    first, second = (Film(str(path), size=SIZE, fps=25) for _ in range(2))
    for film in (first, second):
        film.write(Frame(texture(0), 0.0, 0))
        assert told(path) == "" and list(bring_out(path)) == []
    first.close()
    with pytest.raises(UserError, match="was created in the meantime; the new film is in '.*part-2.mkv'"):
        second.close()
    assert names(tmp_path) == [".show.part-2.mkv", "show.mkv"]


def test_a_long_name_is_rescued_too(tmp_path):
    path = tmp_path / ("🌀" * 62 + "abc.mkv")  # 255 bytes
    left(path)
    record(path)
    (rescued,) = {*tmp_path.iterdir()} - {path}
    assert rescued.read_bytes() == b"an earlier show" and not rescued.name.startswith(".")


@pytest.mark.slow
def test_the_score_goes_with_its_recording(tmp_path):
    path = tmp_path / "show.mkv"
    kill(path)
    earlier = (tmp_path / "show.toml").read_bytes()
    with Film(str(path), size=SIZE, fps=25) as film, pytest.raises(UserError, match="show.toml' exists; give -y"):
        Recorder(film, str(path))
    assert names(tmp_path) == [".show.part.mkv", "show.toml"]
    kill(path, "h264", 60, "-y")  # again
    assert names(tmp_path) == [".show.part-2.mkv", ".show.part-2.toml", "show (rescued).mkv", "show (rescued).toml"]
    assert (tmp_path / "show (rescued).toml").read_bytes() == earlier
    record(path)
    assert names(tmp_path) == [
        *("show (rescued 2).mkv", "show (rescued 2).toml", "show (rescued).mkv", "show (rescued).toml"),
        "show.mkv",
    ]


def test_a_score_that_someone_wrote_stays_where_it_is(tmp_path):
    path = tmp_path / "show.mkv"
    left(path)
    (tmp_path / "show.toml").write_text('preset = "agate"\n')
    record(path)
    assert names(tmp_path) == ["show (rescued).mkv", "show.mkv", "show.toml"]


def test_an_older_score_stays_until_the_new_film_has_its_name(tmp_path):
    path, score = tmp_path / "show.mkv", tmp_path / "show.toml"
    path.write_bytes(b"the old film")
    score.write_text("the old score")
    film = Film(str(path), size=SIZE, fps=25, overwrite=True)
    recorder = Recorder(film, str(path), overwrite=True)
    recorder(Frame(texture(0), 0.0, 0), Look())
    assert score.read_text() == "the old score" and (tmp_path / ".show.part.toml").read_text().count("[[change]]") == 1
    film.close()
    assert score.read_text() == "the old score"
    recorder.close()
    assert "[[change]]" in score.read_text() and names(tmp_path) == ["show.mkv", "show.toml"]


def test_without_a_frame_film_and_score_stay_as_they_were(tmp_path):
    path = tmp_path / "show.mkv"
    (tmp_path / "show.toml").write_text("the old score")
    for _ in range(2):
        film = Film(str(path), size=SIZE, fps=25, overwrite=True)
        recorder = Recorder(film, str(path), overwrite=True)
        film.close()
        recorder.close()
        assert (tmp_path / "show.toml").is_file() is ("show.toml" in names(tmp_path))
        assert names(tmp_path) in (["show.toml"], [])
        (tmp_path / "show.toml").unlink(missing_ok=True)


def test_two_formats_of_one_name_keep_their_own_scores(tmp_path):
    """`--to show.mp4 --record show.mkv`, overwriting, and killed: the score is that of the .mkv."""
    (tmp_path / "show.toml").write_text("the old score")
    kill(tmp_path / "show.mkv", "h264", 40, "-y")
    left(tmp_path / "show.mp4")  # its part has the next number
    record(tmp_path / "show.mp4")
    assert names(tmp_path) == [
        *(".show.part.mkv", ".show.part.toml", "show (rescued).mp4", "show.mp4", "show.toml"),
    ]
    record(tmp_path / "show.mkv")
    assert {"show (rescued).mkv", "show (rescued).toml", "show.toml"} < {*names(tmp_path)}


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_killed_while_it_is_finished_it_plays_all_the_same(tmp_path, monkeypatch, suffix):
    """After each of the last writes."""
    path, states, write = tmp_path / f"show{suffix}", [], GrowingFile.write

    def noted(self, data):
        written = write(self, data)
        states.append(self.path.read_bytes())
        return written

    monkeypatch.setattr(GrowingFile, "write", noted)
    film = Film(str(path), size=SIZE, fps=25)
    for i in range(40):
        film.write(Frame(texture(i % 10), i / 25, i))
    before = len(states)
    film.close()
    assert len(states) >= before + 2 and states[-1] == path.read_bytes()
    for number, state in enumerate(states[before:]):
        (tmp_path / f"state{suffix}").write_bytes(state)
        assert len(packets(tmp_path / f"state{suffix}")) == 40 or number == 0
