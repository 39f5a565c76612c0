"""What of a performance survives its end: look, token, time, and what was recorded."""

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from kaleidocam.cli import kept as kept_module
from kaleidocam.cli.kept import Kept
from kaleidocam.control.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.kiosk import line
from kaleidocam.kiosk.line import Greeting, Line
from kaleidocam.live.surfaces import Wanted
from kaleidocam.settings.parameters import Look, Machine

QUICK = ["--from", "aisle", "--size", "160x96", "--grid", "96x96", "--channel", "mixed0:3"]


@pytest.fixture
def greeted(monkeypatch):
    """A performance that is kept running, with that greeting."""
    with ExitStack() as stack:

        def make(greeting, *, kiosk=False):
            monkeypatch.setattr(Line, "when_it_ends", lambda self, then: None)
            monkeypatch.setattr(line, "kept", Line(io.BytesIO(), io.BytesIO(), greeting))
            return Kept(stack, None, kiosk=kiosk)

        yield make


def test_the_look_that_was_last_played_is_played_on(greeted):
    desk = Desk(Look(strength=0.4), preset="spirals")
    look = dict(Look(strength=1.5, mirrors=6))
    greeted(Greeting(1, look=json.loads(json.dumps(look)), preset="mandala")).play_on(desk)
    assert (desk.base.strength, desk.base.mirrors, desk.preset) == (1.5, 6, "mandala")
    desk.ask("undo", "a test")
    assert desk.base.strength == 0.4


def test_a_look_that_can_t_be_played_any_more_is_told(greeted, capsys):
    desk = Desk(Look(strength=0.4))
    greeted(Greeting(1, look={"strength": 99.0}, preset="x")).play_on(desk)
    assert desk.base.strength == 0.4
    assert "it begins with the look of the command line: the run before: strength" in capsys.readouterr().err


def test_what_is_left_of_its_time_and_the_panel_s_token(greeted):
    kept = greeted(Greeting(2, spent=40.0, token="the-same-token"))
    assert (kept.rest_of(60.0), kept.rest_of(30.0), kept.rest_of(None)) == (20.0, 0.0, None)
    wanted = kept.wanted(Wanted(midi="any", midi_learn="strength"), Machine())
    assert (wanted.panel_token, wanted.midi_learn) == ("the-same-token", None)


def test_a_film_that_is_there_is_never_written_over_by_the_next_run(greeted, tmp_path):
    done, new, played = (str(tmp_path / name) for name in ("done.mkv", "new.mkv", "played.mkv"))
    Path(done).touch()
    Path(played).with_suffix(".toml").touch()  # a score of the user's own
    outs = ["virtual", done, new, played]
    assert greeted(Greeting()).outs(outs, Machine()) == outs
    first, again, free, other = greeted(Greeting(1)).outs(outs, Machine())
    assert (first, free) == ("virtual", new)
    assert re.search(r"done-\d{8}-\d{6}.mkv$", again) and re.search(r"played-\d{8}-\d{6}.mkv$", other)


def test_a_kiosk_fills_a_display(greeted):
    kept = greeted(Greeting(), kiosk=True)
    assert kept.outs(None, Machine()) == kept.outs(["window"], Machine()) == ["window:main"]
    assert kept.outs(["virtual", "window:HDMI-1"], Machine()) == ["virtual", "window:HDMI-1"]
    with pytest.raises(UserError, match="--kiosk fills a display; give --to window:NAME too"):
        kept.outs(["virtual"], Machine())


def test_the_way_out_is_told(greeted):
    assert greeted(Greeting(), kiosk=True).way_out(["window:1"]) == "Ctrl+Shift+Q, held for 2 s, ends it"
    assert greeted(Greeting()).way_out(["window:1"]) == "q in the window ends it"
    assert greeted(Greeting()).way_out(["virtual"]) == "Ctrl-C ends it"


def test_without_a_keeper_nothing_is_different(monkeypatch):
    monkeypatch.setattr(line, "kept", None)
    monkeypatch.setattr(kept_module, "Pulse", None)  # none is made
    with ExitStack() as stack:
        kept = Kept(stack, None, kiosk=False)
        assert kept.outs(None, Machine()) is None and kept.rest_of(7.0) == 7.0
        assert kept.wanted(Wanted(record="a.mkv"), Machine()) == Wanted(record="a.mkv")


def health(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return json.load(answer)
    except (URLError, OSError):  # not yet, or 503
        return {}


def comes(port, holds):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (told := health(port)) and holds(told):
            return told
        time.sleep(0.2)
    raise AssertionError("it never came")


@pytest.mark.timed
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_real_performance_comes_back_and_ends_when_it_is_told_to(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    show = subprocess.Popen(
        [sys.executable, "-m", "kaleidocam", "live", *QUICK, "--to", "seen.mkv", "--keep-running", "--health", port],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        comes(port, lambda told: told["frames"] > 20)
        psutil.Process(show.pid).children()[0].kill()
        told = comes(port, lambda told: told["restarts"] == 1 and told["frames"] > 20)
        assert told["last_end"] == "was ended by SIGKILL" and told["memory_mib"] > 50
        show.terminate()
        said = show.communicate(timeout=60)[1]
    finally:
        show.kill()
    assert show.returncode == 0 and "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen (rescued).mkv", "seen.mkv"]
