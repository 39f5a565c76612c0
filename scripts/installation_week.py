"""A week of an installation in an hour: python scripts/installation_week.py [--minutes 60] [--days 7]

`kaleidocam live --kiosk` stands on a virtual display, faster than life. On each of the days people come and go before
the camera, a hand plays from the page and by OSC, the camera is lost and comes back, and the display is unplugged and
plugged in again. On the first two days the performance is killed, stopped by a signal, and made to hang. Whoever
watches asks for its health all the time. With `--trigger` and `--attract` in this version, they are on. Prints for
each hour of the show what is held: memory, handles and threads of the performance and of the process that keeps it.
Ends with an error where a trend is found that grows, where it did not come back, or where its health was told wrongly.

Needs: Xvfb, openbox, libXrandr.
"""

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

import numpy as np
import psutil
from mjpeg_server import MjpegServer, noisy
from plugged_display import Plug, plugged
from pythonosc.osc_message_builder import build_msg

from kaleidocam import open_source
from kaleidocam.settings.presets import preset_names

HOURS = 24  # of a day
MINUTE = 60.0
ROUGH_DAYS = 2  # in which it is killed; after them, one run goes on, and its trend counts
SIZE, FPS, SEEN = (640, 360), 25.0, 50  # frames of a passer-by
BACK_SECONDS = 60.0  # in which all must be well again, whatever happened
AWAY_SECONDS = 4.0
KILLS = (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)
# By which the trend of the days may raise each, in all: a share of it, or so many.
MOST_MORE = {"MiB": 0.08, "handles": 2, "threads": 2, "keeper MiB": 0.08, "keeper handles": 1, "keeper threads": 1}
KEEPER_CPU = 0.01  # of a core, at most
FAILURES = re.compile(r"Traceback|was lost")
Row = dict[str, float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def screen() -> Iterator[str]:
    """A virtual display with a window manager."""
    hears, tells = os.pipe()
    what = ["Xvfb", "-displayfd", str(tells), "-screen", "0", "1280x720x24", "-nolisten", "tcp", "-noreset"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(what, pass_fds=[tells], **quiet) as server, open(hears) as said:
        os.close(tells)
        name = f":{said.readline().strip()}"
        with subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, **quiet) as manager:
            yield name
            manager.terminate()
        server.terminate()


class Installation:
    """The performance, and those who watch it and play it."""

    def __init__(self, folder: str, display: str, camera: str) -> None:
        self.port, self._osc_port, self.said = free_port(), free_port(), list[str]()
        # fmt: off
        words = [
            "live", "--kiosk", "--from", camera, "--to", "window:screen", "--health", str(self.port), "--panel",
            "--panel-port", str(free_port()), "--osc", str(self._osc_port), "--size", f"{SIZE[0]}x{SIZE[1]}",
        ]
        # fmt: on
        words += wanted_here()
        print(" ".join(["kaleidocam", *words]), flush=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kaleidocam", *words],
            env=os.environ | {"DISPLAY": display, "XDG_CONFIG_HOME": folder, "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.keeper = psutil.Process(self.process.pid)
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        threading.Thread(target=self._listen, daemon=True).start()

    def health(self) -> tuple[int, Mapping[str, Any]]:
        """What is answered to those who watch it: the status, and what is told."""
        line = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/")
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()

    def waits_for(self, holds: Callable[[int, Mapping[str, Any]], bool], seconds: float = BACK_SECONDS) -> float | None:
        """Seconds until its health is such; None where it never is."""
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            with suppress(OSError, HTTPException, ValueError):  # the keeper is only beginning
                if holds(*self.health()):
                    return time.monotonic() - began
            time.sleep(0.2)
        return None

    def run(self) -> psutil.Process:
        """The performance that runs now."""
        return self.keeper.children()[0]

    def osc(self, address: str, *values: object) -> None:
        self._line.sendto(build_msg(f"/kaleidocam/{address}", list(values)).dgram, ("127.0.0.1", self._osc_port))

    def held(self) -> Row:
        run = self.run()
        return {
            "MiB": run.memory_info().rss / 2**20,
            "handles": run.num_fds(),
            "threads": run.num_threads(),
            "keeper MiB": self.keeper.memory_info().rss / 2**20,
            "keeper handles": self.keeper.num_fds(),
            "keeper threads": self.keeper.num_threads(),
        }

    def _listen(self) -> None:
        for line in self.process.stderr or ():
            self.said.append(line.rstrip())


def wanted_here() -> list[str]:
    """The flags of an installation that this version has."""
    told = subprocess.run(
        [sys.executable, "-m", "kaleidocam", "live", "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout
    flags = {"--trigger": ["--trigger", "presence"], "--attract": ["--attract", "memory", "--attract-after", "10"]}
    return [word for flag, words in flags.items() if re.search(rf"{flag}\b", told) for word in words]


def people() -> list[np.ndarray]:
    """Somebody comes by: the drawn aisle."""
    with open_source("aisle", size="{}x{}".format(*SIZE)) as aisle:
        return [frame.image for _, frame in zip(range(SEEN), iter(aisle.read, None), strict=False)]


class Days:
    """What happens on each day: `wrong` says what went wrong, `rows` hold what was held in each hour, with the day as a
    number; `smooth` is the first row of the run whose trend counts."""

    def __init__(self, show: Installation, camera: MjpegServer, plug: Plug, seconds: float) -> None:
        self._show, self._camera, self._plug, self._hour = show, camera, plug, seconds / HOURS
        self._somebody, self._nobody = people(), noisy((40, 44, 50), SIZE)
        self._chance, self.kills = random.Random(1), 0
        self.wrong: list[str] = []
        self.rows: list[tuple[float, Row]] = []
        self.smooth = 0

    def live(self, days: int) -> None:
        print("day   hour      MiB  handles  threads   keeper MiB  handles  threads   fps  health", flush=True)
        for day in range(days):
            if day == ROUGH_DAYS:
                self.smooth = len(self.rows)
            for hour in range(HOURS):
                ends = time.monotonic() + self._hour
                self._live(day, hour)
                while time.monotonic() < ends:
                    self._play()
                self._note(day, hour)

    def _live(self, day: int, hour: int) -> None:
        """Open from 9 to 21; what happens in the other hours is rough."""
        self._camera.show(self._somebody if 9 <= hour < 21 and hour % 3 else self._nobody)
        if hour == 3:
            self._lose_camera()
        if hour == 6:
            self._lose_display()
        if day < ROUGH_DAYS and hour in (4, 12, 18):
            self._kill(KILLS[(4, 12, 18).index(hour)])

    def _play(self) -> None:
        show, chance = self._show, self._chance
        show.osc("norm/strength", chance.random())
        if chance.random() < 0.02:
            show.osc("preset", chance.choice(preset_names()))
        if chance.random() < 0.02:
            show.osc(chance.choice(["surprise", "undo", "store-1", "recall-1"]))
        with suppress(OSError, HTTPException, ValueError):
            show.health()
        time.sleep(0.25)

    def _note(self, day: int, hour: int) -> None:
        with suppress(psutil.Error, IndexError):  # it has just been killed
            row = self._show.held()
            self.rows.append((day + hour / HOURS, row))
            status, told = self._show.health()
            shown = "{MiB:8.0f} {handles:8.0f} {threads:8.0f} {keeper MiB:12.1f} {keeper handles:8.0f} "
            shown += "{keeper threads:8.0f}"
            print(f"{day + 1:3} {hour:6} {shown.format(**row)} {told.get('fps', 0):5.1f}  {status}", flush=True)

    def _lose_camera(self) -> None:
        self._camera.leave()
        self._must("tell that the camera is away", lambda status, told: told["status"] == "warn")
        time.sleep(AWAY_SECONDS)
        self._camera.come_back()
        self._must("take the camera up again", lambda status, told: told["status"] == "pass")

    def _lose_display(self) -> None:
        self._plug.out()
        self._must("tell that the display is away", lambda status, told: status == 503)
        time.sleep(AWAY_SECONDS)
        self._plug.back()
        self._must("come back to the display", lambda status, told: status == 200)

    def _kill(self, how: signal.Signals) -> None:
        before = self._show.health()[1]["restarts"]
        self._show.run().send_signal(how)
        self.kills += 1
        back = lambda status, told: status == 200 and told["restarts"] > before  # noqa: E731
        self._must(f"come back after {how.name}", back)

    def _must(self, what: str, holds: Callable[[int, Mapping[str, Any]], bool]) -> None:
        took = self._show.waits_for(holds)
        print(f"    {what}: {'never' if took is None else f'{took:.1f} s'}", flush=True)
        if took is None:
            self.wrong.append(f"it did not {what} within {BACK_SECONDS:.0f} s")


def trend(days: Sequence[float], values: Sequence[float]) -> float:
    """By how much the values rise in a day, as least squares have it."""
    return float(np.polyfit(days, values, 1)[0]) if len(set(days)) > 1 else 0.0


def verdict(rows: Sequence[tuple[float, Row]]) -> list[str]:
    """What grows in the rows of one run. The first quarter of them is its youth, in which caches fill."""
    old = rows[len(rows) // 4 :]
    if len(old) < 4:
        return ["nothing was measured: it must last for more days"]
    days, wrong = [day for day, _ in old], []
    print("by the day:", end="")
    for what, most in MOST_MORE.items():
        values = [row[what] for _, row in old]
        slope = trend(days, values)
        more, allowed = slope * (days[-1] - days[0]), most * np.mean(values) if "MiB" in what else most
        print(f"  {what} {slope:+.2f}", end="")
        if more > allowed:
            wrong.append(f"{what} grows by {slope:.2f} a day, from {values[0]:.0f} to {values[-1]:.0f}")
    print(flush=True)
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--days", type=int, default=7)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder, display = stack.enter_context(tempfile.TemporaryDirectory()), stack.enter_context(screen())
        plug, camera = stack.enter_context(plugged(display)), MjpegServer(noisy((40, 44, 50), SIZE), fps=FPS)
        show = Installation(folder, display, camera.address)
        days = Days(show, camera, plug, MINUTE * given.minutes / given.days)
        if show.waits_for(lambda status, told: status == 200) is None:
            show.process.kill()
            sys.exit("it did not begin: " + "\n".join(show.said))
        began = time.monotonic()
        days.live(given.days)
        spent = show.keeper.cpu_times()
        share = (spent.user + spent.system) / (time.monotonic() - began)
        restarts = show.health()[1]["restarts"]
        show.process.terminate()
        code = show.process.wait(MINUTE)
        camera.stop()
    wrong = [*days.wrong, *verdict(days.rows[days.smooth :]), *filter(FAILURES.search, show.said)]
    print(f"{restarts} restarts, {days.kills} of them ours; the keeper took {share:.2%} of a core; exit code {code}")
    if restarts != days.kills:
        wrong.append(f"it was started again {restarts} times, and killed {days.kills} times")
    if share > KEEPER_CPU or code:
        wrong.append(f"the keeper took {share:.1%} of a core and ended with {code}")
    if wrong:
        sys.exit("\n".join([*wrong, *show.said[-20:]]))
    print("nothing grew, and it always came back")


if __name__ == "__main__":
    main()
