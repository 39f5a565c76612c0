"""What is known of a performance from outside: how it is, by its last sign of life.

Invariant: it only remembers and judges; nothing of it holds a secret.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any

from kaleidocam.address import without_secrets_in
from kaleidocam.kiosk.memory import memory_of

OLD_SECONDS = 5.0  # of the last frame: from then on nobody sees the show as it should be
PASS, WARN, FAIL = "pass", "warn", "fail"  # as in the draft for health checks of HTTP services (draft-inadarei)
STILL, AWAY, LOST = "stands still", "away", "lost"
Vitals = Mapping[str, Any]
"""As `live.vitals.vitals_of` makes them."""


class Watch:
    """Of one performance, over all its runs. `heard` is given its signs of life; `asked` is what is answered. Any
    thread."""

    def __init__(self) -> None:
        self._began = self._run_began = time.monotonic()
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._vitals: Vitals = {}
        self._came = 0.0
        self.restarts, self.last_end = 0, ""

    def begins(self, pid: int) -> None:
        """A run has begun, in process `pid`."""
        with self._lock:
            self._pid, self._vitals, self._run_began = pid, {}, time.monotonic()

    def heard(self, vitals: Vitals) -> None:
        """A sign of life."""
        with self._lock:
            self._vitals, self._came = vitals, time.monotonic()

    def ended(self, why: str) -> None:
        """The run has ended, and another one will begin. `why`: one line."""
        with self._lock:
            self._pid, self.last_end = None, without_secrets_in(why)
            self.restarts += 1

    def asked(self) -> tuple[bool, dict[str, Any]]:
        """Whether all is well enough for those in front of it, and everything to tell."""
        now = time.monotonic()
        with self._lock:
            vitals, pid, came = self._vitals, self._pid, self._came
            run = now - self._run_began if pid else 0.0
        age = vitals.get("age")
        age = None if age is None else age + now - came
        wrong, doubtful = _wrong(vitals, age, running=pid is not None), _doubtful(vitals)
        told = {
            "status": FAIL if wrong else WARN if doubtful else PASS,
            "problems": [*wrong, *doubtful],
            "uptime": round(now - self._began, 1),
            "run": round(run, 1),
            "restarts": self.restarts,
            "last_end": self.last_end or None,
            **{name: value for name, value in vitals.items() if name != "age"},
            "last_frame_age": age if age is None else round(age, 3),
            "memory_mib": memory_of(pid) if pid else None,
        }
        return not wrong, told


def _wrong(vitals: Vitals, age: float | None, *, running: bool) -> list[str]:
    """What those in front of it see that they should not."""
    if not running:
        return ["it is being started again"]
    if age is None:
        return [vitals.get("waits") or "no frame was shown yet"]
    wrong = [f"no frame was shown for {age:.0f} s"] if age > OLD_SECONDS else []
    if vitals["dream"]["state"] == STILL:
        wrong.append(vitals["dream"]["told"] or "the dream stands still")
    if vitals["display"] in (AWAY, LOST):
        wrong.append(f"the display is {vitals['display']}")
    return wrong


def _doubtful(vitals: Vitals) -> list[str]:
    """What goes wrong while the show goes on."""
    source = vitals.get("source", {})
    return [source["told"]] if source.get("told") else []
