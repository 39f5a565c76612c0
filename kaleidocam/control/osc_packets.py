"""OSC's packets: read without trust, and within a budget of work.

Invariant: whatever bytes come, reading them ends, and makes only messages that are whole; else a UserError says why.
"""

import time
from typing import Any, NamedTuple

from kaleidocam.control.osc_arguments import Untyped, read_arguments, read_string
from kaleidocam.errors import UserError

try:
    from pythonosc.osc_message_builder import build_msg
except ImportError as error:
    raise UserError("OSC needs python-osc: pip install 'kaleidocam[osc]'") from error

__all__ = ["LARGEST_PACKET", "Budget", "Message", "build_msg", "read_messages"]
SHARE = 0.03  # of one core, over any longer while
SAVED_SECONDS = 0.01  # of a core's time, at most saved up in quiet times: about a hundred changes at once
TURN_SECONDS = 0.01  # once it is used up: what has come meanwhile is played in one go
LONGEST_REST = 1.0
LARGEST_PACKET, LONGEST_ADDRESS, MOST_MESSAGES = 8192, 128, 64  # bytes, bytes, in a bundle; beyond, it is refused
BUNDLE, BUNDLE_HEAD = b"#bundle\0", 16
MOST_TAGS = 64
SLIP = b"\xc0"  # END of RFC 1055


class Budget:
    """SHARE of one core for the thread that uses it, by the time that it has really worked; a burst may use what was
    saved up before."""

    def __init__(self) -> None:
        self._spare, self._at = SAVED_SECONDS, time.monotonic()
        self._worked = 0.0

    def begin(self) -> None:
        now = time.monotonic()
        self._spare, self._at = min(SAVED_SECONDS, self._spare + SHARE * (now - self._at)), now
        self._worked = time.thread_time()

    def used_up(self) -> bool:
        return time.thread_time() - self._worked >= self._spare

    def due(self) -> float:
        """Seconds of sleep that are due by now."""
        spare = self._left()
        return 0.0 if spare > 0 else TURN_SECONDS - spare / SHARE

    def rest(self) -> float:
        """Seconds to sleep before the next `begin`, which must follow."""
        seconds, self._spare = self.due(), self._left()
        return seconds

    def _left(self) -> float:
        return max(self._spare - (time.thread_time() - self._worked), -SHARE * LONGEST_REST)


class Message(NamedTuple):
    """`address` may be a pattern; `values` as `read_arguments` gives them; `tag`: the time tag of its bundle, of all
    that it is in the latest; 0 where it is in none."""

    address: str
    values: tuple[Any, ...]
    tag: int = 0


def read_messages(packet: bytes) -> list[Message]:
    """Every message of a packet, of bundles within bundles too, in order. UserError where anything of it is broken:
    then none of it counts.

    python-osc's own reader of bundles sleeps until their time, and never ends where one gives a negative size; its
    reader of messages passes over types that it does not know.
    """
    try:
        return _read(packet)
    except ValueError as error:
        raise UserError(f"OSC: a packet that can't be read: {error}") from error


def _read(packet: bytes) -> list[Message]:
    if len(packet) > LARGEST_PACKET:
        raise ValueError(f"more than {LARGEST_PACKET} bytes")
    if _is_framed(packet):
        raise ValueError("it is framed as OSC over TCP is; send OSC over UDP, without SLIP or a length before it")
    elements, messages = [(packet, 0)], []
    while elements:
        element, tag = elements.pop()
        if element.startswith(BUNDLE):
            within = _elements(element)
            tag = max(tag, int.from_bytes(element[len(BUNDLE) : BUNDLE_HEAD], "big"))
            elements.extend((each, tag) for each in reversed(within))
        else:
            messages.append(_message(element)._replace(tag=tag))
        if len(messages) + len(elements) > MOST_MESSAGES:
            raise ValueError(f"a bundle of more than {MOST_MESSAGES} messages; send several")
    return messages


def _is_framed(packet: bytes) -> bool:
    length = len(packet) - 4
    return packet.startswith(SLIP) or (packet[4:5] in (b"/", b"#") and int.from_bytes(packet[:4], "big") == length)


def _elements(bundle: bytes) -> list[bytes]:
    if len(bundle) < BUNDLE_HEAD:
        raise ValueError("a bundle that is cut off")
    found, at = [], BUNDLE_HEAD
    while at < len(bundle):
        start, size = at + 4, int.from_bytes(bundle[at : at + 4], "big")
        at = start + size
        if at > len(bundle):
            raise ValueError("a message that is longer than its bundle")
        found.append(bundle[start:at])
    return found


def _message(element: bytes) -> Message:
    if not element.startswith(b"/"):
        raise ValueError("it is neither a message, which begins with '/', nor a bundle" if element else "it is empty")
    if b"\0" not in element[: LONGEST_ADDRESS + 1] and len(element) > LONGEST_ADDRESS:
        raise ValueError(f"an address of more than {LONGEST_ADDRESS} bytes")
    address, at = read_string(element, 0)
    if element[at : at + 1] != b",":
        return Message(address, (Untyped(element[at:]),) if element[at:] else ())
    tags, at = read_string(element, at)
    if len(tags) > MOST_TAGS:
        raise ValueError(f"more than {MOST_TAGS} arguments")
    return Message(address, tuple(read_arguments(tags[1:], element, at)))
