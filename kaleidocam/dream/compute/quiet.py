"""Keeps the frameworks' start-up lines off a performer's terminal.

Invariant: nothing is lost when something goes wrong: what was held back is printed with the error.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Holds back what native code writes to standard error. No log level of TensorFlow's reaches its first lines,
    which it writes before it has read any."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
