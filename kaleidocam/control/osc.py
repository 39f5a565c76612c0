"""OSC: any control surface plays the desk over UDP.

Invariant: what arrives is hostile until the desk has accepted it. All of it together, whatever it is and however much,
costs no more than the budget's share of one core. What can't be done is never passed over in silence.

    /kaleidocam/PARAMETER value      in its own unit; a text where it is one   /kaleidocam/norm/PARAMETER share   0 to 1
    either with "?"                  answers the sender at the same address
    /kaleidocam/CONTROL value        crossfade, recall_seconds or when: as a parameter, but in no look
    /kaleidocam/COMMAND              one of desk.COMMANDS; with 1 as well, and 0 (the button let go) does nothing
    /kaleidocam/lock PARAMETER       surprise leaves it alone; unlock: no longer
    /kaleidocam/preset NAME          and other actions that take a name
    /kaleidocam/subscribe [port]     every value now, then every change by whatever hand, to the sender, at its port or
    /kaleidocam/unsubscribe [port]   the one given; no longer
    /kaleidocam/cookie TEXT          to and from another machine that subscribes: what it gets, it sends back
    /kaleidocam/error                one line on what could not be done, to whoever asked; ignored when it arrives

An address may be a pattern, see `osc_patterns`. A bundle is played at the time that it bears, at most
`osc_agenda.AHEAD_SECONDS` ahead; where its sender's clock is set otherwise, at once.
Sources: Open Sound Control 1.0 (Wright 2002); fixed addresses, plain floats, "?" and feedback, as Resolume has them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control.desk import SETTABLE, Desk
from kaleidocam.control.osc_agenda import AHEAD_SECONDS, Agenda, seconds_ahead
from kaleidocam.control.osc_answers import ERROR, Answers
from kaleidocam.control.osc_line import Line, parse_address
from kaleidocam.control.osc_packets import Budget, Message, read_messages
from kaleidocam.control.osc_play import Play
from kaleidocam.control.osc_senders import Asker, Senders
from kaleidocam.control.osc_subscribers import Subscribers
from kaleidocam.control.osc_subscribing import Subscribing
from kaleidocam.control.osc_values import BY

__all__ = ["Osc", "parse_address"]
# Of two rests in a row, for what was heard, after which what has come is thrown away: only hostile packets take so
# much work.
STALE_SECONDS = 0.2


class Osc(Closing):
    """Listens on `host`:`port` (0: any that is free; `address` and `told` say where, `is_open` whether other machines
    can reach it) until it is closed. UserError where that can't be had. `actions`: what else may be asked for with a
    name, such as "preset"; called on OSC's own thread."""

    def __init__(self, desk: Desk, host: str, port: int, *, actions: Mapping[str, Callable[[str], None]] = {}) -> None:
        self._desk = desk
        self._senders, self._budget, self._agenda = Senders(), Budget(), Agenda()
        self._line = Line(host, port)
        self._answers = Answers(self._line)
        self._subscribers = Subscribers(self._answers.tell)
        locks = {"lock": lambda name: desk.lock(name, True, BY), "unlock": lambda name: desk.lock(name, False, BY)}
        others = Subscribing(self._senders, self._subscribers, self._answers).addresses
        self._play = Play(desk, self._answers, {**actions, **locks}, others)
        self.address, self.told, self.is_open = self._line.address, self._line.told, self._line.is_open
        self._ended = threading.Event()
        self._unwatch = [desk.watch(self._note), desk.watch_instrument(self._note)]
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        for unwatch in self._unwatch:
            unwatch()
        self._ended.set()
        self._line.wake_up()
        self._thread.join()
        self._line.close()

    def _note(self, changes: Mapping[str, Any], by: str) -> None:
        """On the thread of whoever changed the desk: only notes it."""
        if self._subscribers.note(name for name in changes if name in SETTABLE):
            self._line.wake_up()

    def _run(self) -> None:
        flooded = False
        while not self._ended.is_set():
            self._line.wait(self._agenda.rest())
            self._budget.begin()
            for asker, message in self._agenda.due():
                self._obey(asker, message)
            for peer, packet in self._line.packets(self._budget):
                asker = self._senders.asker(peer, len(packet))
                self._answers.trying(asker, "a packet", self._read, asker, packet)
            self._play.settle()
            heard = self._budget.due()  # what is told after it is our own work, and no reason to be deaf
            self._subscribers.report(lambda name: self._desk.value(name, BY))
            self._ended.wait(self._budget.rest())
            flooded, before = heard > STALE_SECONDS, flooded
            if flooded and before:  # once alone it may be Python that looked for garbage
                self._line.forget(self._budget)

    def _read(self, asker: Asker, packet: bytes) -> None:
        if packet.startswith(ERROR.encode()):  # two that answer each other's errors would never stop
            return
        later: list[tuple[float, Message]] = []
        now = time.time()
        for message in read_messages(packet):
            ahead = seconds_ahead(message.tag, now)
            if abs(ahead) > AHEAD_SECONDS:
                self._tell_clock(asker, ahead)
            if 0 < ahead <= AHEAD_SECONDS:
                later.append((ahead, message))
            else:
                self._obey(asker, message)
        if later:
            self._agenda.add(asker, later)

    def _obey(self, asker: Asker, message: Message) -> None:
        address, values, _ = message
        if address != ERROR:
            self._answers.trying(asker, address, self._play.obey, asker, address, values)

    def _tell_clock(self, asker: Asker, ahead: float) -> None:
        host, way = asker.peer.host, "ahead of" if ahead > 0 else "behind"
        off = f"{abs(ahead):.0f} s {way} this machine's clock"
        line = f"{BY}: the times of bundles from {host} are {off}; they are played at once: set both clocks alike"
        self._answers.note(f"the clock of {host}", line)
