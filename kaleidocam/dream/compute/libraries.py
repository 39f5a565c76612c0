"""A framework's large libraries, loaded so that the program's other threads go on meanwhile.

Invariant: nothing depends on it. What can't be loaded here is loaded by the framework's import, as ever.
"""

import ctypes
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

JAXLIB = "jaxlib", ("libjax_common.*",)  # arguments of `load`, for all who import JAX


def load(package: str, patterns: Sequence[str]) -> None:
    """Loads the first library that each of `patterns` finds in the folder of `package`. An import would hold Python's
    lock while the system does this: some tenths of a second for a large one, seconds where it has to be read from the
    disk. A call of a foreign function does not.
    Does nothing on Windows."""
    spec = find_spec(package)
    if sys.platform == "win32" or spec is None or spec.origin is None:
        return
    system = ctypes.CDLL(None)
    system.dlopen.argtypes, system.dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    for pattern in patterns:
        for library in sorted(Path(spec.origin).parent.glob(pattern))[:1]:
            system.dlopen(os.fsencode(library), sys.getdlopenflags())
