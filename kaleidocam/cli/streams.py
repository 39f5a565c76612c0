"""The program's standard streams, in whatever state they are: closed, full, or with nobody at the other end.

Invariant: writing to them raises nothing, so that no work ends because it can't be told; what could not be told is
known at the end.
"""

import errno
import io
import os
import select
import sys
from typing import IO, Any

WAIT_SECONDS = 1.0  # for a reader that does not wait for data itself, and is slow


class _Firm(io.RawIOBase):
    """Writes to `raw`; `lost` is the first error. The rest is still written, if it can be: a disk may have room
    again."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.lost: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return os.isatty(self.fileno())

    def write(self, data: Any) -> int:
        left = memoryview(data).cast("B")
        try:
            while left:
                written = self._raw.write(left)
                if written is None and not select.select([], [self], [], WAIT_SECONDS)[1]:
                    raise BlockingIOError(errno.EAGAIN, "its reader does not take it")
                left = left[written or 0 :]
        except (OSError, ValueError) as error:
            self.lost = self.lost or (error if isinstance(error, OSError) else OSError(errno.EBADF, str(error)))
        return len(data)


class Streams:
    """Makes `sys.stdin`, `sys.stdout` and `sys.stderr` such that they can be used, until the program ends. `spare`:
    what goes to the standard output only reports the work."""

    def __init__(self) -> None:
        self.spare = False
        for handle in range(3):
            try:
                os.fstat(handle)
            except OSError:  # closed: the next file to be opened would be written to by whatever prints
                os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
        sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        self._answer, out = _firm(sys.stdout, 1)
        _, err = _firm(sys.stderr, 2)
        sys.stdout, sys.stderr = out, err

    @property
    def unheard(self) -> OSError | None:
        """Why something of what was written to the standard output did not arrive."""
        sys.stdout.flush()
        return self._answer.lost

    @property
    def gone(self) -> bool:
        """Whether the reader of the standard output has closed it, as `head` does."""
        return self.unheard is not None and self.unheard.errno in (errno.EPIPE, errno.ESHUTDOWN)


def _firm(stream: IO[str] | None, handle: int) -> tuple[_Firm, io.TextIOWrapper]:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)  # on Windows it writes to the console in its own way
    firm = _Firm(raw or io.FileIO(handle, "w", closefd=False))
    encoding, at_once = getattr(stream, "encoding", None), handle == 2 or firm.isatty()
    told = io.TextIOWrapper(
        io.BufferedWriter(firm), encoding or "utf-8", errors="backslashreplace", line_buffering=at_once
    )
    return firm, told
