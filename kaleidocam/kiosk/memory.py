"""How much memory a process holds.

Invariant: what the system does not tell is None; nothing here fails.
"""

import os
import subprocess
import sys
from pathlib import Path

MIB = 2**20
ASK_SECONDS = 2.0


def memory_of(process: int) -> float | None:
    """Resident memory in MiB."""
    try:
        if sys.platform == "linux":
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            return round(pages * os.sysconf("SC_PAGE_SIZE") / MIB, 1)
        if sys.platform == "win32":
            return _on_windows(process)
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, timeout=ASK_SECONDS
        )
        return round(int(told.stdout) / 1024, 1)
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


def _on_windows(process: int) -> float | None:
    """By PROCESS_MEMORY_COUNTERS of psapi."""
    import ctypes
    from ctypes import wintypes

    class Counters(ctypes.Structure):
        _fields_ = [("cb", wintypes.DWORD), ("faults", wintypes.DWORD)] + [
            (name, ctypes.c_size_t) for name in ("peak", "working_set", *(f"rest{i}" for i in range(6)))
        ]

    system = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    system.OpenProcess.restype = wintypes.HANDLE
    handle = system.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return None
    counters = Counters(cb=ctypes.sizeof(Counters))
    asked = system.K32GetProcessMemoryInfo(wintypes.HANDLE(handle), ctypes.byref(counters), counters.cb)
    system.CloseHandle(wintypes.HANDLE(handle))
    return round(counters.working_set / MIB, 1) if asked else None
