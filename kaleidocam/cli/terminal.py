"""Words to the person at the terminal.

Invariant: they go to stderr, never into a pipe's data. Below the commands nothing writes there: it logs.
"""

import logging
import sys


def say(text: str) -> None:
    """One line."""
    sys.stderr.write(f"kaleidocam: {text}\n")


class _OnStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def listen() -> None:
    """From now on, what the package logs is said here."""
    log = logging.getLogger("kaleidocam")
    if not any(isinstance(handler, _OnStderr) for handler in log.handlers):
        log.addHandler(_OnStderr(logging.INFO))
        log.setLevel(logging.INFO)
        log.propagate = False
