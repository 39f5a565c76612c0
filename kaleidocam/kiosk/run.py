"""One run of a performance, seen from the process that keeps it running.

Invariant: time in which this process itself does not run, as while the machine sleeps, counts against no run.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any, cast

from kaleidocam.kiosk.line import Greeting
from kaleidocam.kiosk.watch import LOST, STILL

HANG_SECONDS = 10.0  # without another frame, after which it hangs
START_SECONDS = 90.0  # until the first, and any sign that it waits for something
DREAM_SECONDS = 120.0  # for which a dream may stand still
FINISH_SECONDS = 180.0  # once it has ended: a recording of hours is written anew to its end
STEP_SECONDS = 2.0  # that count between two looks at it, at most


class Run:
    """Greets `process` and hears its signs of life, on a thread of its own; each of its vitals is given to `heard`.
    `ended`: its line is closed. `look`: {"look", "preset"} as last played. `finished`: it ended as it should."""

    def __init__(
        self, process: subprocess.Popen, greeting: Greeting, heard: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._process, self._heard = process, heard
        self.ended, self.finished = threading.Event(), False
        self.look: dict[str, Any] = {}
        self._vitals: Mapping[str, Any] = {}
        self._frames, self._looked = -1, time.monotonic()
        self._silent = self._still = 0.0  # seconds without another frame, and without a dream
        self._shown_at: float | None = None
        with suppress(OSError):  # it has ended already
            pipe = cast(IO[bytes], process.stdin)
            pipe.write(greeting.written())
            pipe.flush()
        self._thread = threading.Thread(target=self._listen, name="run", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it has given a sign of life."""
        return bool(self._vitals)

    @property
    def shown(self) -> bool:
        """Whether it has shown a picture."""
        return self._shown_at is not None

    @property
    def shown_for(self) -> float:
        """Seconds since its first picture."""
        return 0.0 if self._shown_at is None else time.monotonic() - self._shown_at

    def stuck(self) -> str:
        """Why it must be ended: a line, or nothing. Call it every second or so."""
        now, vitals = time.monotonic(), self._vitals
        passed, self._looked = min(STEP_SECONDS, now - self._looked), now
        frames = vitals.get("frames", 0)
        goes_on = frames != self._frames or bool(vitals.get("waits"))
        self._frames = frames
        self._silent = 0.0 if goes_on else self._silent + passed
        still = vitals.get("dream", {}).get("state") == STILL
        self._still = self._still + passed if still else 0.0
        if vitals.get("display") == LOST:
            return "lost its window"
        limit = FINISH_SECONDS if vitals.get("ends") else HANG_SECONDS if self.shown else START_SECONDS
        if self._silent > limit:
            return f"hung: it has shown no frame for {self._silent:.0f} s"
        return f"dreamed nothing for {self._still:.0f} s" if self._still > DREAM_SECONDS else ""

    def end(self, seconds: float) -> int:
        """Asks it to end, and ends it after so long. Returns its exit code."""
        self._close()
        return self.over(seconds)

    def over(self, seconds: float) -> int:
        """Waits for its end; it is killed after so long. Returns its exit code."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._close()
        self._thread.join()
        cast(IO[bytes], self._process.stdout).close()
        return code

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def _close(self) -> None:
        with suppress(OSError):  # what was still on its way to it is lost with it
            cast(IO[bytes], self._process.stdin).close()

    def _listen(self) -> None:
        for text in cast(IO[bytes], self._process.stdout):
            with suppress(ValueError):  # the last line of one that was killed
                self._take(json.loads(text))
        self.ended.set()

    def _take(self, message: Mapping[str, Any]) -> None:
        if look := message.get("look"):
            self.look = look
        self.finished = message.get("finished", self.finished)
        if vitals := message.get("vitals"):
            self._vitals = vitals
            if self._shown_at is None and vitals.get("frames"):
                self._shown_at = time.monotonic()
            self._heard(vitals)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
