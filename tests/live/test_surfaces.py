"""All surfaces at one desk, as `kaleidocam live` opens them; and the whole program played from outside."""

import itertools
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack

import av
import httpx
import pytest
from mjpeg_server import MjpegServer
from moving import Moving, texture
from pythonosc.osc_message_builder import build_msg

from kaleidocam.control.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.assembly import make_desk
from kaleidocam.live.surfaces import Wanted, open_surfaces, pressing
from kaleidocam.settings.parameters import Look, Machine

pytestmark = pytest.mark.timed

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


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted(osc="nonsense"), "--osc is 'nonsense'; give PORT"),
        (Wanted(midi_learn="strength"), "--midi-learn needs --midi"),
        (Wanted(midi="no such device"), "MIDI"),
        (Wanted(sound="no-such-file.wav"), "no-such-file.wav"),
        (Wanted(record="show.xyz"), "show.xyz"),
        (Wanted(record="no/show.mkv"), "no"),
    ],
)
def test_what_can_not_be_opened_is_one_line(wanted, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with ExitStack() as stack, pytest.raises(UserError, match=message) as raised:
        opened(stack, wanted)
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_the_panel_is_told_which_channels_the_present_frame_excites():
    with ExitStack() as stack:
        surfaces = opened(stack, Wanted(panel=True, panel_port=0))
        assert surfaces.excited() == []
        deadline, named = time.monotonic() + 30, []
        for level in (0, 3):
            while surfaces.excited() in ([], named) and time.monotonic() < deadline:
                surfaces.each(Frame(texture(level), 0.0, level), Look())
                time.sleep(0.05)
            assert len(surfaces.excited()) == 8 and surfaces.excited() != named
            named = surfaces.excited()
    assert all(re.fullmatch(r"mixed[0-5]:\d+", name) for name in named)


def test_a_port_that_is_taken_is_told():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken, socket.create_server(("127.0.0.1", 0)) as web:
        taken.bind(("127.0.0.1", 0))
        for wanted in (Wanted(osc=str(taken.getsockname()[1])), Wanted(panel=True, panel_port=web.getsockname()[1])):
            with ExitStack() as stack, pytest.raises(UserError, match="port|listen"):
                opened(stack, wanted)


def test_a_key_by_its_name():
    desk = Desk(Look())
    pressing(desk)("0")
    assert desk.look().strength > 1
    with pytest.raises(UserError, match="no key"):
        pressing(desk)("x")


@pytest.mark.slow
def test_a_whole_performance_played_by_osc_over_a_stream_that_breaks(tmp_path):
    """A real stream, read in its own process, that goes away and comes back; OSC turns a knob; all is
    recorded."""
    pictures = [texture(seed, (320, 240)) for seed in range(8)]
    server = MjpegServer(pictures, fps=20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "kaleidocam",
        "live",
        "--from",
        server.address,
        "--to",
        "shown.mkv",
        "--osc",
        str(port),
        "--record",
        "kept.mkv",
        "-t",
        "7",
        *QUICK,
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
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
        assert len(times) > 40 and max(b - a for a, b in itertools.pairwise(times)) < 1.0  # it never stood


@pytest.mark.slow
def test_the_panel_brings_the_atlas():
    with ExitStack() as stack:
        panel = opened(stack, Wanted(panel=True, panel_port=0)).panel
        with httpx.Client(
            base_url=f"http://127.0.0.1:{panel.port}", params={"token": panel.address[-43:]}, timeout=60
        ) as client:
            motifs = client.get("/atlas/motifs.json").json()
            assert len(motifs["curated"]) > 100 and len(motifs["layers"]) == 6
            assert client.get(f"/{motifs['chosen']['sheet']}").headers["content-type"] == "image/webp"


def test_a_panel_s_place_without_a_panel_is_refused():
    with ExitStack() as stack, pytest.raises(UserError, match="give --panel too"):
        opened(stack, Wanted(panel_host="0.0.0.0"))


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("", "--panel-host is empty"),
        ("no.such.host.invalid", "an address of"),
        ("203.0.113.7", "an address of this machine"),
    ],
)
def test_a_wrong_host_of_the_panel(host, message):
    with ExitStack() as stack, pytest.raises(UserError, match=message):
        opened(stack, Wanted(panel=True, panel_host=host, panel_port=0))


def test_a_live_grid_has_a_limit():
    desk = make_desk(Look(channel="mixed0:3"), Machine())
    desk.set("grid", "640x360", "the panel")
    with pytest.raises(UserError, match="a grid of 1920x1080 would hold up the picture; up to 960x540 while it runs"):
        desk.set("grid", "1920x1080", "the panel")
    large = make_desk(Look(channel="mixed0:3", grid=(1280, 720)), Machine())
    large.set("grid", "1280x720", "the panel")


def test_so_has_the_detail_of_a_live_dream():
    """By the pixels that it asks for on the picture that is there: a small one may be dreamed finer."""
    size = [(640, 360)]
    desk = make_desk(Look(channel="mixed0:3"), Machine(), size=lambda: size[0])
    desk.set("detail", 1.9, "the panel")
    with pytest.raises(
        UserError,
        match="a grid of 1010x568 would hold up the picture; up to 960x540 while it runs, "
        "larger ones from the start by --grid or --detail",
    ):
        desk.set("detail", 2.1, "the panel")
    desk.set("grid", "540x960", "the panel")  # as many pixels, in another shape
    desk.set("grid", "auto", "the panel")
    size[0] = (3840, 2160)  # another camera: all else may still be changed
    desk.set("strength", 0.5, "the panel")
    desk.set("detail", 1.0, "the panel")
    with pytest.raises(UserError, match="a grid of 1098x618 would hold up the picture; up to 1000x562"):
        desk.set("detail", 1.1, "the panel")
    fine = make_desk(Look(channel="mixed0:3", detail=2), Machine(), size=lambda: (1280, 720))
    fine.set("detail", 0.5, "the panel")
    fine.set("detail", 2, "the panel")


@pytest.mark.slow
def test_two_outputs_of_one_name_are_refused(tmp_path):
    for more in (["--record", tmp_path / "show.mkv"], ["--to", tmp_path / "show.mkv"]):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "kaleidocam",
                "live",
                "--from",
                "aisle",
                "--to",
                str(tmp_path / "show.mkv"),
                *map(str, more),
                "-t",
                "1",
                "-y",
                *QUICK,
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2 and "is given twice; give each" in done.stderr and done.stderr.count("\n") == 1
