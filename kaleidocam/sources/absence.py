"""How often, and for how long, a live source gives no pictures.

Invariant: what is told can be asked for by any thread, at any time; time before the first picture does not count.
"""

import time
from collections.abc import Callable


class Absence:
    """Of a source; `name` gives its name in the lines. `away`: it is now; at first it may be, as a camera that is not
    connected yet."""

    def __init__(self, name: Callable[[], object], *, away: bool = False) -> None:
        self.away = away
        self._came_at = time.monotonic()
        self._name = name
        self._times, self._seconds, self._why, self._any = 0, 0.0, "", False

    def begin(self, why: str = "") -> None:
        """It gives no pictures, for the reason `why`."""
        self._why = why
        if not self.away:
            self.away = True
            self._times += 1

    def picture(self) -> None:
        """A picture came."""
        now = time.monotonic()
        if self.away and self._any:
            self._seconds += now - self._came_at
        self.away, self._any, self._came_at = False, True, now

    def line(self) -> str | None:
        """One line for the performer while it gives none."""
        if not self.away:
            return None
        if not self._any:
            return f"no picture from {self._name()} yet; waiting for it"
        return f"{self._name()} has given no picture for {time.monotonic() - self._came_at:.0f} s; waiting for it"

    def summary(self) -> str | None:
        """A line for the end; None where it was never away."""
        if not self._times:
            return None
        times = "once" if self._times == 1 else f"{self._times} times"
        gone = self._seconds + (time.monotonic() - self._came_at if self.away else 0.0)
        return f"{self._name()} was away {times}, {gone:.1f} s in total" + (f": {self._why}" if self._why else "")
