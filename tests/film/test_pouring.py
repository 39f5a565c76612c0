"""Films into pipes, by the program as a shell runs it."""

import os
import subprocess
import sys

import av
import numpy as np
import pytest
from film_pieces import write_clip
from media import ffmpeg, packets, times
from moving import texture

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
QUICK = "--grid 96x96 --channel mixed0:3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With in.mp4, of 30 frames and two shots, and sound.mkv, the same with a tone."""
    folder = tmp_path_factory.mktemp("pipes")
    write_clip(folder / "in.mp4", [*(texture(1),) * 15, *(texture(9),) * 15])
    tone = ["-f", "lavfi", "-i", "sine=d=1.2", "-c:v", "copy", "-c:a", "aac", "-metadata", "title=a walk"]
    ffmpeg("-i", folder / "in.mp4", *tone, folder / "sound.mkv")
    return folder


def shell(words, folder):
    """Runs a command line of a shell; `$K`: the program."""
    command = words.replace("$K", f"'{sys.executable}' -m kaleidocam").replace("$Q", QUICK)
    return subprocess.run(["/bin/sh", "-c", command], cwd=folder, text=True, capture_output=True, timeout=120)


def hashes(path):
    with av.open(str(path)) as opened:
        return [hash(frame.to_ndarray().tobytes()) for frame in opened.decode(video=0)]


@pytest.mark.slow
def test_a_film_in_a_pipe_has_the_frames_and_the_sound_of_one_in_a_file(folder):
    film = shell("$K film sound.mkv file.mkv $Q -c:v ffv1 -y", folder)
    piped = shell("cat sound.mkv | $K film - - $Q -c:v ffv1 >piped.mkv", folder)
    assert (film.returncode, piped.returncode) == (0, 0), piped.stderr
    assert hashes(folder / "piped.mkv") == hashes(folder / "file.mkv") and len(times(folder / "piped.mkv")) == 30
    assert np.allclose(times(folder / "piped.mkv"), times(folder / "file.mkv"), atol=0.0011)
    one, other = (packets(folder / name, "audio") for name in ("piped.mkv", "file.mkv"))
    assert [bytes(packet) for packet in one] == [bytes(packet) for packet in other]
    assert [packet.pts for packet in one] == [packet.pts for packet in other]
    with av.open(str(folder / "piped.mkv")) as opened:
        assert opened.metadata["title"] == "a walk"
    assert not list(folder.glob("*.pieces")) and not list(folder.glob(".*"))


@pytest.mark.slow
def test_a_part_of_it_begins_at_zero(folder):
    part = "sound.mkv {} $Q -ss 0.4 -t 0.4"
    done = shell(f"$K film {part.format('-')} >part.mkv && $K film {part.format('file-part.mkv')}", folder)
    assert done.returncode == 0, done.stderr
    assert times(folder / "part.mkv") == times(folder / "file-part.mkv") and times(folder / "part.mkv")[0] == 0.0
    assert len(packets(folder / "part.mkv", "audio")) == len(packets(folder / "file-part.mkv", "audio"))


@pytest.mark.slow
def test_raw_pictures_are_those_of_the_film(folder):
    done = shell("$K film in.mp4 - $Q -f rawvideo -t 0.2 >raw; $K film in.mp4 raw.mkv $Q -c:v ffv1 -t 0.2 -y", folder)
    assert done.returncode == 0, done.stderr
    with av.open(str(folder / "raw.mkv")) as opened:
        wanted = [frame.to_ndarray().tobytes() for frame in opened.decode(video=0)]
    assert (folder / "raw").read_bytes() == b"".join(wanted) and len(wanted) == 5


@pytest.mark.slow
@pytest.mark.parametrize("command", ["film in.mp4 -", "live --from aisle --to - -t 20"])
def test_a_reader_that_has_enough_ends_it_without_a_word(folder, command):
    done = shell(f"($K {command} $Q -f rawvideo 2>err; echo $? >code) | head -c 20000 | wc -c", folder)
    assert ((folder / "code").read_text(), done.stdout.strip()) == ("141\n", "20000")
    said = (folder / "err").read_text()
    assert "Traceback" not in said and "can't" not in said


@pytest.mark.slow
def test_a_performance_in_a_pipe_is_all_that_is_on_stdout(folder):
    done = shell("$K live --from aisle --to - -t 4 $Q 2>err >live.mkv", folder)
    assert done.returncode == 0, (folder / "err").read_text()
    shown = times(folder / "live.mkv")
    assert shown[0] == 0.0 and len(shown) > 10 and shown == sorted(set(shown))
    assert "shown" in (folder / "err").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("film in.mp4 - --json", "--json reports on stdout, and so does the film"),
        ("film in.mp4 - --workers 2", "is a pipe, to which one process writes"),
        ("film in.mp4 - --dry-run", "of which --dry-run can't tell"),
        ("film in.mp4 - -f avi", "-f is 'avi'; a pipe can be written as matroska"),
        ("film in.mp4 out.mkv -f nut", "-f nut says how a pipe is written"),
        ("film nothing.mp4 -", "no file 'nothing.mp4'"),
        ("live --from aisle --to - --to pipe:1 -t 1", "output '-' is given twice"),
    ],
)
def test_what_a_pipe_can_not_do_is_told(folder, words, said):
    done = shell(f"$K {words} | cat", folder)
    assert said in done.stderr and done.stdout == ""


def test_a_film_is_not_written_to_a_terminal(folder):
    import pty  # Windows has none

    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "kaleidocam", "film", "in.mp4", "-", *QUICK.split()]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(terminal)
    os.close(master)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "kaleidocam: the film would be written to this terminal; pipe it into a program, or give a file"
    )
