"""How somebody comes to be told changes by OSC: by asking, and from another machine by proving its address.

Invariant: another machine is told nothing before it has sent its cookie back.
"""

from collections.abc import Callable, Mapping

from kaleidocam.control.osc_answers import ERROR, Answers
from kaleidocam.control.osc_senders import Asker, Peer, Senders
from kaleidocam.control.osc_subscribers import MOST_SUBSCRIBERS, Subscribers
from kaleidocam.control.osc_values import BY, ROOT, port_of, text_in
from kaleidocam.errors import UserError

COOKIE = f"{ROOT}cookie"
MOST_WAITING = 16  # subscribers who have yet to send their cookie back; the newest count


class Subscribing:
    """`addresses`: what is done at each address, without ROOT, for a sender and its values."""

    def __init__(self, senders: Senders, subscribers: Subscribers, answers: Answers) -> None:
        self._senders, self._subscribers, self._answers = senders, subscribers, answers
        self._waiting: dict[Peer, None] = {}  # subscribers who have yet to send their cookie back
        self.addresses: Mapping[str, Callable[[Asker, tuple], None]] = {
            "subscribe": lambda asker, values: self._subscribe(asker, _meant(asker, values)),
            "unsubscribe": lambda asker, values: self._unsubscribe(_meant(asker, values)),
            "cookie": lambda asker, values: self._prove(asker.peer, text_in(values)),
        }

    def _unsubscribe(self, who: Peer) -> None:
        self._waiting.pop(who, None)
        self._subscribers.remove(who)

    def _subscribe(self, asker: Asker, who: Peer) -> None:
        if self._senders.is_known(who):
            if (oldest := self._subscribers.add(who)) is not None:
                self._answers.tell(
                    oldest, ERROR, f"{BY}: no longer subscribed: {MOST_SUBSCRIBERS} others came after you"
                )
            return
        self._waiting[who] = None
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._answers.give(asker, COOKIE, self._senders.cookie(who), to=who)
        self._answers.note(f"subscribe {who.host}", f"{BY}: {who.host} is told changes once it sends back {COOKIE}")

    def _prove(self, peer: Peer, cookie: str) -> None:
        if not self._senders.prove(peer, cookie):
            raise UserError(f"{BY}: not the cookie of {peer.host}; subscribe, and send back what you get at {COOKIE}")
        for who in [who for who in self._waiting if who.host == peer.host]:
            del self._waiting[who]
            self._subscribe(self._senders.asker(who, 0), who)


def _meant(asker: Asker, values: tuple) -> Peer:
    """The sender, at its port or the one that it gives."""
    return asker.peer.at(port_of(values, asker.peer.address[1]))
