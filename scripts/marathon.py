"""Checks a long performance for leaks and slowdown: python scripts/marathon.py [--minutes 20]

Performs from a real Motion-JPEG stream that breaks, stalls, disappears and returns, with the panel open in a client.
Meanwhile OSC turns knobs, and presets and channels change. Prints every minute: memory, file handles, threads, child
processes, frames a second, and how often the stream was away. Ends with an error if one of those who play dies, if the
stream did not come back, if more is held at the end than after the first minute, or if the frames came too slowly.
"""

import argparse
import json
import os
import socket
import sys
import threading
import time
from contextlib import ExitStack
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

FAULT_SECONDS, AWAY_SECONDS, PRESET_SECONDS = 20.0, 3.0, 7.0
SIZE, FPS = (640, 360), 30.0
LEAST_FPS = 0.8 * FPS  # in every minute, with the stream away for a seventh of it
MOST_MORE = {"MiB": 200, "handles": 4, "threads": 4, "children": 1}  # at the end than after the first minute
MINUTE = 60.0


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
    """Causes one fault after another, each for AWAY_SECONDS."""
    for fault in count():
        if ended.wait(FAULT_SECONDS):
            return
        if fault % 3 == 0:
            server.leave()
        elif fault % 3 == 1:
            server.stall()
        else:
            server.hang_up()
        ended.wait(AWAY_SECONDS)
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
    with connect(f"{base}/live?token={token}", origin=address.split("/?")[0]) as page:
        try:
            while not ended.is_set():
                if isinstance(page.recv(), bytes):
                    page.send(json.dumps({"do": "seen"}))
        except ConnectionClosed:
            if not ended.is_set():
                raise


def tell(stage, source, began: float, rows: list[dict], ended: threading.Event) -> None:
    """A line every minute."""
    print("minute      MiB  handles  threads  children    fps  dropped   away")
    while not ended.wait(MINUTE):
        held, reading = resources(), stage.reading()
        rows.append(held | {"fps": reading.fps, "health": source.health()})
        print(
            f"{(time.monotonic() - began) / 60:6.1f} {held['MiB']:8.0f} {held['handles']:8} {held['threads']:8} "
            f"{held['children']:9} {reading.fps:6.1f} {reading.dropped:8}   {source.notice or ''}",
            flush=True,
        )


def verdict(rows: list[dict], died: list[str]) -> list[str]:
    """What was wrong: of the `rows` that were told, and of those who `died`."""
    if not rows:
        return [*died, "nothing was measured: it must last longer than a minute"]
    first, last, wrong = rows[0], rows[-1], list(died)
    for what, most in MOST_MORE.items():
        if last[what] - first[what] > most:
            wrong.append(f"{what} went from {first[what]:.0f} to {last[what]:.0f}; {most} more are allowed")
    slow = [row["fps"] for row in rows if row["fps"] < LEAST_FPS]
    if slow:
        wrong.append(f"{min(slow):.1f} frames a second in one of {len(slow)} slow minutes; {LEAST_FPS:g} are wanted")
    return wrong


def started(jobs, ended: threading.Event, died: list[str], quit) -> list[threading.Thread]:
    """Runs each of the jobs (function, arguments) on a thread; where one dies, that is noted, and the performance
    ends."""

    def run(job, *arguments) -> None:
        try:
            job(*arguments)
        except BaseException as error:
            died.append(f"{job.__name__} died: {error!r}")
        if not ended.is_set():
            quit()

    threads = [threading.Thread(target=run, args=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    return threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    given = parser.parse_args()
    look, machine = settle(read_preset("spirals"), "marathon")
    server, ended = MjpegServer(noisy((90, 120, 150), SIZE), fps=FPS), threading.Event()
    rows: list[dict] = []
    died: list[str] = []
    with ExitStack() as stack:
        source = stack.enter_context(open_live(server.address, Machine()))
        desk = make_desk(look, machine)
        wanted = Wanted(panel=True, panel_port=0, osc="0", tempo=120)
        surfaces = open_surfaces(stack, wanted, desk, source, machine, overwrite=True)
        sinks, until = [Memory(limit=1), *surfaces.sinks], 60 * given.minutes
        stage = make_stage(source, sinks, desk, machine, until=until, notices=surfaces.notices)
        surfaces.panel.report = stage.report
        osc = surfaces.told[0].split(" at ")[1].split(",")[0].rsplit(":", 1)
        jobs = (
            (break_it, server, ended),
            (play, desk, (osc[0], int(osc[1])), ended),
            (watch_panel, surfaces.panel.address, ended),
            (tell, stage, source, time.monotonic(), rows, ended),
        )
        threads = started(jobs, ended, died, lambda: desk.ask("quit", "the marathon"))
        stage.run()
        ended.set()
        for thread in threads:
            thread.join(AWAY_SECONDS + 1)
        server.flow()
        back = time.monotonic()
        while source.health() and time.monotonic() < back + 10:
            time.sleep(0.1)
        if source.health():
            died.append(f"the stream did not come back: {source.health()}")
    server.stop()
    if wrong := verdict(rows, died):
        sys.exit("\n".join(wrong))
    print("nothing leaked, nobody died, and the frames came")


if __name__ == "__main__":
    main()
