"""Who is told by OSC of every change of the look and of the controls, by whatever hand.

Invariant: a change that comes often is told once, with the value of now; so no surface can be flooded by another.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from kaleidocam.control.desk import SETTABLE
from kaleidocam.control.osc_senders import Peer
from kaleidocam.control.osc_values import NORM, ROOT, as_osc
from kaleidocam.settings.ranges import span

MOST_SUBSCRIBERS = 16


class Subscribers:
    """`send` is called with who is told, an OSC address and a value. All but `note` on OSC's own thread."""

    def __init__(self, send: Callable[[Peer, str, float | str], None]) -> None:
        self._send = send
        self._all: dict[Peer, None] = {}  # the newest last
        self._newcomers: dict[Peer, None] = {}  # those who are still to be told everything
        self._changed: deque[str] = deque()

    def add(self, who: Peer) -> Peer | None:
        """From now on `who` is told. Returns who is not any more: there is room for MOST_SUBSCRIBERS."""
        self.remove(who)
        oldest = None
        if len(self._all) == MOST_SUBSCRIBERS:  # surfaces come again from another port and never say goodbye
            oldest = next(iter(self._all))
            self.remove(oldest)
        self._all[who] = self._newcomers[who] = None
        return oldest

    def remove(self, who: Peer) -> None:
        """`who` is not told any more, if it was."""
        self._all.pop(who, None)
        self._newcomers.pop(who, None)

    def note(self, names: Iterable[str]) -> bool:
        """Parameters that have changed, to be told with the next `report`. Returns whether there is anyone to tell.
        Any thread."""
        if self._all:
            self._changed.extend(names)
        return bool(self._all)

    def report(self, value: Callable[[str], Any]) -> None:
        """Tells everyone what has changed, and newcomers everything: `value` gives that of a name."""
        for name in dict.fromkeys(self._changed.popleft() for _ in range(len(self._changed))):
            self._tell(name, value(name), self._all)
        for name in SETTABLE if self._newcomers else ():
            self._tell(name, value(name), self._newcomers)
        self._newcomers = {}

    def _tell(self, name: str, value: Any, to: Iterable[Peer]) -> None:
        reach = span(name)
        values = {ROOT + name: as_osc(value)} | ({NORM + name: reach.share(value)} if reach else {})
        for address, told in values.items():
            for who in to:
                self._send(who, address, told)
