"""Gives the memory of a channel that is no longer dreamed back to the system.

Invariant: only memory that nothing uses is touched; where the C library can't give any back, nothing happens.
"""

import ctypes
import gc
import sys


def give_back() -> None:
    """Ends what holds itself in a circle, as TensorFlow's graphs do, and returns what the C library keeps free. Without
    it every new channel leaves some 10 MiB behind (measured over 16 of them), which ends a long performance."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others do not
        if trim:
            trim(0)
