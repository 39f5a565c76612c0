"""Messages to the person at the terminal.

Invariant: they go to stderr, never into the data of a pipe. Code below the commands does not write to stderr: it logs.
"""

import logging
import sys

from kaleidocam.address import without_secrets_in
from kaleidocam.errors import shown


def say(text: str) -> None:
    """Writes one line."""
    sys.stderr.write(f"kaleidocam: {shown(text)}\n")


class _OnStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(without_secrets_in(record.getMessage()))


def listen() -> None:
    """From now on, the log lines of the package are shown to the person too."""
    log = logging.getLogger("kaleidocam")
    if not any(isinstance(handler, _OnStderr) for handler in log.handlers):
        log.addHandler(_OnStderr(logging.INFO))
        log.setLevel(logging.INFO)
        log.propagate = False
