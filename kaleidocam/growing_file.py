"""Files that grow for as long as a performance lasts, and that nobody can make anew.

Invariant: an existing file is never opened for writing; what was written is on the disk itself within a second, so
that neither a crash nor a power cut takes more; and other programs can see that the file still grows.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

SYNC_SECONDS = 0.5  # between two times that the disk is told to keep what was written


class GrowingFile:
    """The new file `path`, with what PyAV asks of one: `write`, `seek`, `tell`. Call `end` exactly once.

    FileExistsError if there is something of that name, or another OSError if it can't be made; `write` and `end` raise
    OSError if the disk fails.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)
        _mark(self._file.fileno())
        self.error: OSError | None = None  # the first; from then on nothing is written
        self._dirty, self._ended = False, threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sync", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> int:
        if self.error:
            raise self.error
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            self.error = error
            raise
        self._dirty = True
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    @property
    def closed(self) -> bool:
        """Whether it has ended. PyAV then writes no end of the film either, as in one that breaks off."""
        return self._ended.is_set()

    def end(self) -> None:
        """Closes the file; all of it is on the disk when this returns."""
        self._ended.set()
        self._thread.join()
        with self._file:
            os.fsync(self._file.fileno())

    def _keep(self) -> None:
        while not self._ended.wait(SYNC_SECONDS):
            if self._dirty:
                self._dirty = False
                try:
                    os.fsync(self._file.fileno())
                except OSError as error:  # raised again by `write`
                    self.error = error
                    return


if sys.platform == "win32":

    def _mark(handle: int) -> None:
        """Windows itself lets nobody rename or delete an open file."""

    def grows(path: Path) -> bool:
        """Whether a program still writes the `GrowingFile` at `path`: then not even its own name can be given to it."""
        try:
            os.rename(path, path)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

else:
    import fcntl

    def _mark(handle: int) -> None:
        _locked(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB))

    def grows(path: Path) -> bool:
        """Whether a program still writes the `GrowingFile` at `path`. The system takes the lock off when it ends."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe of that name must not hold this up
        except OSError:
            return False
        try:
            return _locked(lambda: fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB))
        finally:
            os.close(handle)

    def _locked(lock: Callable[[], None]) -> bool:
        """Whether another one holds the lock; False where a file system has no locks."""
        try:
            lock()
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False
