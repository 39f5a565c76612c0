"""Keeps the frameworks' start-up lines off a performer's terminal, and Ctrl-C out of their start-up.

Invariant: no message is lost when something fails: the held lines are printed with the error. What other threads print
meanwhile is not held. Nor is a Ctrl-C lost: it comes when the start-up is over.
"""

import io
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


@contextmanager
def quiet() -> Iterator[None]:
    """Holds back the lines that native code writes to standard error. TensorFlow's log level can't suppress its first
    lines: it writes them before it reads the level. Signals are held back too, as `unbroken` does. One thread at a
    time; Python's own lines of the others are printed as ever."""
    with _one, unbroken(), tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        plain = sys.stderr
        sys.stderr = others = _OfOthers(plain, kept)
        try:
            yield
        except BaseException:
            held.seek(0)
            with suppress(OSError):  # a closed or full standard error
                os.write(kept, held.read())
            raise
        finally:
            sys.stderr = plain
            others.end()
            os.dup2(kept, 2)
            os.close(kept)


_one = threading.RLock()  # both replace what belongs to the whole process


class _OfOthers(io.TextIOBase):
    """Prints on `kept`, a file's number, what threads other than this one write, until `end`; the rest goes to
    `plain`, also from whoever keeps it."""

    def __init__(self, plain: Any, kept: int) -> None:
        self._plain, self._kept, self._thread = plain, kept, threading.get_ident()
        self._ended, self._lock = False, threading.Lock()

    def end(self) -> None:
        with self._lock:
            self._ended = True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # read-only here
        return getattr(self._plain, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        with self._lock:
            if not self._ended and threading.get_ident() != self._thread:
                with suppress(OSError):  # a closed or full standard error
                    os.write(self._kept, text.encode(self.encoding, "backslashreplace"))
                return len(text)
        return self._plain.write(text)

    def flush(self) -> None:
        self._plain.flush()

    def fileno(self) -> int:
        return self._plain.fileno()

    def isatty(self) -> bool:
        return self._plain.isatty()


@contextmanager
def unbroken() -> Iterator[None]:
    """Holds back the first Ctrl-C, or SIGTERM, until the end: in the middle of native code that calls Python, the
    exception that it raises can abort the program. A second one comes at once. On the main thread only, since Python
    handles signals there."""
    came: list[int] = []
    handlers: dict[int, Any] = {}

    def note(number: int, frame: object) -> None:
        came.append(number)
        signal.signal(number, handlers[number])

    if threading.current_thread() is threading.main_thread():
        for kind in (signal.SIGINT, signal.SIGTERM):
            if callable(handler := signal.getsignal(kind)):
                handlers[kind] = handler
                signal.signal(kind, note)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
