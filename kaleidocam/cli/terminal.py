"""Messages to the person at the terminal.

Invariant: they go to stderr, never into the data of a pipe. Code below the commands does not write to stderr: it logs.
"""

import logging
import os
import sys

from kaleidocam.address import without_secrets_in
from kaleidocam.errors import shown

WIDTH = 79  # characters of a line that is written over later: a longer one would take two


def say(text: str) -> None:
    """Writes one line."""
    sys.stderr.write(f"{_over()}kaleidocam: {shown(text)}\n")


def draw(lines: str) -> None:
    """Shows a drawing of our own to a person at a terminal that can show it."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        try:
            sys.stderr.write(lines)
        except UnicodeEncodeError:  # of half blocks
            pass


def wait_for(text: str) -> None:
    """Tells a person at a terminal what is waited for, until the next line or bar, which is written over it. In a file
    nobody waits."""
    global _waiting
    if sys.stderr.isatty():
        line = shown(without_secrets_in(text))[:WIDTH]
        sys.stderr.write(f"{_over()}{line}\r")
        sys.stderr.flush()
        _waiting = len(line)


def _over() -> str:
    """What removes a line that was only to be waited with."""
    global _waiting
    before, _waiting = _waiting, 0
    return " " * before + "\r" * bool(before)


_waiting = 0  # characters of such a line


class _OnStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """A record marked `waiting` says what is waited for, and matters to nobody afterwards."""
        tell = wait_for if getattr(record, "waiting", False) else say
        tell(without_secrets_in(record.getMessage()))


def listen() -> None:
    """From now on, the log lines of the package are shown to the person too."""
    log = logging.getLogger("kaleidocam")
    if not any(isinstance(handler, _OnStderr) for handler in log.handlers):
        log.addHandler(_OnStderr(logging.INFO))
        log.setLevel(logging.INFO)
        log.propagate = False
