"""Plays an evening with the whole rig: python scripts/rig_show.py [--minutes 20] [--size 640x360]

A two-hour show, six times as fast: 24 scenes, each with a preset that comes on the bar. Everything that can play does
so at once: a page, OSC cues and bundles, a MIDI controller and its clock, another program in the Link session, a
lighting desk (sACN, 44 packets a second), recordings that begin and end, a stream to a player that goes away and comes
back, and as the camera a browser's, by WebRTC, which is lost in every fourth scene and comes back. Prints four times a
minute what the show holds. Ends with an error if anything failed, if memory still grows in the last quarter, if a
stream or a recording has no pictures, or if frames were dropped while the camera was there.

Needs: Chromium for playwright, and the extras webrtc, link, dmx, midi, panel and osc.
"""

import argparse
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path

import av
from mido import Message
from playwright.sync_api import Browser, Page, sync_playwright
from pythonosc.osc_message_builder import build_msg
from show import MINUTE, Show

from kaleidocam.settings.presets import preset_names

SCENES = 24
KNOBS = {20: "strength", 21: "spin", 22: "color", 23: "drift_zoom"}
AROUND = 10.0  # seconds after the camera has gone or come in which drops are its own
AWAY = 8.0  # seconds for which the camera is gone
NTP = 2_208_988_800  # seconds from 1900 to 1970
WITH = ["--from", "phone", "--panel-host", "0.0.0.0", "--midi", "any", "--link", "--dmx", "sacn:1/1@127.0.0.1"]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Rig:
    """All that plays the show besides its page; each runs on a thread of its own until `ended`."""

    def __init__(self, midi: int, stream: int, universe: int, osc: tuple[str, int]) -> None:
        self.ended = threading.Event()
        self.streamed, self._osc_at = 0, osc
        self._midi_at, self._stream, self._universe = ("127.0.0.1", midi), stream, universe
        self.bpm = 120.0
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for run in (self._clock, self._faders, self._player, self._link):
            threading.Thread(target=run, daemon=True).start()

    def osc(self, address: str, *values: object, later: float = 0.0) -> None:
        """Sends a message; with `later`, in a bundle for so many seconds ahead."""
        packet = build_msg(f"/kaleidocam/{address}", list(values)).dgram
        if later:
            at = time.time() + NTP + later
            stamp = struct.pack(">II", int(at), int(at % 1 * 2**32))
            packet = b"#bundle\0" + stamp + struct.pack(">I", len(packet)) + packet
        self._line.sendto(packet, self._osc_at)

    def turn(self, control: int, value: int) -> None:
        self._midi(Message("control_change", channel=0, control=control, value=value))

    def _midi(self, message: Message) -> None:
        with suppress(OSError):  # not opened yet
            self._line.sendto(bytes(message.bytes()), self._midi_at)

    def _clock(self) -> None:
        self._midi(Message("start"))
        due = time.monotonic()
        while not self.ended.is_set():
            self._midi(Message("clock"))
            due += 60 / self.bpm / 24
            time.sleep(max(0.0, due - time.monotonic()))

    def _faders(self) -> None:
        import sacn

        desk = sacn.sACNsender(source_name="the lighting desk")
        desk.start()
        desk.activate_output(self._universe)
        desk[self._universe].destination = "127.0.0.1"
        level = 0
        while not self.ended.wait(1 / 44):
            level = (level + 37) % 65536 if level % 5 else level + 1
            rest = [0] * 8
            desk[self._universe].dmx_data = (112 + level // 2048 % 32, level % 256, *rest)
        desk.stop()

    def _player(self) -> None:
        """A player that looks at the stream, goes away for a while and comes back."""
        while not self.ended.is_set():
            with suppress(av.FFmpegError), av.open(f"udp://127.0.0.1:{self._stream}", timeout=5) as stream:
                ends = time.monotonic() + 120
                for _ in stream.demux(video=0):
                    self.streamed += 1
                    if self.ended.is_set() or time.monotonic() > ends:
                        break
            self.ended.wait(5)

    def _link(self) -> None:
        from link import Link

        peer = Link(self.bpm)
        peer.enabled = True
        while not self.ended.wait(0.5):
            state = peer.captureAppSessionState()
            if state.tempo() != self.bpm:
                state.setTempo(self.bpm, peer.clock().micros())
                peer.commitAppSessionState(state)
        peer.enabled = False


class Camera:
    """A browser whose camera is sent from the panel's page."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self.changed: list[float] = []  # when it came and went, time.monotonic()
        self._page: Page | None = None

    def come(self) -> None:
        self._page = self._browser.new_page(ignore_https_errors=True)
        self._page.goto(self._address)
        self._page.get_by_role("tab", name="More").click()
        self._page.get_by_role("button", name="Use this device's camera").click()
        self._page.get_by_role("tab", name="Play").click()
        self.changed.append(time.monotonic())

    def go(self) -> None:
        if self._page:
            self._page.close()
        self._page = None
        self.changed.append(time.monotonic())


def scene(
    number: int, seconds: float, rig: Rig, ask: Callable[..., None], camera: Camera, chance: random.Random
) -> None:
    """One scene: a look on the bar, hands on knobs, cues; in some of them a recording, or a camera that goes."""
    ends = time.monotonic() + seconds
    rig.bpm = chance.choice([96.0, 110.0, 120.0, 128.0, 140.0])
    ask(do="control", name="when", value="bar")
    ask(do="control", name="recall_seconds", value=chance.choice([0, 2, 4]))
    ask(do="preset", name=chance.choice(preset_names()))
    if number % 3 == 1:
        rig.osc("record")
    if number % 4 == 3:
        camera.go()
        time.sleep(AWAY)
        camera.come()
    while time.monotonic() < ends:
        rig.turn(chance.choice(list(KNOBS)), chance.randrange(30, 100))
        if chance.random() < 0.1:
            rig.osc(chance.choice(["surprise", "undo", "store-1", "recall-1", "tap"]), later=chance.choice([0.0, 0.5]))
        if chance.random() < 0.1:
            ask(do="share", name=chance.choice(["rate", "zoom", "half_life"]), value=chance.random())
        if chance.random() < 0.05:
            ask(do="ask", name=chance.choice(["store-a", "store-b", "recall-2", "redo"]))
        time.sleep(chance.uniform(0.1, 0.8))
    if number % 3 == 1:
        rig.osc("record")


def dropped_with(reports: list[tuple[float, dict]], changes: list[float]) -> tuple[int, int]:
    """Frames dropped in all, and those while the camera was there and had been for a while."""
    total = own = 0
    for (_, before), (at, after) in pairwise(reports):
        lost = after["dropped"] - before["dropped"]
        total += lost
        if not any(-1.0 <= at - change <= AROUND for change in changes):
            own += lost
    return total, own


def frames_of(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(packet.size > 0 for packet in film.demux(video=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    midi, stream, chance = free_port(), free_port(), random.Random(given.seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = folder / "config" / "kaleidocam"
        own.mkdir(parents=True)
        knobs = [f"{name} = {{channel = 1, control = {control}}}" for control, name in KNOBS.items()]
        own.joinpath("midi.toml").write_text("\n".join(knobs))
        show = Show(
            str(folder),
            [*WITH, "--size", given.size, "--to", f"udp://127.0.0.1:{stream}"],
            {"MIDO_BACKEND": "midi_by_socket", "MIDI_PORT": str(midi), "PYTHONPATH": str(Path(__file__).parent)},
        )
        threading.Thread(target=show.tell, daemon=True).start()
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        camera = Camera(browser, show.page)
        camera.come()
        rig = Rig(midi, stream, 1, show.osc)
        with show.opened_page() as ask:
            for number in range(SCENES):
                scene(number, MINUTE * given.minutes / SCENES, rig, ask, camera, chance)
                last = show.reports[-1] if show.reports else {}
                print(
                    f"scene {number + 1}: {last.get('steps', 0):.0f} steps a second, {last.get('quality')}", flush=True
                )
            code = show.end(ask)
        rig.ended.set()
        films = {film.name: frames_of(film) for film in sorted(folder.glob("*.mp4"))}
        browser.close()
    print("\n".join(show.said[-6:]))
    total, own_drops = dropped_with(show.told_at, camera.changed)
    print(
        f"{total} dropped, {own_drops} of them while the camera was there; {rig.streamed} packets of the stream; "
        f"recordings: {films}; exit code {code}"
    )
    wrong = show.verdict()
    if own_drops:
        wrong.append(f"{own_drops} frames were dropped while the camera was there")
    if not rig.streamed or not films or not all(films.values()):
        wrong.append("a stream or a recording has no pictures")
    if wrong:
        sys.exit("\n".join(wrong))
    print("nothing failed, and memory is flat")


if __name__ == "__main__":
    main()
