"""A performance comes back after any failure, with what it had; bad input ends it, and so does whoever stops it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from kaleidocam import child_process
from kaleidocam.errors import UserError
from kaleidocam.kiosk import keeper as keepers
from kaleidocam.kiosk import pauses, run
from kaleidocam.kiosk.keeper import Keeper, keep
from kaleidocam.kiosk.notify import Notify
from kaleidocam.kiosk.watch import Watch

posix = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
KEEP = """
import sys
from kaleidocam.kiosk import pauses
from kaleidocam.kiosk.keeper import keep
pauses.FIRST_SECONDS = 0.05
sys.exit(keep("kept_shows:run", sys.argv[1:], [], None))
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(pauses, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(keepers, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(run, "HANG_SECONDS", 1.5)  # a run that is only slow here, under load, does not hang
    monkeypatch.setattr(run, "DREAM_SECONDS", 0.3)


def kept(folder, *words):
    """(exit code, what each run was told, what is known of it)."""
    watch = Watch()
    code = Keeper("kept_shows:run", [str(folder), *words], watch, Notify({})).run()
    return code, [json.loads(each.read_text()) for each in sorted(folder.glob("run*"))], watch


@posix
def test_it_comes_back_with_the_look_that_was_last_played(tmp_path, logged):
    code, runs, watch = kept(tmp_path, "killed", "quits")
    assert code == 0 and watch.restarts == 1 and watch.last_end == "was ended by SIGKILL"
    (_, _, token), (look, preset, again) = runs
    assert (look, preset) == ({"strength": 0.0}, "preset 0")
    assert token == again and len(token) >= 40
    assert "the performance was ended by SIGKILL; it is started again in 0.02 s (restart 1)" in logged.text


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("failed", "ended with exit code 1"),
        ("refused later", "ended with exit code 2"),  # what once worked is no bad input
        ("hangs", "hung: it has shown no frame for "),
        ("lost", "lost its window"),
        ("still", "dreamed nothing for "),
    ],
)
def test_whatever_ends_it_but_a_person(tmp_path, word, why):
    code, runs, watch = kept(tmp_path, word, "quits")
    assert (code, len(runs)) == (0, 2) and watch.last_end.startswith(why)


def test_bad_input_is_told_and_not_tried_again(tmp_path):
    code, runs, watch = kept(tmp_path, "refused", "quits")
    assert (code, len(runs), watch.restarts) == (2, 1, 0)


def test_a_look_that_may_be_the_cause_is_not_played_for_ever(tmp_path, logged):
    _, runs, _ = kept(tmp_path, "failed", "failed", "failed", "quits")
    assert [look for look, _, _ in runs] == [None, {"strength": 0.0}, {"strength": 1.0}, None]
    assert "it begins with the look of the command line again" in logged.text


def test_the_pauses_grow_and_begin_anew_after_minutes_of_health():
    now, seconds = pauses.Pauses(), []
    for _ in range(8):
        now.ended(10.0, shown=True)
        seconds.append(now.seconds / pauses.FIRST_SECONDS)
    assert seconds == [1, 2, 4, 8, 16, 32, 64, 128]
    now.ended(pauses.HEALTHY_SECONDS, shown=True)
    assert now.seconds == pauses.FIRST_SECONDS and not now.begins_plain
    for _ in range(100):
        now.ended(0.0, shown=False)
    assert now.seconds == pauses.MOST_SECONDS


@posix
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)])
def test_with_the_keeper_the_performance_ends_in_order(tmp_path, how, code):
    program = KEEP if how == signal.SIGINT else f"import signal\nsignal.signal(15, signal.default_int_handler){KEEP}"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path), "goes on"], env=child_process.environment()
    ) as process:
        until = time.monotonic() + 20
        while not (tmp_path / "run0").exists() and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(how)
        assert process.wait(20) == code
    while not (tmp_path / "ended").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert (tmp_path / "ended").exists()


@posix
def test_systemd_is_told_that_it_is_ready_how_it_is_and_that_it_lives(tmp_path):
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(place)
        systemd.settimeout(20)
        heard = []

        def listen():
            while "STOPPING=1" not in heard:
                heard.append(systemd.recv(1000).decode())

        listener = threading.Thread(target=listen)
        listener.start()
        notify = Notify({"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "200000"})
        assert Keeper("kept_shows:run", [str(tmp_path), "hangs", "quits"], Watch(), notify).run() == 0
        listener.join(20)
    assert heard.count("READY=1") == 1 and heard.count("WATCHDOG=1") > 3
    assert "STATUS=the show goes on" in heard


@pytest.mark.parametrize("pipe", ["-", "pipe:1"])
def test_a_pipe_is_refused(pipe):
    with pytest.raises(UserError, match="is a pipe, which can't be begun anew; leave out --keep-running"):
        keep("kept_shows:run", [], [None, pipe], None)
