"""OSC: any control surface plays the desk over UDP.

Invariant: what arrives is hostile until the desk has accepted it. All of it together, whatever it is and however much,
costs no more than the budget's share of one core; what there is no time for is lost in the socket, unread.

    /kaleidocam/PARAMETER value      in its own unit; a text where it is one   /kaleidocam/norm/PARAMETER share   0 to 1
    either with "?"                  answers the sender at the same address
    /kaleidocam/COMMAND              one of desk.COMMANDS; with 1 as well, and 0 (the button let go) does nothing
    /kaleidocam/preset NAME          and other actions that take a name
    /kaleidocam/subscribe [port]     every value now, then every change by whatever hand, to the sender, at its port or
    /kaleidocam/unsubscribe [port]   the one given; no longer
    /kaleidocam/error                one line on what could not be done, to whoever asked; ignored when it arrives

Bundles are played as they come, whatever time they bear.
Sources: Open Sound Control 1.0 (Wright 2002); fixed addresses, plain floats, "?" and feedback, as Resolume has them.
"""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from kaleidocam.control.desk import COMMANDS, Desk
from kaleidocam.control.osc_packets import LARGEST_PACKET, Budget, OscMessage, build_msg, read_messages
from kaleidocam.control.osc_subscribers import MOST_SUBSCRIBERS, Address, Subscribers
from kaleidocam.control.osc_values import (
    BY,
    NORM,
    ROOT,
    as_osc,
    is_echo,
    is_pressed,
    name_of,
    port_of,
    share_of,
    value_of,
)
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Look

ERROR = f"{ROOT}error"
HERE = "127.0.0.1"
LONGEST_LINE = 600  # characters of an error
STALE_SECONDS = 0.2  # of a rest, after which what has come is thrown away: only hostile packets take so much work
BOUNCE_SECONDS = 0.03  # within which the same command again is a bounce: about a frame


def parse_address(text: str) -> tuple[str, int]:
    """`"[HOST:]PORT"` -> (host, port); without a host it is this machine's own. UserError where it is neither."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if colon else HERE
    if not (host and port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise UserError(f"--osc is '{text}'; give PORT (0 to 65535) or HOST:PORT, such as 9000 or 0.0.0.0:9000")
    return host, int(port)


class Osc:
    """Listens on `host`:`port` (0: any that is free; `address` tells) until it is closed. UserError where that can't be
    had. `actions`: what else may be asked for with a name, such as "preset"; called on OSC's own thread."""

    def __init__(self, desk: Desk, host: str, port: int, *, actions: Mapping[str, Callable[[str], None]] = {}) -> None:
        self._desk, self._actions = desk, actions
        self._subscribers = Subscribers(self._send)
        self._wanted: dict[str, tuple[Any, Address]] = {}  # parameter: what it is to become, and who said so
        self._pressed_at: dict[str, float] = {}  # a command, time.monotonic
        self._budget = Budget()
        self._socket = _listen(host, port)
        self.address: Address = self._socket.getsockname()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._ended = threading.Event()
        self._unwatch = desk.watch(self._note)
        self._thread = threading.Thread(target=self._run, name="osc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._unwatch()
        self._ended.set()
        self._wake_up()
        self._thread.join()
        for used in (self._socket, self._wake, self._woken):
            used.close()

    def __enter__(self) -> "Osc":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _note(self, changes: Mapping[str, Any], by: str) -> None:
        """On the thread of whoever changed the desk: only notes it."""
        if self._subscribers.note(changes):
            self._wake_up()

    def _wake_up(self) -> None:
        with suppress(OSError):  # full: it is awake
            self._wake.send(b"\0")

    def _run(self) -> None:
        while not self._ended.is_set():
            ready = select.select([self._socket, self._woken], [], [])[0]
            if self._woken in ready:
                self._woken.recv(4096)
            self._budget.begin()
            for sender, message in self._waiting():
                if message.address != ERROR:  # two that answer each other's errors would never stop
                    self._answering(sender, self._obey, sender, message.address, tuple(message))
            self._play()
            self._subscribers.report(self._desk.base)
            rest = self._budget.rest()
            self._ended.wait(rest)
            if rest > STALE_SECONDS:
                self._forget()

    def _waiting(self) -> Iterator[tuple[Address, OscMessage]]:
        """What has come, until there is no more, or no time left for it."""
        while not self._budget.used_up():
            try:
                packet, sender = self._socket.recvfrom(LARGEST_PACKET + 1)
            except OSError:  # nothing there; on Windows also: someone to whom something was sent is gone
                return
            for message in read_messages(packet):
                yield sender, message

    def _forget(self) -> None:
        """Throws away what has come; otherwise the work of a flood would go on long after it."""
        self._budget.begin()
        with suppress(OSError):
            while not self._budget.used_up():
                self._socket.recvfrom(LARGEST_PACKET)
        self._budget.rest()

    def _obey(self, sender: Address, address: str, values: tuple) -> None:
        if not address.startswith(ROOT):
            raise UserError(f"{BY}: no address '{address}'; they begin with {ROOT}")
        normed, name = address.startswith(NORM), address.removeprefix(NORM).removeprefix(ROOT)
        if values != ("?",) and name in Look.model_fields:
            self._wanted[name] = (share_of if normed else value_of)(name, values), sender
            return
        self._play()  # in the order in which they came
        if normed or values == ("?",):
            self._send(sender, address, self._value(name, normed))
        elif name in ("subscribe", "unsubscribe"):
            self._subscribe(name, (sender[0], port_of(values, sender[1]), *sender[2:]))
        elif name in COMMANDS:
            now = time.monotonic()
            if is_pressed(name, values) and now - self._pressed_at.get(name, 0.0) > BOUNCE_SECONDS:
                self._pressed_at[name] = now
                self._desk.ask(name, BY)
        elif name in self._actions:
            self._actions[name](name_of(name, values))
        else:
            raise _unknown(name, (*Look.model_fields, *COMMANDS, *self._actions))

    def _play(self) -> None:
        """Sets what has come for parameters, the last of each, in one go; where the desk refuses that, one by one."""
        wanted = {n: (v, who) for n, (v, who) in self._wanted.items() if not is_echo(n, v, self._desk.base)}
        self._wanted = {}
        try:
            if wanted:
                self._desk.set_all({name: value for name, (value, _) in wanted.items()}, BY)
        except Exception:  # of whatever kind: below, whoever sent the wrong value is told
            for name, (value, sender) in wanted.items():
                self._answering(sender, self._desk.set, name, value, BY)

    def _value(self, name: str, normed: bool) -> float | str:
        if name == "preset" and not normed:
            return self._desk.preset
        if name not in Look.model_fields:
            raise _unknown(name, Look.model_fields)
        return self._desk.share(name, BY) if normed else as_osc(getattr(self._desk.base, name))

    def _subscribe(self, how: str, who: Address) -> None:
        if how == "unsubscribe":
            self._subscribers.remove(who)
        elif (oldest := self._subscribers.add(who)) is not None:
            self._complain(oldest, f"{BY}: no longer subscribed: {MOST_SUBSCRIBERS} others came after you")

    def _answering(self, sender: Address, do: Callable[..., None], *given: Any) -> None:
        try:
            do(*given)
        except UserError as error:
            self._complain(sender, str(error))
        except Exception as error:  # of an action, or another surface that is told: OSC goes on
            self._complain(sender, f"{BY}: {type(error).__name__}: {error}")

    def _complain(self, who: Address, line: str) -> None:
        line = line.encode(errors="replace").decode()
        self._send(who, ERROR, " ".join(line.split())[:LONGEST_LINE])

    def _send(self, who: Address, address: str, value: float | str) -> None:
        with suppress(OSError):  # nobody there any more, or no room: UDP promises nothing
            self._socket.sendto(build_msg(address, [value]).dgram, who)


def _listen(host: str, port: int) -> socket.socket:
    opened = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        opened = socket.socket(family, kind)
        opened.bind(address)
    except (OSError, OverflowError, UnicodeError) as error:
        if opened:
            opened.close()
        why = getattr(error, "strerror", None) or error
        raise UserError(f"OSC can't listen on {host}:{port}: {why}; give another with --osc HOST:PORT") from error
    opened.setblocking(False)
    return opened


def _unknown(name: str, known: Any) -> UserError:
    return UserError(f"{BY}: no parameter '{name}'{nearest(name, known)}")
