"""Whatever can't be told, the work goes on; and the exit code says what became of the work."""

import os
import subprocess
import sys
import threading

import pytest
from film_pieces import write_clip
from media import packets
from moving import texture

from kaleidocam.cli import program
from kaleidocam.cli.streams import _firm

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a shell, and a disk that is always full")
QUICK = "--grid 96x96 --channel mixed0:3"


def shell(words, folder, **more):
    """Runs a command line of a POSIX shell; `$K`: the program."""
    kaleidocam = f"'{sys.executable}' -m kaleidocam"
    return subprocess.run(
        ["/bin/sh", "-c", words.replace("$K", kaleidocam)],
        cwd=folder,
        text=True,
        capture_output=True,
        timeout=120,
        **more,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "cut",
    ["2>/dev/full | head -n 1", ">/dev/full 2>&-", "<&- >&- 2>&-"],
)
def test_a_film_is_made_whoever_listens(tmp_path, cut):
    write_clip(tmp_path / "in.mp4", (texture(i) for i in range(5)))
    done = shell(f"($K film in.mp4 out.mp4 --json {QUICK}; echo $? >code) {cut}", tmp_path)
    assert (tmp_path / "code").read_text() == "0\n", done
    assert len(packets(tmp_path / "out.mp4")) == 5
    assert sorted(os.listdir(tmp_path)) == ["code", "in.mp4", "out.mp4"]


@pytest.mark.slow
@pytest.mark.parametrize("cut", ["2>/dev/full", "<&- >&- 2>&-"])
def test_a_performance_goes_on_whoever_listens(tmp_path, cut):
    """No file of it gets the number of a closed stream, to which native code writes."""
    for seconds in (1, 5, 30):  # a busy machine shows few frames a second
        done = shell(f"$K live --from aisle --to show.mkv --record kept.mkv -y -t {seconds} {QUICK} {cut}", tmp_path)
        assert done.returncode == 0, done
        if len(packets(tmp_path / "show.mkv")) > 5:
            break
    assert len(packets(tmp_path / "show.mkv")) > 5 and len(packets(tmp_path / "kept.mkv")) > 5
    assert "[[change]]" in (tmp_path / "kept.toml").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("$K presets | head -n 1", 0, ""),
        ("$K presets >/dev/full", 2, "kaleidocam: what was asked for can't be written: no space left on device\n"),
        ("$K presets >&-", 2, "kaleidocam: what was asked for can't be written: bad file descriptor\n"),
        ("$K --version >/dev/full 2>&-", 2, ""),
        ("$K film --help >&- 2>/dev/full", 2, ""),
        ("$K film nothing.mp4 out.mp4 2>/dev/full", 2, ""),
        ("$K film nothing.mp4 out.mp4 <&- >&- 2>&-", 2, ""),
    ],
)
def test_a_command_whose_work_is_a_text(tmp_path, words, code, said):
    begun, pipe, rest = words.partition("|")
    done = shell(f"({begun.strip()}; echo $? >code) {pipe}{rest}" if pipe else f"{words}; echo $? >code", tmp_path)
    assert ((tmp_path / "code").read_text(), done.stderr) == (f"{code}\n", said)


def test_a_reader_that_takes_nothing_for_a_while_misses_nothing_later():
    """A terminal or pipe that another program has set not to wait."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    firm, told = _firm(None, theirs)
    taken = []

    def take():
        while sum(map(len, taken)) < 300_000:
            taken.append(os.read(ours, 65536))

    reader = threading.Thread(target=take, daemon=True)
    threading.Timer(0.2, reader.start).start()
    told.write("x" * 300_000)
    told.flush()
    while not taken:
        pass
    reader.join(10)
    assert b"".join(taken) == b"x" * 300_000 and firm.lost is None
    os.close(ours)
    told.write("more")
    told.flush()
    assert isinstance(firm.lost, BrokenPipeError)
    os.close(theirs)


def test_leaving_passes_over_a_thread_whose_start_was_interrupted(monkeypatch):
    monkeypatch.setattr(threading, "enumerate", lambda: [threading.current_thread(), threading.Thread()])
    monkeypatch.setattr(program.atexit, "_run_exitfuncs", lambda: None)
    monkeypatch.setattr(threading, "_threading_atexits", [])  # or no pool would work in this process any more
    program._leave()


def test_an_interruption_that_became_another_error_is_one():
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("numpy failed") from error
    except ImportError as error:
        assert program._interrupted(error)
    assert not program._interrupted(ImportError("numpy failed"))
