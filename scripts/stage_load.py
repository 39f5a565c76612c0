"""Measures what many clients cost a whole performance: python scripts/stage_load.py [--pages 200] [--rounds 5]

A clip of 1280×720 at 30 fps, decoded in advance, is dreamed live to a panel: in turn without clients, with many open
pages (a tenth of which never read), and with a flood of OSC packets, half of them malformed. The clients run in other
processes at low priority. Prints medians over the rounds, also of the paired ratios, and how many packets a second were
really sent. Ends with an error if the clients went away, if the flood was thinner than it should be, or if a crowd cost
more than a twentieth of the frames.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from speed.clip import draw
from speed.live import held

from kaleidocam.control.osc import Osc
from kaleidocam.control.panel import Panel
from kaleidocam.live.assembly import make_desk, make_stage
from kaleidocam.settings.parameters import Look, Machine

SECONDS, SETTLING, PACKETS = 8.0, 2.0, 20_000
CLIP_FPS = 30
LEAST = 0.95  # of the frames without a crowd, of PACKETS, and of the clip's frames
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pages", type=int, default=200)
parser.add_argument("--rounds", type=int, default=5)
FLOOD = """
import socket, sys, time
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.connect(("127.0.0.1", int(sys.argv[1])))
valid = b"/kaleidocam/strength\\0\\0\\0\\0,f\\0\\0" + b"\\x3f\\x80\\0\\0"
due = told = time.perf_counter()
sent = 0
while True:
    for packet in (valid, b"/kaleidocam/\\xff\\xfe,zzz") * 100:
        try:
            line.send(packet)
            sent += 1
        except OSError:
            pass
    if time.perf_counter() > told + 0.1:
        told = time.perf_counter()
        print(time.monotonic(), sent, flush=True)
    due += 200 / float(sys.argv[2])
    time.sleep(max(0, due - time.perf_counter()))
"""


def measure(stage) -> tuple[float, float, float]:
    """Frames a second, 95th percentile of the added latency in ms, and dream steps a second, over SECONDS."""
    time.sleep(SETTLING)
    before, turns, frames = time.monotonic(), stage.view.dreaming.turns, stage.shown
    time.sleep(SECONDS)
    took = time.monotonic() - before
    return (stage.shown - frames) / took, stage.reading().latency_p95_ms, (stage.view.dreaming.turns - turns) / took


def crowded(command: list[str], ready, stage) -> tuple[tuple[float, float, float], float]:
    """What `measure` gives beside a crowd, and what it reports: lines of a time and a count, of which the rate is taken
    over the time that was measured."""
    with (
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(command, preexec_fn=lambda: os.nice(19), stdout=told) as crowd,
    ):
        try:
            while not ready():
                check(crowd.poll() is None, "the crowd went away before it was complete")
                time.sleep(0.1)
            measured, end = measure(stage), time.monotonic()
            check(crowd.poll() is None and ready(), "the crowd went away while it was measured")
        finally:
            crowd.kill()
        told.seek(0)
        return measured, rate(told.read(), end - SECONDS, end)


def rate(told: str, start: float, end: float) -> float:
    """How many a second were counted between two times; 0 where nothing was counted."""
    pairs = [tuple(map(float, line.split())) for line in told.splitlines() if len(line.split()) == 2]
    within = [(at, count) for at, count in pairs if start <= at <= end]
    return (within[-1][1] - within[0][1]) / (within[-1][0] - within[0][0]) if len(within) > 1 else 0.0


def check(right: bool, what: str) -> None:
    if not right:
        raise RuntimeError(what)


def main() -> None:
    given, machine = parser.parse_args(), Machine(quality="best")
    with ExitStack() as stack:
        clip = draw(stack.enter_context(tempfile.TemporaryDirectory()), "1280x720", 150, CLIP_FPS)
        source = stack.enter_context(held(clip, machine))
        desk = make_desk(Look(), machine, size=lambda: source.size)
        panel = stack.enter_context(Panel(desk, size=source.size, port=0))
        osc = stack.enter_context(Osc(desk, "127.0.0.1", 0))
        stage = make_stage(source, [panel], desk, machine)
        stage.shown = 0
        stage.switcher.each = lambda frame, look: setattr(stage, "shown", stage.shown + 1)
        wrong: list[str] = []
        driver = threading.Thread(target=driven, args=(stage, desk, panel, osc, given, wrong))
        driver.start()
        stage.run()
        driver.join()
    sys.exit("\n".join(wrong) or 0)


def driven(stage, desk, panel, osc, given, wrong: list[str]) -> None:
    """The whole measurement; whatever ends it, the performance ends too."""
    try:
        wrong += drive(stage, panel, osc, given)
    except Exception as error:
        wrong.append(repr(error))
    finally:
        desk.ask("quit", "the end")


def drive(stage, panel, osc, given) -> list[str]:
    """Prints the figures; returns what was wrong."""
    pages = [
        sys.executable,
        str(Path(__file__).with_name("panel_load.py")),
        "--visit",
        panel.address,
        "--pages",
        str(given.pages),
    ]
    flood = [sys.executable, "-c", FLOOD, str(osc.address[1]), str(PACKETS)]
    rows, rates = [], []
    for _ in range(given.rounds):
        rows.append((measure(stage), crowded(pages, lambda: panel.pages >= given.pages, stage)[0]))
        while panel.pages:
            time.sleep(0.1)
        before, (flooded, sent) = measure(stage), crowded(flood, lambda: True, stage)
        rows[-1] += (before, flooded)
        rates.append(sent)
    wrong = [f"only {min(rates):.0f} OSC packets a second were sent"] if min(rates) < LEAST * PACKETS else []
    for what, a, b in ((f"{given.pages} pages", 0, 1), (f"{np.median(rates):.0f} OSC packets a second", 2, 3)):
        alone, many = (np.array([row[i] for row in rows]) for i in (a, b))
        names = "frames a second", "added latency, 95 % in ms", "dream steps a second"
        for name, x, y in zip(names, alone.T, many.T, strict=True):
            print(
                f"{what:28s} {name:28s} alone {np.median(x):7.2f}   with {np.median(y):7.2f}   "
                f"ratio {np.median(y / x):.3f} ({(y / x).min():.3f} to {(y / x).max():.3f})",
                flush=True,
            )
        if np.median(alone[:, 0]) < LEAST * CLIP_FPS:
            wrong.append(
                f"only {np.median(alone[:, 0]):.1f} frames a second came without a crowd: this machine is busy"
            )
        if (kept := np.median(many[:, 0] / alone[:, 0])) < LEAST:
            wrong.append(f"beside {what} only {kept:.3f} of the frames came")
    return wrong


if __name__ == "__main__":
    main()
