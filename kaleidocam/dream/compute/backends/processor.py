"""What this processor can compute.

Invariant: it is read from the system, in no time; where that does not tell, the answer is no.
"""

from functools import cache

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}  # others emulate it, slower


@cache
def computes_bfloat16() -> bool:
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((set(line.split()) for line in file if line.startswith("flags")), set())
    except OSError:  # no such file on macOS and Windows
        flags = set()
    return bool(flags & BFLOAT16_FLAGS)
