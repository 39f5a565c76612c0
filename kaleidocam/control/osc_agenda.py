"""The messages of OSC bundles that wait for the time which their bundle bears.

Invariant: nothing waits longer than AHEAD_SECONDS, and no sender keeps another one's messages from waiting.
Source: Open Sound Control 1.0 (Wright 2002), temporal semantics; time tags count as those of NTP (RFC 5905).
"""

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from kaleidocam.control.osc_packets import Message
from kaleidocam.control.osc_senders import Asker
from kaleidocam.errors import UserError

AHEAD_SECONDS = 10.0  # more is no music, but a clock that is set wrong
MOST_WAITING = 256  # messages of one machine
MOST_MACHINES = 4  # times as many of all together
NO_TIME = 1  # tags up to this one mean "immediately"
SINCE_1900 = 2_208_988_800  # seconds, when the time of computers began
ERA = 2**32  # seconds, after which the tags begin anew; the next one begins in 2036


def seconds_ahead(tag: int, now: float) -> float:
    """How far a time tag lies ahead of `now` (time.time); 0 for "immediately", less than 0 where it has passed."""
    if tag <= NO_TIME:
        return 0.0
    ahead = tag / 2**32 - SINCE_1900 - now
    return (ahead + ERA / 2) % ERA - ERA / 2


class Agenda:
    """What waits, by the time at which it is due. `clock`: seconds, in which nothing leaps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Asker, Message]] = []
        self._count = 0  # of all that ever waited; keeps those of one moment in order
        self._of: Counter[str] = Counter()  # how many wait, by host

    def add(self, asker: Asker, later: Sequence[tuple[float, Message]]) -> None:
        """Has each message wait for so many seconds. UserError, and none of them waits, where there are too many."""
        host = asker.peer.host
        whole = len(self._heap) + len(later) > MOST_MACHINES * MOST_WAITING
        if whole or self._of[host] + len(later) > MOST_WAITING:
            raise UserError(
                f"OSC: more than {MOST_WAITING} messages wait for their time; these are left out: send them later"
            )
        now = self._clock()
        for seconds, message in later:
            self._count += 1
            heapq.heappush(self._heap, (now + seconds, self._count, asker, message))
        self._of[host] += len(later)

    def due(self) -> Iterator[tuple[Asker, Message]]:
        """What is due by now, the earliest first; those of one moment as they came."""
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            _, _, asker, message = heapq.heappop(self._heap)
            self._of[asker.peer.host] -= 1
            yield asker, message
        self._of = +self._of

    def rest(self) -> float | None:
        """Seconds until something is due; None where nothing waits."""
        return max(0.0, self._heap[0][0] - self._clock()) if self._heap else None
