"""What OSC answers, as much as may be sent to the asker; and what it logs, once for each subject.

Invariant: whatever is tried for somebody, an error is answered and noted, and ends nothing.
"""

import logging
from collections.abc import Callable
from typing import Any

from kaleidocam.control.osc_line import Line
from kaleidocam.control.osc_packets import build_msg
from kaleidocam.control.osc_senders import Asker, Peer
from kaleidocam.control.osc_values import BY, ROOT
from kaleidocam.errors import UserError

log = logging.getLogger(__name__)

ERROR = f"{ROOT}error"
LONGEST_LINE = 600  # characters of an error
MOST_TOLD = 20  # lines that are logged; a busy surface of another program has no end of what can't be done


class Answers:
    """Sends by `line`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._noted: set[str] = set()

    def tell(self, who: Peer, address: str, value: float | str) -> None:
        """To somebody who is known to be there."""
        self._line.send(who, build_msg(address, [value]).dgram)

    def give(self, asker: Asker, address: str, value: float | str, *, to: Peer | None = None) -> None:
        """To the asker, or to another port there, if so much may be sent; an error is cut to what may be sent."""
        packet = build_msg(address, [value]).dgram
        if address == ERROR and asker.room is not None and len(packet) > asker.room:
            fits = max(0, asker.room - len(build_msg(ERROR, [""]).dgram))
            packet = build_msg(ERROR, [str(value).encode("ascii", "replace")[:fits].decode()]).dgram
        if asker.takes(len(packet)):
            self._line.send(to or asker.peer, packet)

    def trying(self, asker: Asker, subject: str, do: Callable[..., None], *given: Any) -> None:
        """Does something for somebody. `subject`: what it is about, an address or a word for people."""
        try:
            do(*given)
        except UserError as error:
            self._complain(asker, subject, str(error))
        except Exception as error:  # of an action, or another surface that is told: OSC goes on
            self._complain(asker, subject, f"{BY}: {type(error).__name__}: {error}")

    def note(self, subject: str, line: str) -> None:
        """Logs a line, once for each subject."""
        if subject in self._noted or len(self._noted) > MOST_TOLD:
            return
        self._noted.add(subject)
        rest = "; what else OSC can't do is answered, and not told here" if len(self._noted) > MOST_TOLD else ""
        log.info("".join(letter if letter.isprintable() else "?" for letter in line) + rest)

    def _complain(self, asker: Asker, subject: str, line: str) -> None:
        line = " ".join(line.encode(errors="replace").decode().split())[:LONGEST_LINE]
        self.give(asker, ERROR, line)
        self.note(subject if subject.startswith("/") else line, line)
