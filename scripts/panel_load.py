"""Measures what 200 open panel pages cost the video: python scripts/panel_load.py [--pages 200] [--fps 30] [--rounds 7]

A loop like the stage's (1280×720, DIS flow at 320×180, an overlaid layer) writes to a panel, alternately with no page
and with many pages, a tenth of which never read. --fps 0 is full speed. The pages run in another process at low
priority, to stand for other machines. Prints medians over the rounds, also of the paired ratios.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time

import cv2
import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel import Panel
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look

GRID, SECONDS, NEVER_READ = (320, 180), 4.0, 10
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pages", type=int, default=200)
parser.add_argument("--fps", type=float, default=30)
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--visit", help=argparse.SUPPRESS)  # an address: this process is then the pages


async def visit(address: str, pages: int) -> None:
    from websockets.asyncio.client import connect

    host = address.split("/")[2]
    live, got = f"ws://{host}/live?view=panel&{address.partition('?')[2]}", [0, 0]

    async def page(number: int) -> None:
        async with connect(live, origin=f"http://{host}", compression=None, max_queue=1, open_timeout=60) as line:
            while number % NEVER_READ:
                message = await line.recv()
                got[isinstance(message, bytes)] += 1
                if isinstance(message, bytes):
                    await line.send(json.dumps({"do": "seen"}))
            await asyncio.sleep(1e6)

    async def tell() -> None:
        while True:
            got[:] = 0, 0
            await asyncio.sleep(SECONDS)
            print(f"{got[0] / SECONDS:.0f} messages and {got[1] / SECONDS:.0f} pictures a second", flush=True)

    await asyncio.gather(tell(), *(page(number) for number in range(pages)))


def play(panel: Panel, frames: list[np.ndarray], fps: float) -> tuple[float, float, float]:
    """Frames a second, and the 95th percentiles of the times of `write` and of the whole frame in ms."""
    flow, layer = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST), np.zeros((180, 320, 3), np.float32)
    wrote, took, small = [], [], None
    start = due = time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        before, (last, image) = time.perf_counter(), (small, frames[len(took) % len(frames)])
        small = cv2.cvtColor(cv2.resize(image, GRID, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        moved = flow.calc(small, small if last is None else last, None)
        layer = cv2.remap(layer, moved, None, cv2.INTER_LINEAR)
        shown = cv2.add(image, cv2.resize(layer, (1280, 720)).astype(np.uint8))
        writing = time.perf_counter()
        panel.write(Frame(shown, writing, len(took)))
        wrote.append(time.perf_counter() - writing)
        took.append(time.perf_counter() - before)
        due += 1 / fps if fps else 0
        time.sleep(max(0.0, due - time.perf_counter()))
    return len(took) / (time.perf_counter() - start), *(float(np.percentile(t, 95)) * 1000 for t in (wrote, took))


def crowded(panel: Panel, frames: list[np.ndarray], pages: int, fps: float) -> tuple[float, float, float]:
    command = [sys.executable, __file__, "--visit", panel.address, "--pages", str(pages)]
    with subprocess.Popen(command, preexec_fn=lambda: os.nice(19)) as visitors:
        try:
            while panel.pages < pages:
                if visitors.poll() is not None:
                    sys.exit("the pages went away before all were open")
                time.sleep(0.1)
            time.sleep(1)
            played = play(panel, frames, fps)
            if panel.pages < pages:
                sys.exit(f"{pages - panel.pages} pages went away while they were measured")
            return played
        finally:
            visitors.kill()


def main() -> None:
    given = parser.parse_args()
    if given.visit:
        asyncio.run(visit(given.visit, given.pages))
    cv2.setNumThreads(2)
    noise = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8), (0, 0), 4)
    frames = [np.roll(cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX), 4 * i, axis=1) for i in range(32)]
    rows = []
    with Panel(Desk(Look()), size=(1280, 720), port=0) as panel:
        for _ in range(given.rounds):
            rows.append((play(panel, frames, given.fps), crowded(panel, frames, given.pages, given.fps)))
            while panel.pages:
                time.sleep(0.1)
    alone, many = np.array(rows).swapaxes(0, 1)
    names = "frames a second", "write, 95 % in ms", "whole frame, 95 % in ms"
    for name, a, b in zip(names, alone.T, many.T, strict=True):
        print(
            f"{name:24} no page {np.median(a):8.3f}   {given.pages} pages {np.median(b):8.3f}   "
            f"ratio {np.median(b / a):6.3f} ({(b / a).min():.3f} to {(b / a).max():.3f})"
        )


main()
