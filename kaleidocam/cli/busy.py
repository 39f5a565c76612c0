"""Whether this machine is busy with something else right now, or slowed down, so that what is measured is too low.

Invariant: what a system does not tell counts as not known, never as idle; nothing here fails.
"""

import os
import platform
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROBE_SECONDS, LONG_PROBE = 0.5, 3.0
MOST_TAKEN = 0.1  # of the cores: a mail program and a desktop take less
MUCH_LOAD = 0.5  # processes that want to run, for each core: then it is looked at for longer
MUCH_STOLEN = 0.02  # of the cores, by other virtual machines
STAT = Path("/proc/stat")
AUTOGROUP, OWN_GROUP = Path("/proc/sys/kernel/sched_autogroup_enabled"), Path("/proc/self/autogroup")
CPUFREQ, SUPPLIES = Path("/sys/devices/system/cpu"), Path("/sys/class/power_supply")
IDLE, IOWAIT, STEAL = 3, 4, 7  # columns of /proc/stat after the name (man 5 proc)


@dataclass(frozen=True)
class Times:
    """Seconds of all cores together, since any moment: `busy`; `stolen` by other virtual machines; `all` of them."""

    busy: float
    stolen: float
    all: float


@dataclass(frozen=True)
class Busy:
    """`taken`: of the cores, 0 to 1, the most in half a second; `stolen`: by other virtual machines, the same. `load`:
    processes that want to run, the mean of a minute. Each None where the system does not tell."""

    taken: float | None
    stolen: float | None
    load: float | None
    cores: int

    def __bool__(self) -> bool:
        return (self.taken or 0) > MOST_TAKEN or (self.stolen or 0) > MUCH_STOLEN

    def __str__(self) -> str:
        load = "" if self.load is None else f", load {self.load:.1f} on {self.cores} core{'s'[: self.cores > 1]}"
        if self.taken is None:
            return f"this system does not tell how busy it is{load}"
        stolen = f", {self.stolen:.0%} of them other virtual machines" if self.stolen else ""
        return f"others take {self.taken:.0%} of the processor right now{stolen}{load}"


def look() -> Busy:
    """Looks for half a second; for longer where the load tells that somebody was at work until now."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    until = time.monotonic() + (LONG_PROBE if (load or 0) > MUCH_LOAD * cores else PROBE_SECONDS)
    taken: float | None = None
    stolen: float | None = None
    before = times()
    while before and time.monotonic() < until:
        time.sleep(PROBE_SECONDS)
        if not (after := times()) or after.all <= before.all:
            break
        whole = after.all - before.all
        taken = max(taken or 0.0, min(1.0, (after.busy - before.busy) / whole))
        stolen = max(stolen or 0.0, (after.stolen - before.stolen) / whole)
        before = after
    return Busy(taken, stolen, load, cores)


def times() -> Times | None:
    """How long the cores that this process may use have been busy; None where the system does not tell."""
    with suppress(OSError, ValueError, AttributeError, subprocess.SubprocessError):
        if platform.system() == "Linux":
            return _linux(STAT.read_text(), os.sched_getaffinity(0))
        if platform.system() == "Darwin":
            return _mac()
        if platform.system() == "Windows":
            return _windows()
    return None


def _linux(stat: str, cores: set[int]) -> Times:
    """From the text of /proc/stat. Stolen time counts as busy."""
    tick = os.sysconf("SC_CLK_TCK")
    busy = stolen = whole = 0.0
    for name, *columns in map(str.split, stat.splitlines()):
        if name[3:].isdigit() and int(name[3:]) in cores:
            counts = [int(column) / tick for column in columns[: STEAL + 1]]  # after them: guests, counted already
            whole += sum(counts)
            busy += sum(counts) - counts[IDLE] - counts[IOWAIT]
            stolen += counts[STEAL]
    return Times(busy, stolen, whole)


_seen = [0.0, 0.0]  # seconds that were busy, and all, on a Mac


def _mac() -> Times | None:
    """`top` tells shares, not times: each call adds the half second that it looked for."""
    done = subprocess.run(
        ["top", "-l", "2", "-n", "0", "-s", "1"], capture_output=True, text=True, timeout=20, check=True
    )
    idle = float(re.findall(r"([\d.]+)% idle", done.stdout)[-1]) / 100
    _seen[0] += 1 - idle
    _seen[1] += 1
    return Times(_seen[0], 0.0, _seen[1])


def _windows() -> Times:
    import ctypes

    idle, kernel, user = (ctypes.c_uint64() for _ in range(3))
    ctypes.windll.kernel32.GetSystemTimes(*map(ctypes.byref, (idle, kernel, user)))  # type: ignore[attr-defined]
    whole = kernel.value + user.value  # kernel time includes the idle one; in units of 100 ns
    return Times((whole - idle.value) / 1e7, 0.0, whole / 1e7)


def slowed() -> str | None:
    """Why the processor may be slower than it can be; None: nothing is known of that."""
    with suppress(OSError, ValueError, AttributeError, subprocess.SubprocessError):
        if _on_battery():
            return "on battery, which most laptops save by slowing the processor"
        now, most = (
            max(int(path.read_text()) for path in CPUFREQ.glob(f"cpu[0-9]*/cpufreq/{name}_max_freq"))
            for name in ("scaling", "cpuinfo")
        )
        if now < most:
            return f"the processor is held at {now / 1e6:.1f} of {most / 1e6:.1f} GHz"
    return None


def _on_battery() -> bool:
    if platform.system() == "Darwin":
        done = subprocess.run(["pmset", "-g", "batt"], capture_output=True, text=True, timeout=10)
        return "'Battery Power'" in done.stdout
    if platform.system() == "Windows":
        import ctypes

        status = (ctypes.c_ubyte * 12)()  # SYSTEM_POWER_STATUS; its first byte: 0 is no mains
        return bool(ctypes.windll.kernel32.GetSystemPowerStatus(status)) and status[0] == 0  # type: ignore[attr-defined]
    mains = [supply.parent for supply in SUPPLIES.glob("*/type") if supply.read_text().strip() == "Mains"]
    return bool(mains) and all((supply / "online").read_text().strip() == "0" for supply in mains)


def nice_is_useless() -> bool:
    """Whether Linux gives each terminal the same share of the processor, whatever the priorities in it are."""
    with suppress(OSError):
        return AUTOGROUP.read_text().strip() == "1" and OWN_GROUP.read_text().startswith("/autogroup")
    return False
