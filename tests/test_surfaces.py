"""All surfaces at one desk, as `kaleidocam live` opens them; and the whole program played from outside."""

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack

import av
import pytest
from mjpeg_server import MjpegServer
from moving import Moving, texture
from pythonosc.osc_message_builder import build_msg

from kaleidocam.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.settings import Look, Machine
from kaleidocam.surfaces import Wanted, open_surfaces, pressing

QUICK = ["--grid", "96x96", "--channel", "mixed0:3", "--burst", "0"]


def opened(stack, wanted, desk=None):
    return open_surfaces(stack, wanted, desk or Desk(Look()), Moving(), Machine(), overwrite=False)


def test_nothing_is_opened_unasked():
    with ExitStack() as stack:
        surfaces = opened(stack, Wanted())
    assert (surfaces.sinks, surfaces.notices, surfaces.told, surfaces.panel) == ([], [], [], None)


def test_a_tempo_moves_what_the_look_says():
    desk = Desk(Look(modulate="strength + 0.4*beat"))
    with ExitStack() as stack:
        opened(stack, Wanted(tempo=240), desk)
        seen = []
        for _ in range(60):
            seen.append(desk.look().strength)
            time.sleep(0.01)
    assert min(seen) < 1.1 and max(seen) > 1.6


@pytest.mark.parametrize(("wanted", "message"), [
    (Wanted(osc="nonsense"), "--osc is 'nonsense'; give PORT"),
    (Wanted(midi_learn="strength"), "--midi-learn needs --midi"),
    (Wanted(midi="no such device"), "MIDI"),
    (Wanted(sound="no-such-file.wav"), "no-such-file.wav"),
    (Wanted(record="show.xyz"), "show.xyz"),
    (Wanted(record="no/show.mkv"), "no"),
])
def test_what_can_not_be_opened_is_one_line(wanted, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with ExitStack() as stack, pytest.raises(UserError, match=message) as raised:
        opened(stack, wanted)
    assert "\n" not in str(raised.value)


def test_a_port_that_is_taken_is_told():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, socket.create_server(("127.0.0.1", 0)) as web:
        taken.bind(("127.0.0.1", 0))
        for wanted in (Wanted(osc=str(taken.getsockname()[1])),
                       Wanted(panel=True, panel_port=web.getsockname()[1])):
            with ExitStack() as stack, pytest.raises(UserError, match="port|listen"):
                opened(stack, wanted)


def test_a_key_by_its_name():
    desk = Desk(Look())
    pressing(desk)("0")
    assert desk.look().strength > 1
    with pytest.raises(UserError, match="no key"):
        pressing(desk)("x")


def test_a_whole_performance_played_by_osc_over_a_stream_that_breaks(tmp_path):
    """A real stream, read in its own process, that goes away and comes back; OSC turns a knob; all is
    recorded."""
    pictures = [texture(seed, (320, 240)) for seed in range(8)]
    server = MjpegServer(pictures, fps=20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kaleidocam.cli", "live", "--from", server.address, "--to", "shown.mkv", "--osc",
               str(port), "--record", "kept.mkv", "-t", "7", *QUICK]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True,
                               env=os.environ | {"PYTHONUNBUFFERED": "1"})
    first = process.stderr.readline()
    while "OSC at" not in first:
        assert first, process.communicate()
        first = process.stderr.readline()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        time.sleep(2.5)
        player.sendto(build_msg("/kaleidocam/mirrors", [5.0]).dgram, ("127.0.0.1", port))
    server.leave()
    time.sleep(1.5)
    server.come_back()
    _, errors = process.communicate(timeout=60)
    server.stop()
    assert process.returncode == 0, errors
    assert re.search(r"was away once, \d", errors), errors
    score = tomllib.loads((tmp_path / "kept.toml").read_text())
    assert score["change"][0]["channel"] == "mixed0:3" and score["change"][-1]["mirrors"] == 5
    for name in ("shown.mkv", "kept.mkv"):
        with av.open(str(tmp_path / name)) as film:
            times = [float(frame.time) for frame in film.decode(video=0)]
        assert len(times) > 40 and max(b - a for a, b in zip(times, times[1:], strict=False)) < 1.0  # it never stood
