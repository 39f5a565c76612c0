"""Keeps the frameworks' start-up lines off a performer's terminal, and Ctrl-C out of their start-up.

Invariant: no message is lost when something fails: the held lines are printed with the error. Nor is a Ctrl-C: it comes
when the start-up is over.
"""

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
    lines: it writes them before it reads the level. Signals are held back too, as `unbroken` does."""
    sys.stderr.flush()
    with unbroken(), tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            with suppress(OSError):  # a closed or full standard error
                os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


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
