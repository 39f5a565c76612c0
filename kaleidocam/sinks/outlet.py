"""Where the bytes of a film go that is written to a pipe: the standard output (`-`), or a FIFO.

Invariant: from then on nothing else is written to the standard output: what any library prints there goes to the
standard error.
"""

import errno
import os
import select
import stat
import sys

from kaleidocam.errors import ReaderGone, UserError, reason
from kaleidocam.pipe import STDIN, is_pipe

STDOUT = (STDIN, "pipe:", "pipe:1", "/dev/stdout")  # the names that ffmpeg and the shells have for it
AT_ONCE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes without a wait, once it takes any
LARGE = 1 << 20  # bytes at once for a file, which never lets one wait, and on Windows, where that can't be asked
WAIT_SECONDS = 0.2  # between two looks whether the wait is to end
_GONE = (errno.EPIPE, errno.ESHUTDOWN, *([errno.EINVAL] if os.name == "nt" else []))
WRITING = os.O_WRONLY | getattr(os, "O_BINARY", 0)


def is_outlet(text: str) -> bool:
    """Whether a text names the standard output or a FIFO, as a place to write to. A file named `-` is `./-`."""
    return text in STDOUT or is_pipe(text)


class Outlet:
    """A pipe, to be written from front to end. `write` waits for the reader. A FIFO is opened once something reads it.
    UserError for a terminal, or if it can't be opened."""

    closed = False  # as PyAV asks a file: whether nothing can be written any more

    def __init__(self, text: str) -> None:
        self.text, self._cut = text, False
        try:
            self._handle = _stdout() if text in STDOUT else os.open(text, WRITING)
        except OSError as error:
            raise UserError(f"the pipe '{text}' can't be written: {reason(error)}") from error
        file = os.name == "nt" or stat.S_ISREG(os.fstat(self._handle).st_mode)
        self._most = LARGE if file else AT_ONCE

    def write(self, data: bytes) -> int:
        """Returns when the pipe has all of it. ReaderGone where nothing reads it any more, or after `cut`; OSError if
        the disk fails."""
        left = memoryview(data)
        try:
            while left:
                if self._free():
                    left = left[os.write(self._handle, left[: self._most]) :]
                elif self._cut:
                    raise BrokenPipeError(errno.EPIPE, "its reader takes nothing")
        except OSError as error:
            self.closed = True
            if error.errno in _GONE:
                raise ReaderGone(f"the reader of the pipe '{self.text}' has gone") from error
            raise
        return len(data)

    def cut(self) -> None:
        """Ends a `write` that waits. Any thread."""
        self._cut = True

    def close(self) -> None:
        """The reader sees the end."""
        self.closed = True
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def _free(self) -> bool:
        """Whether it takes some bytes at once; on Windows that can't be known."""
        return os.name == "nt" or bool(select.select([], [self._handle], [], WAIT_SECONDS)[1])


def _stdout() -> int:
    """The handle of the standard output, which from now on is nobody else's."""
    global _taken
    if _taken:
        raise UserError("the standard output ('-') is written to already; give it once")
    if os.isatty(1):
        raise UserError("the film would be written to this terminal; pipe it into a program, or give a file")
    sys.stdout.flush()
    handle = os.dup(1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(handle, os.O_BINARY)  # else a line break becomes two bytes
    os.dup2(2, 1)
    _taken = True
    return handle


_taken = False
