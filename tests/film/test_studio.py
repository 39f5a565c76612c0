"""Whole films by the command, ended in every way that a film can be, by one process and by several."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import psutil
import pytest
from moving import texture

from kaleidocam.film import cluster as cluster_module

pytestmark = pytest.mark.slow

LOOK = [
    "--grid",
    "96x96",
    "--channel",
    "mixed0:3",
    "--burst",
    "2",
    "--split",
    "0.4",
    "--pre-roll",
    "0.2",
    "--cuts",
    "1",
]
FRAMES, CUT, FIRST = 60, 25, 8  # and in the first piece


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """2.4 seconds in two shots, with a tone."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as out:
        video, audio = out.add_stream("libx264", rate=25), out.add_stream("aac", rate=16000, layout="mono")
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        tone = (np.sin(np.arange(16000 * FRAMES // 25) * 0.2) * 8000).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 16000
        out.mux(audio.encode(frame))
        for i in range(FRAMES):
            image = np.roll(texture(int(i >= CUT)), 2 * i, 1)
            out.mux(video.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return path


def command(clip, out, *more):
    return [sys.executable, "-m", "kaleidocam", "film", str(clip), str(out), *LOOK, *map(str, more)]


def ended(program, cwd=None):
    """What became of it: `returncode`, `stdout`, `stderr`."""
    environment = os.environ | {"PYTHONFAULTHANDLER": "1"}
    with subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGABRT)  # every process of it says where it stands
            stdout, stderr = process.communicate()
            pytest.fail(f"the film hangs, after {stdout}\n{stderr}")
    return SimpleNamespace(returncode=process.returncode, stdout=stdout, stderr=stderr)


def film(clip, out, *more, code=0, cwd=None):
    done = ended(command(clip, out, *more), cwd)
    assert done.returncode == code, done.stderr
    return done


def decoded(path):
    with av.open(str(path)) as opened:
        return [
            (float(frame.time), hashlib.sha256(frame.to_ndarray(format="yuv420p")).hexdigest())
            for frame in opened.decode(video=0)
        ]


@pytest.fixture(scope="module")
def whole(clip, tmp_path_factory):
    """The film of the clip, made without interruption."""
    out = tmp_path_factory.mktemp("whole") / "film.mp4"
    film(clip, out)
    frames = decoded(out)
    assert len(frames) == FRAMES and os.listdir(out.parent) == ["film.mp4"]
    return frames


def until(process, condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline, "it ended before it could be stopped"
        time.sleep(0.01)


def entries(folder):
    return len(list(folder.glob("[0-9]*.json"))) if folder.is_dir() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_killed_again_and_again_it_goes_on(clip, whole, tmp_path):
    out, kinds = tmp_path / "film.mp4", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM]
    folder = tmp_path / "film.mp4.pieces"
    for kind in kinds:
        process = subprocess.Popen(command(clip, out), stderr=subprocess.PIPE, text=True)
        until(process, lambda before=entries(folder): entries(folder) > before)
        process.send_signal(kind)
        errors = process.communicate(timeout=60)[1]
        assert process.returncode == (-9 if kind == signal.SIGKILL else 130), errors
        if kind != signal.SIGKILL:
            kept = int(re.search(r"stopped; the (\d+) frames made so far are kept in", errors)[1])
            shown = decoded(out)
            assert len(shown) == kept and shown[:FIRST] == whole[:FIRST]
    done = film(clip, out)
    assert re.search(r"continuing: \d+ of 60 frames are finished already", done.stderr)
    assert decoded(out) == whole and os.listdir(tmp_path) == ["film.mp4"]


def killed(clip, out, pieces):
    """The folder of a film whose rendering was killed once so many pieces were finished."""
    folder = out.with_name("film.mp4.pieces")
    process = subprocess.Popen(command(clip, out), stderr=subprocess.DEVNULL)
    until(process, lambda: entries(folder) >= pieces)
    process.kill()
    process.wait()
    return folder


def test_a_damaged_piece_is_rendered_again(clip, whole, tmp_path):
    out = tmp_path / "film.mp4"
    folder = killed(clip, out, pieces=2)
    piece = sorted(folder.glob("[0-9]*.nut"))[0]
    data = bytearray(piece.read_bytes())
    data[len(data) // 2] ^= 255
    piece.write_bytes(data)
    assert "1 of the pieces" in film(clip, out).stderr and decoded(out) == whole


def test_other_settings_do_not_go_on_with_it(clip, whole, tmp_path):
    out = tmp_path / "film.mp4"
    folder = killed(clip, out, pieces=1)
    said = film(clip, out, "--strength", 0.5, code=2).stderr
    assert "unfinished film with strength 1.0 (now 0.5)" in said and said.count("\n") == 1 and entries(folder) > 0
    film(clip, out, "--strength", 0.5, "-y")
    assert len(decoded(out)) == FRAMES and decoded(out) != whole


@pytest.mark.needs("mount")
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_is_full_at_whatever_moment_loses_nothing(clip, whole, tmp_path):
    """A disk of its own that grows a little whenever the film does not fit."""
    disk, told = tmp_path / "disk", []
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], check=True)
    try:
        for size in (8, 700, 2000, 4000, 60_000):
            subprocess.run(["mount", "-o", f"remount,size={size}k", disk], check=True)
            done = ended(command(clip, disk / "film.mp4"))
            if done.returncode == 0:
                break
            assert done.returncode == 2 and "no space left" in done.stderr.lower(), done.stderr
            assert "Traceback" not in done.stderr and not list(disk.glob(".film*")), done.stderr
            told.append(entries(disk / "film.mp4.pieces"))
        assert done.returncode == 0 and decoded(disk / "film.mp4") == whole
        assert len(told) >= 3 and told == sorted(told)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no UTF-8")
def test_through_a_pipe_to_an_odd_name_it_is_the_same_film(clip, whole, tmp_path):
    out = tmp_path / "caf\udce9 [1] 100%.mp4"
    done = subprocess.run(command("-", out), input=clip.read_bytes(), capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"'-' is a pipe, and a film is read more than once: it is kept in " in done.stderr
    assert decoded(out) == whole and [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_part_of_a_film(clip, tmp_path):
    """Its sound goes along, and it begins at zero."""
    film(clip, tmp_path / "part.mkv", "--from", "0:00.4", "--to", 1.6, "--score", _score(tmp_path))
    with av.open(str(tmp_path / "part.mkv")) as opened:
        times = [float(frame.time) for frame in opened.decode(video=0)]
        opened.seek(0)
        sound = [float(frame.time) for frame in opened.decode(audio=0)]
    assert len(times) == 30 and times[0] == pytest.approx(0, abs=0.001) and times[-1] == pytest.approx(1.16, abs=0.001)
    assert abs(sound[0]) < 0.1 and 1.0 < sound[-1] < 1.25


def _score(folder):
    path = folder / "score.toml"
    path.write_text('[[change]]\nat = 0.5\nstrength = 0.3\nover = 1\n[[change]]\nat = "shot 2"\nchannel = "mixed0:5"\n')
    return path


def test_a_score_is_rendered_alike_by_pieces_and_processes(clip, tmp_path):
    score = _score(tmp_path)
    for name, more in (("one", []), ("two", ["--workers", 2])):
        film(clip, tmp_path / f"{name}.mp4", "--score", score, *more)
    assert decoded(tmp_path / "one.mp4") == decoded(tmp_path / "two.mp4")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a terminal's signals")
def test_workers_and_film_stopped_at_once_as_a_terminal_does(clip, whole, tmp_path):
    out, folder = tmp_path / "film.mp4", tmp_path / "film.mp4.pieces"
    process = subprocess.Popen(
        command(clip, out, "--workers", 2), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until(process, lambda: entries(folder) > 0)
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "Traceback" not in errors, errors
    kept = re.search(r"stopped; (?:the )?(\d+) (?:of 60 )?frames", errors)
    assert int(kept[1]) >= FIRST and "the same command continues with them" in errors
    until_gone(process.pid)
    assert "continuing: " in film(clip, out, "--workers", 2).stderr and decoded(out) == whole


def until_gone(session):
    """Until no process of a session is left, but those that are dead and wait to be counted."""
    deadline = time.monotonic() + 10
    while _running_in(session):
        assert time.monotonic() < deadline, "a process is left behind"
        time.sleep(0.05)


def _running_in(session):
    found = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess):  # it has ended meanwhile
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def test_stopped_it_tells_of_all_that_is_finished(clip, tmp_path, capsys):
    """The longest segments go first, so the film's beginning may be missing."""
    from kaleidocam.cli.terminal import listen
    from kaleidocam.film import studio
    from kaleidocam.film.plan import make_plan

    listen()

    class Kept:
        left, folder = None, tmp_path

        def finished(self, piece):
            return piece.number in (1, 2)

    job = SimpleNamespace(plan=make_plan([i / 25 for i in range(60)], (10, 40)))
    listen()  # as the command does
    studio._stop(SimpleNamespace(out="film.mp4"), job, Kept())
    assert capsys.readouterr().err == (
        "kaleidocam: stopped; 50 of 60 frames are finished, and the same command continues with them\n"
    )


@pytest.mark.needs("mount")
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_is_full_for_workers_is_one_line(clip, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", disk], check=True)
    try:
        begun = time.monotonic()
        said = film(clip, disk / "film.mp4", "--workers", 1, code=2).stderr.replace("\r", "\n").splitlines()
        told = [line for line in said if line.startswith("kaleidocam: ")]
        assert len(told) == 1 and "the film can't be written: " in told[0] and "UserError" not in told[0], said
        assert not any("Traceback" in line for line in said) and time.monotonic() - begun < 100
    finally:
        subprocess.run(["umount", disk], check=True)


EAGER = (
    "from kaleidocam.film import estimate; estimate.WORTH_SECONDS = estimate.WORKER_SECONDS = {least}; "
    "from kaleidocam.cli.program import main; main()"
)


def estimated(clip, out, *more, least=0.01):
    """What is told, and what became of it."""
    eager = [sys.executable, "-c", EAGER.format(least=least), *command(clip, out, *more)[3:]]
    done = ended(eager)
    assert done.returncode == 0, done.stderr
    told = re.search(
        rf"kaleidocam: 60 frames: about \d+ s and ([\d.]+) ([kM])B; finished pieces are kept in "
        rf"{re.escape(str(out))}.pieces",
        done.stderr,
    )
    return done, float(told[1]) * {"k": 1e3, "M": 1e6}[told[2]] if told else None


@pytest.mark.parametrize("name, more", [("film.mp4", []), ("film.gif", []), ("film.webp", ["--workers", 1])])
def test_size_and_place_are_told_before_it_begins(clip, tmp_path, name, more):
    done, size = estimated(clip, tmp_path / name, *more)
    assert size == pytest.approx((tmp_path / name).stat().st_size, rel=0.4)
    assert os.listdir(tmp_path) == [name]


def test_of_what_is_soon_done_nothing_is_told(clip, tmp_path):
    done, size = estimated(clip, tmp_path / "film.mp4", least=100)
    assert size is None and ".pieces" not in done.stderr


def test_the_source_is_opened_once_for_all_segments(clip, whole, tmp_path):
    """What can't jump is read from its start each time it is opened."""
    count = (
        "from kaleidocam.sources.video import Video; before, opened = Video._open, []; "
        "Video._open = lambda self: (before(self), opened.append(self._width)); import atexit; "
        "atexit.register(lambda: print(opened.count(None))); from kaleidocam.cli.program import main; main()"
    )
    done = ended([sys.executable, "-c", count, *command(clip, tmp_path / "film.mp4")[3:]])
    assert decoded(tmp_path / "film.mp4") == whole
    assert int(done.stdout) == 3, "for its size, for trying out, for all segments; small, to look through it"


def test_progress_for_programs(clip, tmp_path):
    done = film(clip, "film.mp4", "--json", "--to", 1.6, cwd=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    events = [line["event"] for line in lines]
    assert events == ["scanning", "loading", *["progress"] * (len(events) - 4), "joining", "done"]
    counted = [line["frames"] for line in lines[2:-2]]
    assert counted == sorted(counted) and counted[-1] == lines[-3]["of"] == lines[-1]["frames"] == 40
    assert lines[2]["shots"] == 2 and lines[2]["pieces"] == str(tmp_path / "film.mp4.pieces")


def test_progress_of_workers_tells_the_shot(clip, tmp_path):
    done = film(clip, tmp_path / "film.mp4", "--json", "--workers", 1)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    progress = [line for line in lines if line["event"] == "progress"]
    assert progress[0]["shot"] == 1 and progress[-1]["shot"] == 2 and progress[-1]["frames"] == FRAMES


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler and three real workers: its address, and the workers' processes."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    dask = str(Path(sys.executable).with_name("dask"))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    scheduler = subprocess.Popen(
        [dask, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"], **quiet
    )
    workers = [
        subprocess.Popen([dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"], **quiet)
        for _ in range(3)
    ]
    yield address, workers, scheduler
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_worker_killed_amid_a_piece_changes_nothing(clip, whole, tmp_path, cluster):
    address, workers, _ = cluster
    out, folder = tmp_path / "film.mp4", tmp_path / "film.mp4.pieces"
    process = subprocess.Popen(command(clip, out, "--cluster", address), stderr=subprocess.PIPE, text=True)
    until(process, lambda: folder.is_dir() and list(folder.glob("*.part.*")))
    busy = [worker for worker in workers if _writes_into(worker.pid, folder)]
    for worker in busy[:1] or workers[:1]:
        worker.kill()
    errors = process.communicate(timeout=240)[1]
    assert process.returncode == 0, errors
    assert decoded(out) == whole


def test_a_scheduler_that_goes_away_is_one_line(clip, tmp_path, cluster):
    address, _, scheduler = cluster
    folder = tmp_path / "film.mp4.pieces"
    process = subprocess.Popen(
        command(clip, tmp_path / "film.mp4", "--cluster", address), stderr=subprocess.PIPE, text=True
    )
    until(process, lambda: folder.is_dir() and list(folder.glob("*.part.*")))
    scheduler.kill()
    errors = process.communicate(timeout=60)[1]
    told = [line for line in errors.replace("\r", "\n").splitlines() if line.startswith("kaleidocam: ")]
    assert process.returncode == 2 and "Traceback" not in errors, errors
    assert told == [
        f"kaleidocam: the Dask scheduler at {address} went away; finished pieces are kept: give the same command again"
    ]


def test_a_cluster_without_workers_is_said(clip, tmp_path, cluster):
    address, workers, _ = cluster
    for worker in workers:
        worker.kill()
        worker.wait()
    time.sleep(1)  # until the scheduler knows
    with open(tmp_path / "said", "w") as said:
        process = subprocess.Popen(command(clip, tmp_path / "film.mp4", "--cluster", address), stderr=said)
    until(process, lambda: f"waiting for workers at {address}; start some" in (tmp_path / "said").read_text())
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130 and "Traceback" not in (tmp_path / "said").read_text()


def _writes_into(pid, folder):
    try:
        return any(os.readlink(link).startswith(str(folder)) for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


WRONG = {
    "nothing there": (["--from", 9], "'{clip}' has no frame from 9 s on; it lasts 2.4 s"),
    "nothing there in time": (["--from", "x"], "'x' is no time; write seconds, m:ss or h:mm:ss"),
    "cuts": (["--cuts", "1,y"], "--cuts: 'y' is no time; write seconds, m:ss or h:mm:ss"),
    "show": (["--show", "splt"], "--show is 'splt'; allowed is dreamed, side-by-side, split, above"),
    "score": (["--score", "no.toml"], "no score 'no.toml'"),
    "codec": (["-c:v", "h266"], "no codec 'h266'"),
    "codec there": (["-c:v", "gif"], "gif does not go into"),
    "crf": (["-crf", 60], "the quality of h264 goes from 0 (best) to 51; got 60"),
    "both": (["--workers", 2, "--cluster", "tcp://x:1"], "give only one of them"),
}


@pytest.mark.parametrize(("more", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_leaves_nothing(clip, tmp_path, more, message):
    said = film(clip, tmp_path / "film.mp4", *more, code=2).stderr
    assert message.format(clip=clip) in said and said.strip().count("\n") == 0 and "Traceback" not in said
    assert os.listdir(tmp_path) == []


def test_pictures_that_are_there_are_not_overwritten(clip, tmp_path):
    film(clip, tmp_path / "out" / "%05d.png", "--to", 0.2)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert len(before) == 5
    said = film(clip, tmp_path / "out" / "%05d.png", "--to", 0.2, code=2).stderr
    assert "00001.png' exists; give -y to overwrite it" in said
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_no_cluster_is_one_line(clip, tmp_path, said, monkeypatch):
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1)
    code, _, told = said("film", clip, tmp_path / "film.mp4", "--cluster", "tcp://127.0.0.1:9", *LOOK)
    (line,) = [line for line in told.splitlines() if line.startswith("kaleidocam: no ")]
    assert code == 2 and "no Dask scheduler at 'tcp://127.0.0.1:9'" in line and "Traceback" not in told
