"""All surfaces at one desk, as `kaleidocam live` opens them; and the whole program played from outside."""

import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import ExitStack
from dataclasses import replace

import av
import httpx
import pytest
from mjpeg_server import MjpegServer
from moving import Moving, texture
from pythonosc.osc_message_builder import build_msg
from sacn.messages.data_packet import DataPacket

from kaleidocam.control.desk import Desk
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.assembly import make_desk, make_stage, open_changeable
from kaleidocam.live.surfaces import Wanted, open_surfaces, pressing
from kaleidocam.mask import person
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.memory import Memory
from kaleidocam.sources.newest import Newest

pytestmark = pytest.mark.timed

QUICK = ["--grid", "96x96", "--channel", "mixed0:3", "--burst", "0"]


def opened(stack, wanted, desk=None):
    return open_surfaces(stack, wanted, desk or Desk(Look()), Moving(), Machine(), overwrite=False)


def test_nothing_is_opened_unasked():
    with ExitStack() as stack:
        surfaces = opened(stack, Wanted())
    assert (surfaces.sinks, surfaces.notices, surfaces.told, surfaces.panel) == ([], [], [], None)
    assert surfaces.tempo.shared is None


@pytest.mark.needs("link")
def test_a_tempo_is_shared_as_it_was_asked_for():
    with ExitStack() as stack:
        surfaces = opened(stack, Wanted(link=True, tempo=133))
        assert surfaces.tempo.shared and surfaces.tempo.place() is not None
        assert [line for line in surfaces.told if "Ableton Link" in line] and len(surfaces.notices) == 1


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
        (Wanted(dmx="nonsense"), "--dmx is 'nonsense'; give artnet"),
        (Wanted(dmx=""), "--dmx is ''; give artnet"),
        (Wanted(dmx_map="mandala"), "--dmx-map needs --dmx"),
        (Wanted(dmx="artnet", dmx_map="no.toml"), "no DMX map 'no.toml'"),
        (Wanted(dmx="artnet/508"), "10 channels from 508 on would end at 517"),
        (Wanted(dmx="sacn@203.0.113.7"), "sACN can't listen on 203.0.113.7:5568"),
        (Wanted(midi="no such device"), "MIDI"),
        (Wanted(link_start_stop=True), "--link-start-stop needs --link"),
        (Wanted(sound="no-such-file.wav"), "no-such-file.wav"),
        (Wanted(record="show.xyz"), "show.xyz"),
        (Wanted(record="no/show.mkv"), "no"),
        (Wanted(panel_https=True), "and --panel-key are the panel's; give --panel too"),
        (Wanted(panel=True, panel_key="key.pem"), "--panel-key needs --panel-cert"),
        (Wanted(panel=True, panel_cert="cert.pem"), "--panel-cert cert.pem can't be read"),
        (Wanted(panel=True, panel_cert="cert.pem", panel_https=False), "leave out --no-panel-https"),
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


@pytest.mark.slow
def test_a_lighting_desk_plays_a_whole_performance(tmp_path, monkeypatch):
    """By sACN from the show's first moment on: strength, bypass and presets, in the pictures that are shown."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "map.toml").write_text(
        'strength = {channel = 1, fine = 2}\nbypass = 3\n[[ranges]]\nchannel = 4\nplays = ["", "preset:neon"]\n'
    )
    machine, sink, ended = Machine(), Memory(), threading.Event()
    with ExitStack() as stack:
        source = stack.enter_context(Newest(Moving(600, fps=40, speed=0), paced=True))
        desk = make_desk(Look(channel="mixed0:3", grid=(96, 96), burst=6), machine)
        wanted = Wanted(dmx="sacn:3/101@127.0.0.1:0", dmx_map=str(tmp_path / "map.toml"))
        surfaces = opened(stack, wanted, desk)
        (told,) = surfaces.told
        port = int(re.search(r"DMX at 127.0.0.1:(\d+): sACN universe 3, channels 101 to 104", told)[1])
        assert "who can reach it" not in told
        stage = make_stage(source, [sink], desk, machine, until=60, notices=surfaces.notices)
        levels = {"now": (0, 0, 0, 0)}
        desking = threading.Thread(target=send_sacn, args=(port, levels, ended))
        seen = {}

        def perform():
            for name, now, reached in (
                ("clean", (0, 0, 0, 0), lambda: desk.base.strength == 0),
                ("dreamed", (255, 255, 0, 0), lambda: desk.base.strength == 2),
                ("bypassed", (255, 255, 255, 0), lambda: stage.switcher.bypassed),
                ("neon", (255, 255, 0, 255), lambda: desk.preset == "neon" and not stage.switcher.bypassed),
            ):
                levels["now"] = now
                deadline = time.monotonic() + 20
                while not (reached() and stage.view.dreaming.made) and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(0.6)
                seen[name] = sink.frames[-1].image, desk.base.strength, stage.report()["notices"]
            stage.quit()

        performing = threading.Thread(target=perform)
        desking.start()
        performing.start()
        stage.run()
        ended.set()
        performing.join()
        desking.join()
    clean = seen["clean"][0].astype(int)
    apart = {name: abs(picture.astype(int) - clean).mean() for name, (picture, _, _) in seen.items()}
    assert apart["bypassed"] < 0.5 < 3 < apart["dreamed"], apart
    assert seen["neon"][1] == 2  # under the fader
    assert "bypassed: the clean picture" in seen["bypassed"][2]


def send_sacn(port, levels, ended):
    """A desk that sends 44 times a second, as the library sacn writes it."""
    packet = DataPacket(tuple(range(16)), "a desk", 3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        while not ended.wait(1 / 44):
            packet.dmxData = (0,) * 100 + levels["now"]
            packet.sequence_increase()
            player.sendto(bytes(packet.getBytes()), ("127.0.0.1", port))


@pytest.mark.parametrize(
    ("text", "wanted", "begins"),
    [
        ("aisle", Wanted(panel_host="0.0.0.0"), "http://"),
        ("aisle", Wanted(panel_https=True), "https://127.0.0.1:"),
        ("phone", Wanted(), "http://127.0.0.1:"),
        ("phone", Wanted(panel_host="0.0.0.0"), "https://"),
        ("phone", Wanted(panel_host="0.0.0.0", panel_https=False), "http://"),
    ],
)
def test_the_panel_is_https_where_a_phone_needs_it(text, wanted, begins, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with ExitStack() as stack, open_changeable(text, Machine(size=(160, 96))) as source:
        wanted = replace(wanted, panel=True, panel_port=0)
        surfaces = open_surfaces(stack, wanted, Desk(Look()), source, Machine(), overwrite=False)
        assert surfaces.panel.address.startswith(begins)
        told = "\n".join(surfaces.told)
        certificate = surfaces.panel.certificate
        assert ("fingerprint" in told) == bool(certificate) and (not certificate or certificate.fingerprint in told)
        open_to_phones = text == "phone" and wanted.panel_host == "0.0.0.0"
        assert bool(surfaces.drawn) == open_to_phones
        assert ("for a phone, give --panel-host 0.0.0.0" in told) == (text == "phone" and not open_to_phones)


def test_what_a_phone_needs_is_not_imported_for_others():
    code = """
import sys
from contextlib import ExitStack
from kaleidocam.control.desk import Desk
from kaleidocam.live.assembly import open_changeable
from kaleidocam.live.surfaces import Wanted, open_surfaces
from kaleidocam.settings.parameters import Look, Machine
with ExitStack() as stack, open_changeable("aisle", Machine()) as source:
    open_surfaces(stack, Wanted(panel=True, panel_port=0), Desk(Look()), source, Machine(), overwrite=False)
print({"aiortc", "aioice", "cryptography", "OpenSSL", "segno", "ifaddr"} & set(sys.modules))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"


def test_a_key_by_its_name():
    desk = Desk(Look())
    pressing(desk)("0")
    assert desk.look().strength > 1
    with pytest.raises(UserError, match="no key"):
        pressing(desk)("F13")


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


def test_a_network_that_can_t_find_people_is_one_line_and_the_look_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(person, "FILE", tmp_path / "gone.tflite")
    person.weights.cache_clear()
    desk = make_desk(Look(channel="mixed0:3"), Machine())
    desk.set("subject_soft", 0.1, "a test")  # nobody is looked for yet
    with pytest.raises(UserError, match="the network that finds people can't be read .*: reinstall kaleidocam"):
        desk.set("subject", "keep", "a test")
    assert desk.base.subject == "off"
