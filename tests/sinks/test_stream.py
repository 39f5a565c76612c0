"""Streams to real servers on this machine: what arrives, and what becomes of a show whose network fails."""

import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import av
import numpy as np
import psutil
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from stream_server import Server, free_port

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks import carrier, stream
from kaleidocam.sinks.carrier import how_streams_go, in_pyav
from kaleidocam.sinks.ffmpeg_program import program_with
from kaleidocam.sinks.opening import open_sink

pytestmark = pytest.mark.timed
SIZE, FPS = (161, 97), 25.0  # odd, as a performance may be
LISTENING = {"rtmp": {"listen": "1"}, "rtsp": {"rtsp_flags": "listen", "listen_timeout": "20"}}


def opened(address, *, size=SIZE, wait=False, overwrite=False, **machine):
    return open_sink(address, size, FPS, Machine(**machine), overwrite=overwrite, wait=wait)


def opened_soon(address, **how):
    """Once its server listens."""
    until = time.monotonic() + 10
    while True:
        try:
            return opened(address, **how)
        except UserError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def gray(index, level=None, size=SIZE):
    level = 40 + index % 200 if level is None else level
    return Frame(np.full((size[1], size[0], 3), level, np.uint8), index / FPS, index)


def play(sink, count, *, first=0, pause=0.008):
    for index in range(first, first + count):
        sink.write(gray(index))
        time.sleep(pause)


def addresses(scheme):
    """(where it is sent, where it is received)."""
    here = f"127.0.0.1:{free_port()}"
    return {
        "rtmp": (f"rtmp://{here}/live/geheim", f"rtmp://{here}/live/geheim"),
        "rtsp": (f"rtsp://{here}/live", f"rtsp://{here}/live"),
        "tcp": (f"tcp://{here}", f"tcp://{here}?listen"),
    }.get(scheme, (f"{scheme}://{here}", f"{scheme}://{here}"))


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["rtmp", "rtsp", "udp", "rtp", "tcp"])
def test_what_is_sent_arrives_at_a_constant_rate_with_silence_beside_it(scheme):
    to, at = addresses(scheme)
    with Server(at, **LISTENING.get(scheme, {})) as server:
        time.sleep(0.5 if scheme in ("udp", "rtp") else 0)  # there, nobody would miss a reader
        with opened_soon(to) as sink:
            play(sink, 110)
            time.sleep(0.3)
            assert sink.lost == 0, sink.notice
        assert server.wait_for(60), len(server.pictures)  # by datagrams, the reader misses the first ones
        assert sorted(server.tracks) == ["aac", "h264"]
        pictures = server.pictures
        assert {tuple(picture["size"]) for picture in pictures} == {(162, 98)}
        steps = np.diff([picture["at"] for picture in pictures])
        assert np.allclose(steps, 1 / FPS, atol=0.0015), steps
        keys = [picture["at"] for picture in pictures if picture["key"]]
        assert keys and np.allclose(np.diff(keys), 2.0, atol=0.002)
        levels = [round(picture["level"]) for picture in pictures if picture["level"] > 36]  # after the black
        assert len(levels) > 50 and all(b - a >= -2 for a, b in pairwise(levels)), levels  # none is older than another
        assert levels[0] < 90 and levels[-1] > 140 and len({*levels}) > 15  # a busy machine misses some


@pytest.mark.slow
def test_a_server_that_goes_away_is_found_again(monkeypatch):
    monkeypatch.setattr(stream, "PAUSES", (0.2, 0.3))
    to, at = addresses("rtmp")
    with Server(at, listen="1") as first, opened_soon(to) as sink:
        play(sink, 40)
        assert first.wait_for(20)
        first.kill()
        seen, index = set(), 40
        until = time.monotonic() + 10
        while sink.lost == 0 and time.monotonic() < until:
            sink.write(gray(index))
            index += 1
            time.sleep(0.02)
        seen.add(sink.notice)
        with Server(at, listen="1") as second:
            while not second.pictures and time.monotonic() < until + 10:
                sink.write(gray(index))
                index += 1
                time.sleep(0.02)
            play(sink, 40, first=index)
            assert second.wait_for(40)
            assert second.pictures[0]["key"] and second.pictures[0]["at"] < 0.5  # an RTMP server begins anew
            assert np.all(np.diff([picture["at"] for picture in second.pictures]) > 0)
            seen.add(sink.notice)
    assert any("is interrupted" in line and line.endswith("trying again") for line in seen)
    assert any("was interrupted 1 time" in line for line in seen)
    assert "geheim" not in str(seen)


@pytest.mark.slow
def test_times_go_on_rising_where_the_protocol_needs_it(monkeypatch):
    monkeypatch.setattr(stream, "PAUSES", (0.1,))
    to, at = addresses("tcp")
    with Server(at) as first, opened_soon(to) as sink:
        play(sink, 50)
        assert first.wait_for(30)
        last = first.pictures[-1]["at"]
        first.kill()
        with Server(at) as second:
            index = 50
            until = time.monotonic() + 15
            while len(second.pictures) < 20 and time.monotonic() < until:
                sink.write(gray(index))
                index += 1
                time.sleep(0.01)
            assert second.pictures[0]["key"] and second.pictures[0]["at"] > last


class Deaf:
    """A server that accepts, and neither reads nor answers."""

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port, self._taken = self._server.getsockname()[1], []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self):
        while True:
            try:
                self._taken.append(self._server.accept()[0])
            except OSError:
                return

    def __exit__(self, *exc):
        self._server.close()
        for taken in self._taken:
            taken.close()


@pytest.mark.slow
def test_a_network_that_stalls_drops_frames_and_holds_up_nothing(monkeypatch):
    monkeypatch.setattr(carrier, "STALL_SECONDS", 1.5)
    noise = [np.random.default_rng(k).integers(0, 256, (360, 640, 3), np.uint8) for k in range(3)]
    with Deaf() as server:
        threads = threading.active_count()
        sink = opened(f"tcp://127.0.0.1:{server.port}", size=(640, 360), bitrate="60M")
        slowest, index, until = 0.0, 0, time.monotonic() + 15
        while sink.lost == 0 and time.monotonic() < until:
            frame = Frame(noise[index % 3], index / FPS, index)
            begun = time.monotonic()
            sink.write(frame)
            slowest, index = max(slowest, time.monotonic() - begun), index + 1
            time.sleep(0.02)
        assert sink.dropped > 5 and "has taken nothing for 1.5 s" in sink.notice
        begun = time.monotonic()
        sink.close()
        assert slowest < 0.1 and time.monotonic() - begun < 8
        assert threading.active_count() == threads


@pytest.mark.slow
def test_a_close_does_not_wait_for_a_network_that_stalls():
    noise = [np.random.default_rng(k).integers(0, 256, (360, 640, 3), np.uint8) for k in range(3)]
    with Deaf() as server:
        sink = opened(f"tcp://127.0.0.1:{server.port}", size=(640, 360), bitrate="60M")
        for index in range(100):
            sink.write(Frame(noise[index % 3], index / FPS, index))
            time.sleep(0.02)
        begun = time.monotonic()
        sink.close()
        assert time.monotonic() - begun < 8


LEFT_ALONE = """
import sys
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.opening import open_sink
stream = open_sink(sys.argv[1], (160, 96), 25.0, Machine(), overwrite=False)
print(stream._link.carrier._process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_show_that_is_killed_leaves_no_process_behind():
    with Deaf() as server:
        words = [sys.executable, "-c", LEFT_ALONE, f"tcp://127.0.0.1:{server.port}"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as show:
            carrying = int(show.stdout.readline())
            assert psutil.pid_exists(carrying)
            show.kill()
        until = time.monotonic() + 10
        while psutil.pid_exists(carrying) and psutil.Process(carrying).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_server_that_is_not_there_is_told_in_one_line_without_the_key():
    with pytest.raises(UserError) as refused:
        opened(f"rtmp://127.0.0.1:{free_port()}/live/geheim")
    told = str(refused.value)
    assert "can't be streamed to: connection refused" in told and "--wait" in told and "geheim" not in told


def test_a_server_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr(carrier, "CONNECT_SECONDS", 1.0)
    with Deaf() as server, pytest.raises(UserError, match="can't be streamed to: it does not answer"):
        opened(f"rtmp://127.0.0.1:{server.port}/live/geheim")


@pytest.mark.slow
def test_with_wait_the_show_begins_without_its_server(monkeypatch):
    monkeypatch.setattr(stream, "PAUSES", (0.2,))
    to, at = addresses("rtmp")
    with opened(to, wait=True) as sink:
        play(sink, 5)
        assert sink.notice.endswith("is interrupted (connection refused); trying again") and "geheim" not in sink.notice
        with Server(at, listen="1") as server:
            index, until = 5, time.monotonic() + 15
            while len(server.pictures) < 10 and time.monotonic() < until:
                play(sink, 1, first=index, pause=0.02)
                index += 1
            assert len(server.pictures) >= 10 and "interrupted" not in (sink.notice or "")


@pytest.mark.slow
def test_a_playlist_keeps_its_last_segments_and_is_read_back(tmp_path):
    playlist = tmp_path / "hls" / "live.m3u8"
    with opened(str(playlist)) as sink:
        play(sink, 420, pause=0.006)
    names = sorted(path.name for path in playlist.parent.iterdir())
    assert "live.m3u8" in names and "live00000.ts" not in names and 6 <= len(names) - 1 <= 8
    with av.open(str(playlist)) as opened_list:
        times = [float(frame.pts * frame.time_base) for frame in opened_list.decode(video=0)]
    assert len(times) > 200 and np.allclose(np.diff(times), 1 / FPS, atol=0.001)
    with pytest.raises(UserError, match="exists; give -y to overwrite it"):
        opened(str(playlist))
    with opened(str(playlist), overwrite=True) as sink:
        play(sink, 3)
    assert sorted(path.name for path in playlist.parent.iterdir()) == ["live.m3u8", "live00000.ts"]


@pytest.mark.slow
def test_a_playlist_is_put_on_a_web_server():
    kept = {}

    class Keeping(BaseHTTPRequestHandler):
        def do_PUT(self):
            data = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept[self.path] = data
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeping)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        with opened(f"http://127.0.0.1:{server.server_port}/up/live.m3u8") as sink:
            play(sink, 60)
    finally:
        server.shutdown()
        server.server_close()
    assert b"live00000.ts" in kept["/up/live.m3u8"] and len(kept["/up/live00000.ts"]) > 1000


@pytest.mark.slow
def test_srt_by_the_program_that_has_it(tmp_path):
    """PyAV's FFmpeg was built without it; the program that the tests' films are made by has it."""
    if not program_with("srt") or in_pyav("srt"):
        pytest.skip("no ffmpeg with SRT here, or PyAV has it")
    port = free_port(socket.SOCK_DGRAM)
    words = [get_ffmpeg_exe(), "-v", "error", "-y", "-i", f"srt://127.0.0.1:{port}?mode=listener", "-c", "copy"]
    with subprocess.Popen([*words, str(tmp_path / "got.ts")], stderr=subprocess.DEVNULL) as receiver:
        try:
            with opened_soon(f"srt://127.0.0.1:{port}?latency=50000") as sink:
                play(sink, 60)
                time.sleep(0.5)
            receiver.wait(10)
        finally:
            receiver.kill()
    with av.open(str(tmp_path / "got.ts")) as got:
        assert sum(1 for _ in got.decode(video=0)) > 40


def test_without_a_program_that_has_it_srt_says_how_to_get_it(monkeypatch):
    if in_pyav("srt"):
        pytest.skip("PyAV has it")
    monkeypatch.setattr(carrier, "program_with", lambda scheme: None)
    with pytest.raises(UserError, match=r"srt:// needs an FFmpeg that has it: .* pip install 'kaleidocam\[srt\]'"):
        opened("srt://127.0.0.1:9?passphrase=geheimgeheim")
    assert "not srt: install ffmpeg" in how_streams_go()


def test_doctor_says_what_streams_go_by():
    assert how_streams_go().startswith("rtmp, rtmps, udp, rtp, rtsp") and "hls in a folder" in how_streams_go()
