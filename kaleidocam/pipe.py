"""Pipes in place of files: `-` (stdin), a FIFO, a process substitution such as /dev/fd/63.

Invariant: nothing is opened to find out whether a name is a pipe.
"""

import logging
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kaleidocam.errors import UserError, reason

log = logging.getLogger(__name__)

STDIN = "-"
CHUNK = 1 << 20  # bytes
READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)  # else Windows changes line ends, and stops at a byte 26


def is_pipe(text: str) -> bool:
    """Whether a text names a pipe. A file named `-` is `./-`."""
    if text == STDIN:
        return True
    try:
        mode = os.stat(text).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


class Pipe:
    """A pipe, to be read from front to end. To open it waits until something writes to it. Closed with its last
    reference, as PyAV closes no file that it is given. UserError if there is none."""

    def __init__(self, text: str) -> None:
        self._handle: int | None = None
        if text == STDIN and (sys.stdin is None or sys.stdin.isatty()):
            raise UserError("'-' reads from a pipe, and nothing is piped in; give a file, or pipe one in")
        try:
            self._handle = os.dup(sys.stdin.fileno()) if text == STDIN else os.open(text, READING)
        except OSError as error:
            raise UserError(f"the pipe '{text}' can't be read: {reason(error)}") from error

    def read(self, count: int) -> bytes:
        """`count` bytes at most; none at the end."""
        assert self._handle is not None  # it is open
        return os.read(self._handle, count)

    def __del__(self) -> None:
        if self._handle is not None:
            os.close(self._handle)


@contextmanager
def as_file(text: str, beside: Path) -> Iterator[str]:
    """A name to read `text` by more than once: its own, or if it is a pipe, that of a file in the folder `beside`, into
    which all of it is read first and which is deleted afterward. UserError if it can't be read or kept."""
    if not is_pipe(text):
        yield text
        return
    path = _kept(text, Pipe(text), beside)
    try:
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


def _kept(text: str, pipe: Pipe, beside: Path) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".piped", dir=beside)
    except OSError as error:
        raise UserError(f"the pipe '{text}' can't be kept in '{beside}': {reason(error)}") from error
    path = Path(name)
    log.info(
        f"'{text}' is a pipe, and a film is read more than once: it is kept in {path} until the film is made; "
        "to continue after an interruption, pipe in the same again"
    )
    try:
        with os.fdopen(handle, "wb") as file:
            while data := pipe.read(CHUNK):
                file.write(data)
            if not file.tell():
                raise UserError(f"nothing came through the pipe '{text}'; check the program that writes to it")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise UserError(f"the pipe '{text}' can't be kept in '{path}': {reason(error)}") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
