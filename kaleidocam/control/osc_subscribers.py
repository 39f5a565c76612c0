"""Who is told by OSC of every change of the look, by whatever hand.

Invariant: a change that comes often is told once, with the value of now; so no surface can be flooded by another.
"""

from collections import deque
from collections.abc import Callable, Iterable

from kaleidocam.control.osc_senders import Peer
from kaleidocam.control.osc_values import NORM, ROOT, as_osc
from kaleidocam.settings.parameters import Look
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

    def report(self, look: Look) -> None:
        """Tells everyone what has changed, and newcomers everything, as it is in `look`."""
        for name in dict.fromkeys(self._changed.popleft() for _ in range(len(self._changed))):
            self._tell(name, look, self._all)
        for name in Look.model_fields if self._newcomers else ():
            self._tell(name, look, self._newcomers)
        self._newcomers = {}

    def _tell(self, name: str, look: Look, to: Iterable[Peer]) -> None:
        value, reach = getattr(look, name), span(name)
        values = {ROOT + name: as_osc(value)} | ({NORM + name: reach.share(value)} if reach else {})
        for address, value in values.items():
            for who in to:
                self._send(who, address, value)
