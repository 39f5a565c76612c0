"""Checks that a camera always comes back: python scripts/replug.py [--cycles 100]

Disconnects and reconnects a network camera (a real Motion-JPEG server here) again and again, with each kind of fault in
turn. Prints how many returns were missed (longer than 3 s), how long they took, and the handles, threads, processes and
memory that are left over. Ends with an error if one was missed, or if handles, threads or processes are left over.
"""

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mjpeg_server import MjpegServer, noisy
from rich.progress import track

from kaleidocam.sources.opening import place_of
from kaleidocam.sources.watched import Watched

SIZE, PICTURES = (640, 360), [noisy((20, 30, 200), (640, 360)), noisy((200, 60, 10), (480, 480))]
LIMIT_SECONDS, GIVE_UP_SECONDS = 3.0, 15.0
MOST_MORE = {"handles": 2, "threads": 0, "processes": 0}  # at the end than at the start
WARM_UP = 4  # cycles that are not counted, one per kind of fault
WAYS: dict[str, tuple[Callable[[MjpegServer], None], Callable[[MjpegServer], None]]] = {
    "goes away": (MjpegServer.leave, MjpegServer.come_back),
    "stalls": (MjpegServer.stall, MjpegServer.flow),
    "stalls and breaks": (MjpegServer.stall, lambda server: (server.hang_up(), server.flow())),
    "changes size": (MjpegServer.leave, lambda server: (server.show(PICTURES[1]), server.come_back())),
}


def cycle(source: Watched, server: MjpegServer, way: str) -> float:
    """Seconds from the camera's return to its first picture; infinite after GIVE_UP_SECONDS."""
    unplug, plug = WAYS[way]
    unplug(server)
    while source.health() is None:
        read(source)
    plug(server)
    back = time.monotonic()
    while time.monotonic() < back + GIVE_UP_SECONDS:
        if read(source) > back:
            took = time.monotonic() - back
            server.show(PICTURES[0])
            return took
    return float("inf")


def read(source: Watched) -> float:
    """The grab time of the newest frame, if one comes soon; else 0."""
    return source.read().seconds if source.wait(0.01) else 0.0


def left_over() -> dict[str, float]:
    """This process's handles, threads, child processes and memory; Linux only."""
    memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    parents = [text.rpartition(")")[2].split()[1] for text in map(stat_of, Path("/proc").glob("[0-9]*")) if text]
    return {
        "handles": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "processes": parents.count(str(os.getpid())),
        "in /dev/shm": len(os.listdir("/dev/shm")),
        "MiB": round(memory, 1),
    }


def stat_of(process: Path) -> str:
    try:
        return (process / "stat").read_text()
    except OSError:
        return ""  # the process has just ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=100)
    given = parser.parse_args()
    server, ways, took = MjpegServer(PICTURES[0]), list(WAYS), []
    with Watched(place_of(server.address, size=SIZE, fps=30.0)) as source:
        for i in track(range(WARM_UP + given.cycles), "replugging"):
            if i == WARM_UP:
                time.sleep(0.5)
                start = left_over()
            took.append(cycle(source, server, ways[i % len(ways)]))
        time.sleep(0.5)
        end = left_over()
    server.stop()
    took = took[WARM_UP:]
    missed = sum(seconds > LIMIT_SECONDS for seconds in took)
    print(
        f"{given.cycles} cycles, {missed} missed; back within "
        f"{statistics.median(took):.2f} s (median), {max(took):.2f} s (longest)"
    )
    for i, way in enumerate(ways):
        times = took[i :: len(ways)] or [0.0]
        print(f"{way:20s} {statistics.median(times):.2f} s (median), {max(times):.2f} s (longest)")
    for when, found in (("at the start", start), ("at the end", end)):
        print(f"{when:13s} " + ", ".join(f"{count:g} {what}" for what, count in found.items()))
    more = [what for what, most in MOST_MORE.items() if end[what] - start[what] > most]
    if missed or more:
        sys.exit(f"{missed} returns were missed; left over: {', '.join(more) or 'nothing'}")


if __name__ == "__main__":
    main()
