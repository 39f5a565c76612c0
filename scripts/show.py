"""A whole performance in a process of its own, watched: for the scripts that play one for long.

Invariant: what the command says and what the page is told are kept; what in them tells of a failure is in `failed`.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

MINUTE = 60.0
BEGINS_SECONDS = 30.0
ENDS_SECONDS = 60.0
MOST_GROWTH = 0.1  # of memory, from the third quarter's mean to the last one's
FAILURES = re.compile(r"failed|Traceback|was lost")


class Show:
    """`kaleidocam live` with the panel, OSC and `more` arguments; all its files lie in `folder`."""

    def __init__(self, folder: str, more: Sequence[str], environment: Mapping[str, str] = {}) -> None:
        command = [sys.executable, "-m", "kaleidocam", "live", "--panel", "--panel-port", "0", "--osc", "0"]
        self.process = subprocess.Popen(
            [*command, "--recordings", folder, *more],
            env=os.environ | {"XDG_CONFIG_HOME": f"{folder}/config", "PYTHONUNBUFFERED": "1"} | environment,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.failed: list[str] = []
        self.reports: list[dict[str, Any]] = []  # what the page was told
        self.told_at: list[tuple[float, dict[str, Any]]] = []  # the same, and when, by time.monotonic()
        self.rows: list[dict[str, float]] = []
        self._began = time.monotonic()
        threading.Thread(target=self._listen, daemon=True).start()
        self.page = self.found(r"(https?://\S+/\?token=\S+)")  # as others open it
        self._clean = self.found(r"(http://\S+/clean\?token=\S+)")  # on this machine, so that it needs no certificate
        self.osc = ("127.0.0.1", int(self.found(r"(?i)osc.*?:(\d+)")))

    def found(self, pattern: str) -> str:
        """What the pattern's first group finds in the lines that the command says; waits for it."""
        until = time.monotonic() + BEGINS_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            for line in list(self.said):
                if found := re.search(pattern, line):
                    return found[1]
            time.sleep(0.05)
        self.process.kill()
        raise SystemExit("the show did not begin: " + "\n".join(self.said))

    @contextmanager
    def opened_page(self):
        """A page's line to the performance: a function that sends a wish. It reads the reports into `reports`."""
        base, token = self._clean.split("/clean?token=")
        with connect(f"{base.replace('http', 'ws')}/live?token={token}", origin=base, max_size=2**26) as line:
            threading.Thread(target=self._hear, args=(line,), daemon=True).start()
            yield lambda **wish: line.send(json.dumps(wish))

    def end(self, ask) -> int:
        """Ends it as a page does. Returns its exit code. SystemExit where it has ended before."""
        if self.process.poll() is not None:
            raise SystemExit("it ended by itself: " + "\n".join(self.said[-5:]))
        ask(do="ask", name="quit")
        return self.process.wait(ENDS_SECONDS)

    def held(self) -> dict[str, float]:
        """Memory in MiB, handles and threads, of the command and its own processes."""
        processes = [own := psutil.Process(self.process.pid), *own.children(recursive=True)]
        return {
            "MiB": sum(process.memory_info().rss for process in processes) / 2**20,
            "own": own.memory_info().rss / 2**20,
            "handles": own.num_fds(),
            "threads": own.num_threads(),
        }

    def tell(self) -> None:
        """Prints four times a minute what it holds and how it goes, until it ends."""
        print("minute      MiB  without other processes  handles  threads    fps  dropped  95 % ms", flush=True)
        while self.process.poll() is None:
            time.sleep(MINUTE / 4)
            with suppress(psutil.Error):  # it has just ended
                self.rows.append(row := self.held())
                last = self.reports[-1] if self.reports else {"fps": 0, "dropped": 0, "latency_p95_ms": 0}
                print(
                    f"{(time.monotonic() - self._began) / MINUTE:6.2f} {row['MiB']:8.0f} {row['own']:24.0f} "
                    f"{row['handles']:8} {row['threads']:8} {last['fps']:6.1f} {last['dropped']:8} "
                    f"{last['latency_p95_ms']:8.0f}",
                    flush=True,
                )

    def verdict(self) -> list[str]:
        """What was wrong with it, once it has ended; nothing if all was well."""
        wrong = sorted(set(self.failed))
        if code := self.process.returncode:
            wrong.append(f"it ended with {code}: " + " | ".join(self.said[-5:]))
        if not self.reports:
            wrong.append("the page was told nothing")
        quarter = len(self.rows) // 4
        if quarter < 2:
            return [*wrong, "nothing was measured: it must last longer than two minutes"]
        third, fourth = (
            sum(row["own"] for row in part) / quarter
            for part in (self.rows[-2 * quarter : -quarter], self.rows[-quarter:])
        )
        if fourth > third * (1 + MOST_GROWTH):
            wrong.append(f"memory still grows: {third:.0f} MiB in the third quarter, {fourth:.0f} in the last")
        return wrong

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self._take(line.rstrip(), self.said)

    def _take(self, line: str, to: list[str] | None = None) -> None:
        if to is not None:
            to.append(line)
        if FAILURES.search(line):
            self.failed.append(line)

    def _hear(self, line: Any) -> None:
        with suppress(ConnectionClosed):  # the show has ended
            for message in line:
                if isinstance(message, bytes):
                    line.send(json.dumps({"do": "seen"}))
                    continue
                news = json.loads(message)
                if "report" in news:
                    self.reports.append(news["report"])
                    self.told_at.append((time.monotonic(), news["report"]))
                for said in (news.get("error", ""), *news.get("report", {}).get("notices", ())):
                    self._take(said)
