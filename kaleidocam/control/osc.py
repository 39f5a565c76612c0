"""OSC: any control surface plays the desk over UDP.

Invariant: what arrives is hostile until the desk has accepted it. All of it together, whatever it is and however much,
costs no more than the budget's share of one core. What can't be done is never passed over in silence.

    /kaleidocam/PARAMETER value      in its own unit; a text where it is one   /kaleidocam/norm/PARAMETER share   0 to 1
    either with "?"                  answers the sender at the same address
    /kaleidocam/COMMAND              one of desk.COMMANDS; with 1 as well, and 0 (the button let go) does nothing
    /kaleidocam/preset NAME          and other actions that take a name
    /kaleidocam/subscribe [port]     every value now, then every change by whatever hand, to the sender, at its port or
    /kaleidocam/unsubscribe [port]   the one given; no longer
    /kaleidocam/cookie TEXT          to and from another machine that subscribes: what it gets, it sends back
    /kaleidocam/error                one line on what could not be done, to whoever asked; ignored when it arrives

An address may be a pattern, see `osc_patterns`. Bundles are played as they come, whatever time they bear: the clocks of
two machines rarely agree, and a show should not wait for one of them.
Sources: Open Sound Control 1.0 (Wright 2002); fixed addresses, plain floats, "?" and feedback, as Resolume has them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from kaleidocam.control.desk import COMMANDS, Desk
from kaleidocam.control.osc_answers import ERROR, Answers
from kaleidocam.control.osc_line import Line, parse_address
from kaleidocam.control.osc_packets import Budget, read_messages
from kaleidocam.control.osc_patterns import is_pattern, matching
from kaleidocam.control.osc_senders import Asker, Peer, Senders
from kaleidocam.control.osc_subscribers import MOST_SUBSCRIBERS, Subscribers
from kaleidocam.control.osc_values import (
    BY,
    NORM,
    ROOT,
    as_osc,
    is_echo,
    is_pressed,
    is_question,
    name_of,
    port_of,
    share_of,
    text_in,
    value_of,
)
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import span

__all__ = ["Osc", "parse_address"]
COOKIE = f"{ROOT}cookie"
STALE_SECONDS = 0.2  # of a rest, after which what has come is thrown away: only hostile packets take so much work
BOUNCE_SECONDS = 0.03  # within which the same command again is a bounce: about a frame
MOST_WAITING = 16  # subscribers who have yet to send their cookie back; the newest count
KNOBS = (*(f"{NORM}{name}" for name in Look.model_fields if span(name)), *(ROOT + name for name in Look.model_fields))


class Osc:
    """Listens on `host`:`port` (0: any that is free; `address` and `told` say where, `is_open` whether other machines
    can reach it) until it is closed. UserError where that can't be had. `actions`: what else may be asked for with a
    name, such as "preset"; called on OSC's own thread."""

    def __init__(self, desk: Desk, host: str, port: int, *, actions: Mapping[str, Callable[[str], None]] = {}) -> None:
        self._desk, self._actions = desk, actions
        self._buttons = tuple(ROOT + name for name in (*COMMANDS, *actions))
        self._senders = Senders()
        self._waiting: dict[Peer, None] = {}  # subscribers who have yet to send their cookie back
        self._wanted: dict[str, tuple[Any, Asker]] = {}  # parameter: what it is to become, and who said so
        self._pressed_at: dict[str, float] = {}  # a command, time.monotonic
        self._budget = Budget()
        self._line = Line(host, port)
        self._answers = Answers(self._line)
        self._subscribers = Subscribers(self._answers.tell)
        self.address, self.told, self.is_open = self._line.address, self._line.told, self._line.is_open
        self._ended = threading.Event()
        self._unwatch = desk.watch(self._note)
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._unwatch()
        self._ended.set()
        self._line.wake_up()
        self._thread.join()
        self._line.close()

    def __enter__(self) -> "Osc":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _note(self, changes: Mapping[str, Any], by: str) -> None:
        """On the thread of whoever changed the desk: only notes it."""
        if self._subscribers.note(changes):
            self._line.wake_up()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._line.wait()
            self._budget.begin()
            for peer, packet in self._line.packets(self._budget):
                asker = self._senders.asker(peer, len(packet))
                self._answers.trying(asker, "a packet", self._read, asker, packet)
            self._play()
            self._subscribers.report(self._desk.base)
            rest = self._budget.rest()
            self._ended.wait(rest)
            if rest > STALE_SECONDS:
                self._line.forget(self._budget)

    def _read(self, asker: Asker, packet: bytes) -> None:
        if packet.startswith(ERROR.encode()):  # two that answer each other's errors would never stop
            return
        for address, values in read_messages(packet):
            if address != ERROR:
                self._answers.trying(asker, address, self._obey_all, asker, address, values)

    def _obey_all(self, asker: Asker, address: str, values: tuple) -> None:
        """One address, or all that a pattern means. Of many, those that can't take such a value are passed over, as
        long as any can."""
        found = matching(address, KNOBS, self._buttons) if is_pattern(address) else ()
        refused = []
        for each in found or (address,):
            try:
                self._obey(asker, each, values)
            except UserError as error:
                refused.append(error)
        if refused and len(refused) == len(found or (address,)):
            raise refused[0]

    def _obey(self, asker: Asker, address: str, values: tuple) -> None:
        if not address.startswith(ROOT):
            raise UserError(f"{BY}: no address '{address}'; they begin with {ROOT}")
        normed, name = address.startswith(NORM), address.removeprefix(NORM).removeprefix(ROOT)
        question = is_question(values)
        if name in Look.model_fields and not question:
            self._wanted[name] = (share_of if normed else value_of)(name, values), asker
            return
        self._play()  # in the order in which they came
        if normed or question:
            self._answers.give(asker, address, self._value(name, normed))
        elif name in ("subscribe", "unsubscribe"):
            self._subscribe(name, asker, asker.peer.at(port_of(values, asker.peer.address[1])))
        elif address == COOKIE:
            self._prove(asker.peer, text_in(values))
        elif name in COMMANDS:
            self._press(name, values)
        elif name in self._actions:
            self._actions[name](name_of(name, values))
        else:
            raise _unknown(name, (*Look.model_fields, *COMMANDS, *self._actions))

    def _press(self, name: str, values: tuple) -> None:
        now = time.monotonic()
        if is_pressed(name, values) and now - self._pressed_at.get(name, 0.0) > BOUNCE_SECONDS:
            self._pressed_at[name] = now
            self._desk.ask(name, BY)

    def _play(self) -> None:
        """Sets what has come for parameters, the last of each, in one go; where the desk refuses that, one by one."""
        wanted = {n: (v, who) for n, (v, who) in self._wanted.items() if not is_echo(n, v, self._desk.base)}
        self._wanted = {}
        try:
            if wanted:
                self._desk.set_all({name: value for name, (value, _) in wanted.items()}, BY)
        except Exception:  # of whatever kind: below, whoever sent the wrong value is told
            for name, (value, asker) in wanted.items():
                self._answers.trying(asker, ROOT + name, self._desk.set, name, value, BY)

    def _value(self, name: str, normed: bool) -> float | str:
        if name == "preset" and not normed:
            return self._desk.preset
        if name not in Look.model_fields:
            raise _unknown(name, Look.model_fields)
        return self._desk.share(name, BY) if normed else as_osc(getattr(self._desk.base, name))

    def _subscribe(self, how: str, asker: Asker, who: Peer) -> None:
        if how == "unsubscribe":
            self._waiting.pop(who, None)
            self._subscribers.remove(who)
        elif self._senders.is_known(who):
            if (oldest := self._subscribers.add(who)) is not None:
                self._answers.tell(
                    oldest, ERROR, f"{BY}: no longer subscribed: {MOST_SUBSCRIBERS} others came after you"
                )
        else:
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
            self._subscribe("subscribe", self._senders.asker(who, 0), who)


def _unknown(name: str, known: Any) -> UserError:
    return UserError(f"{BY}: no parameter '{name}'{nearest(name, known)}")
