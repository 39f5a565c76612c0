"""Scripts that prove something can fail; here their verdicts are given what is wrong."""

import signal
import subprocess
import sys
import threading

import installation_week
import kills
import marathon
import pytest
import recording_kills
import stage_load
from media import ffmpeg

POPEN = subprocess.Popen


def run_of(monkeypatch, script):
    """A `Run` of the script of kills, of another program."""
    monkeypatch.setattr(kills.subprocess, "Popen", lambda command, **how: POPEN([sys.executable, "-uc", script], **how))
    return kills.Run("clip", "out", [])


SCANNING = 'print(\'{"event": "scanning", "of": 250}\');print(\'{"event": "scanning", "frames": 99, "of": 250}\');'
PROGRESS = 'print(\'{"event": "progress", "frames": 7}\');print(\'{"event": "progress", "frames": 9}\');'


def test_only_finished_frames_are_counted(monkeypatch):
    run = run_of(monkeypatch, SCANNING)
    assert not run.end() and (run.first, run.last) == (None, None)
    run = run_of(monkeypatch, SCANNING + PROGRESS)
    assert not run.end() and (run.first, run.last) == (7, 9)


def test_a_signal_that_came_too_late_or_is_ignored_is_no_kill(monkeypatch):
    run = run_of(monkeypatch, PROGRESS)
    run.process.wait()
    assert not run.end(signal.SIGTERM)
    run = run_of(monkeypatch, "import time; time.sleep(60)")
    run.process.kill()
    assert run.end(signal.SIGKILL)
    monkeypatch.setattr(kills, "GRACE_SECONDS", 0.3)
    with pytest.raises(SystemExit, match="SIGTERM was ignored"):
        run_of(monkeypatch, "import time; time.sleep(60)").end(signal.SIGTERM)


def test_a_run_that_fails_by_itself_is_told(monkeypatch):
    with pytest.raises(SystemExit, match="ended with 3 after no signal: kaleidocam: it hurts"):
        run_of(monkeypatch, "import sys; sys.stderr.write('kaleidocam: it hurts'); sys.exit(3)").end()


def test_a_marathon_has_a_verdict():
    row = {"MiB": 1000.0, "handles": 20, "threads": 20, "children": 2, "fps": 29.0}
    assert marathon.verdict([row, row], []) == []
    assert "nothing was measured" in marathon.verdict([], [])[0]
    for worse in ({"MiB": 1300.0}, {"handles": 40}, {"threads": 40}, {"children": 9}, {"fps": 12.0}):
        assert len(marathon.verdict([row, row | worse], [])) == 1
    assert marathon.verdict([row], ["play died"]) == ["play died"]


def test_an_installation_s_week_has_a_verdict():
    row = dict.fromkeys(installation_week.MOST_MORE, 100.0)
    days = [hour / 24 for hour in range(5 * 24)]
    flat = [(day, row | {"MiB": 100.0 + 3 * (hour % 2)}) for hour, day in enumerate(days)]
    assert installation_week.verdict(flat) == []
    assert "nothing was measured" in installation_week.verdict(flat[:4])[0]
    for what in row:
        grows = [(day, row | {what: 100.0 + 4 * day}) for day in days]
        assert installation_week.verdict(grows)[0].startswith(f"{what} grows by 4.00 a day, from 105")
    fills = [(day, row | {"MiB": 100.0 * min(1.0, 0.5 + day)}) for day in days]  # in its youth
    assert installation_week.verdict(fills) == []


def test_a_player_that_dies_ends_the_marathon():
    died, ended, quit = [], threading.Event(), threading.Event()
    for thread in marathon.started([(lambda: 1 / 0,)], ended, died, quit.set):
        thread.join(5)
    assert quit.is_set() and "ZeroDivisionError" in died[0]


def test_the_rate_of_a_flood_is_what_was_sent_while_it_was_measured():
    told = "0.0 0\n1.0 500\n1.5 1000\n2.0 2500\n9.0 90000\nhalf a li"
    assert stage_load.rate(told, 1.0, 2.0) == 2000
    assert stage_load.rate("", 1.0, 2.0) == 0


def test_what_a_recording_lost_is_read_from_its_last_picture(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(recording_kills.time, "monotonic", lambda: now[0])
    pictures = []
    for _ in range(30):
        pictures.append(recording_kills.Clock()[0])
        now[0] += 0.04
    film = tmp_path / "film.mkv"
    ffmpeg("-f", "mjpeg", "-i", "-", "-c:v", "libx264", film, given=b"".join(pictures))
    assert recording_kills.taken(film, 999, 1002, 2) == pytest.approx((1000, 1000 + 29 * 0.04), abs=0.002)
    with pytest.raises(ValueError, match="not those that were taken"):
        recording_kills.taken(film, 2000, 2001, 2)
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    with pytest.raises(recording_kills.av.FFmpegError):
        recording_kills.taken(tmp_path / "broken.mp4", 1000, 1009, 2)
    assert recording_kills.taken(tmp_path / "broken.mp4", 1000, 1001, 2) == (1000, 1000)
