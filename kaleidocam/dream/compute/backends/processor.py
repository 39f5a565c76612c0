"""The number formats that this processor supports.

Invariant: the answer comes from the system, at once; where the system does not say, the answer is no.
"""

from functools import cache

BFLOAT16_FLAGS = {"amx_bf16", "avx512_bf16"}  # other processors emulate bfloat16, slower


@cache
def computes_bfloat16() -> bool:
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((set(line.split()) for line in file if line.startswith("flags")), set())
    except OSError:  # no such file on macOS and Windows
        flags = set()
    return bool(flags & BFLOAT16_FLAGS)
