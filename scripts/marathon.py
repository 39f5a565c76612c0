"""Checks a long performance for leaks and slowdown: python scripts/marathon.py [--minutes 20]

Performs from a real Motion-JPEG stream that breaks, stalls, disappears and returns, with the panel open in a client.
Meanwhile OSC turns knobs, and presets and channels change. Prints every minute: memory, file handles, threads, child
processes, frames a second, and how often the stream was away.
"""

import argparse
import json
import os
import socket
import threading
import time
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

from mjpeg_server import MjpegServer, noisy
from pythonosc.osc_message_builder import build_msg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from kaleidocam.live.assembly import make_desk, make_stage
from kaleidocam.live.surfaces import Wanted, open_surfaces
from kaleidocam.settings.parameters import Machine
from kaleidocam.settings.presets import preset_names, read_preset
from kaleidocam.settings.values import settle
from kaleidocam.sinks.memory import Memory
from kaleidocam.sources.opening import open_live

FAULT_SECONDS, PRESET_SECONDS = 20.0, 7.0
SIZE = (640, 360)


def resources() -> dict[str, float]:
    """Memory of this process in MiB, and its counts of handles, threads and children."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    tasks = Path("/proc/self/task").glob("*/children")
    children = [child for of_thread in tasks for child in of_thread.read_text().split()]
    return {
        "MiB": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "handles": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "children": len(children),
    }


def break_it(server: MjpegServer, ended: threading.Event) -> None:
    """Causes one fault after another, each for three seconds."""
    for fault in count():
        if ended.wait(FAULT_SECONDS):
            return
        if fault % 3 == 0:
            server.leave()
        elif fault % 3 == 1:
            server.stall()
        else:
            server.hang_up()
        ended.wait(3)
        if fault % 3 == 0:
            server.come_back()
        elif fault % 3 == 1:
            server.flow()


def play(desk, osc: tuple[str, int], ended: threading.Event) -> None:
    names = preset_names()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as player:
        for turn in count():
            for step in range(int(PRESET_SECONDS * 10)):
                player.sendto(build_msg("/kaleidocam/norm/strength", [step / 70]).dgram, osc)
                if ended.wait(0.1):
                    return
            desk.load(names[turn % len(names)], "the marathon")


def watch_panel(address: str, ended: threading.Event) -> None:
    """A panel page that receives pictures and confirms each."""
    base, token = address.replace("http", "ws").split("/?token=")
    with connect(f"{base}/live?token={token}", origin=address.split("/?")[0]) as page, suppress(ConnectionClosed):
        while not ended.is_set():
            if isinstance(page.recv(), bytes):
                page.send(json.dumps({"do": "seen"}))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--minutes", type=float, default=20)
given = parser.parse_args()
look, machine = settle(read_preset("spirals"), "marathon")
server, ended = MjpegServer(noisy((90, 120, 150), SIZE), fps=30), threading.Event()
with ExitStack() as stack:
    source = stack.enter_context(open_live(server.address, Machine()))
    desk = make_desk(look, machine)
    surfaces = open_surfaces(
        stack, Wanted(panel=True, panel_port=0, osc="0", tempo=120), desk, source, machine, overwrite=True
    )
    stage = make_stage(
        source, [Memory(limit=1), *surfaces.sinks], desk, machine, until=60 * given.minutes, notices=surfaces.notices
    )
    surfaces.panel.report = stage.report
    osc = surfaces.told[0].split(" at ")[1].split(",")[0].rsplit(":", 1)
    jobs = (
        (break_it, server, ended),
        (play, desk, (osc[0], int(osc[1])), ended),
        (watch_panel, surfaces.panel.address, ended),
    )
    threads = [threading.Thread(target=run, args=arguments, daemon=True) for run, *arguments in jobs]

    def tell() -> None:
        print("minute      MiB  handles  threads  children    fps  dropped   away")
        while not ended.wait(60):
            held, reading = resources(), stage.reading()
            print(
                f"{(time.monotonic() - began) / 60:6.1f} {held['MiB']:8.0f} {held['handles']:8} {held['threads']:8} "
                f"{held['children']:9} {reading.fps:6.1f} {reading.dropped:8}   {source.notice or ''}",
                flush=True,
            )

    began = time.monotonic()
    for thread in (*threads, threading.Thread(target=tell, daemon=True)):
        thread.start()
    stage.run()
    ended.set()
server.stop()
