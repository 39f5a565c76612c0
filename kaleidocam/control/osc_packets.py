"""OSC's packets: read without trust, and within a budget of work.

Invariant: whatever bytes come, reading them ends, raises nothing, and makes only messages that are whole.
"""

import re
import time

from kaleidocam.errors import UserError

try:
    from pythonosc.osc_message import OscMessage, ParseError
    from pythonosc.osc_message_builder import build_msg
except ImportError as error:
    raise UserError("OSC needs python-osc: pip install 'kaleidocam[osc]'") from error

__all__ = ["LARGEST_PACKET", "Budget", "OscMessage", "build_msg", "read_messages"]
SHARE = 0.03  # of one core, over any longer while
SAVED_SECONDS = 0.01  # of a core's time, at most saved up in quiet times: about a hundred changes at once
TURN_SECONDS = 0.01  # once it is used up: what has come meanwhile is played in one go
LONGEST_REST = 1.0
LARGEST_PACKET, LONGEST_ADDRESS, MOST_MESSAGES = 8192, 128, 64  # bytes, bytes, in a bundle; beyond, it is dropped
BUNDLE, BUNDLE_HEAD = b"#bundle\0", 16
# Arguments of other kinds mean nothing here, and python-osc logs a line for each that it does not know.
_TAGS = re.compile(rb",[ifdhsTFN]{0,8}\0")


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

    def rest(self) -> float:
        """Seconds to sleep before the next `begin`."""
        self._spare -= time.thread_time() - self._worked
        if self._spare > 0:
            return 0.0
        self._spare = max(self._spare, -SHARE * LONGEST_REST)
        return TURN_SECONDS - self._spare / SHARE


def read_messages(packet: bytes) -> list[OscMessage]:
    """Every message of a packet, of bundles within bundles too, in order; none where anything of it is broken.

    python-osc's own reader of bundles sleeps until their time, and never ends where one gives a negative size.
    """
    elements, messages = [packet] * (len(packet) <= LARGEST_PACKET), []
    try:
        while elements:
            element = elements.pop()
            if element.startswith(BUNDLE):
                elements.extend(reversed(_elements(element)))
            else:
                messages.append(_message(element))
            if len(messages) + len(elements) > MOST_MESSAGES:
                return []
    except (ParseError, ValueError):
        return []
    return messages


def _elements(bundle: bytes) -> list[bytes]:
    found, at = [], BUNDLE_HEAD
    while at < len(bundle):
        start, size = at + 4, int.from_bytes(bundle[at : at + 4], "big")
        at = start + size
        if at > len(bundle):
            raise ValueError("an element longer than its bundle")
        found.append(bundle[start:at])
    return found


def _message(element: bytes) -> OscMessage:
    end = element.find(b"\0")
    tags = end // 4 * 4 + 4
    if (
        not element.startswith(b"/")
        or not 0 < end <= LONGEST_ADDRESS
        or (tags < len(element) and not _TAGS.match(element, tags))
    ):
        raise ValueError("no message, or arguments of other kinds")
    return OscMessage(element)
