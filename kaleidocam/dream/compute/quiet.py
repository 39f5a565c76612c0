"""Keeps the frameworks' start-up lines off a performer's terminal.

Invariant: no message is lost when something fails: the held lines are printed with the error.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def quiet() -> Iterator[None]:
    """Holds back the lines that native code writes to standard error. TensorFlow's log level can't suppress its first
    lines: it writes them before it reads the level."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
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
