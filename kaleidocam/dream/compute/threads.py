"""The processor's cores: their number, and the priority of the video over the dream; Python's lock is one of them.

Invariant: only the order of work changes, never its result. On systems without thread priorities nothing changes.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kaleidocam.scheduling import TASKS, threads

NICE = 10  # live at 720p on two cores, 95 % of frames took up to 22 to 27 ms without it, up to 19 to 21 with it
SOON = 0.0005  # seconds for which a thread keeps Python's lock; a frame asks for it some twenty times


def cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def stand_behind() -> None:
    """Lowers the calling thread's priority below the video's, where a thread has its own priority."""
    if TASKS.is_dir():
        _lower(threading.get_native_id())


@contextmanager
def behind_the_video(nice: int = NICE) -> Iterator[None]:
    """A context: threads that start inside it (a framework's, on its first operation) keep a lower priority, and so do
    those that they start."""
    before = threads()
    yield
    for thread in threads() - before:
        _lower(thread, nice)


@contextmanager
def giving_way() -> Iterator[None]:
    """A context for slow Python beside a video, such as a framework's import: all threads get Python's lock within
    SOON. Several threads may be inside."""
    with _ways:
        _given.append(sys.getswitchinterval())
        sys.setswitchinterval(SOON)
    try:
        yield
    finally:
        with _ways:
            if len(_given) > 1:
                _given.pop()
            else:
                sys.setswitchinterval(_given.pop())


_ways, _given = threading.Lock(), list[float]()


def _lower(thread: int, nice: int = NICE) -> None:
    if sys.platform == "win32":
        return  # all threads keep the same priority there
    with suppress(OSError):  # the thread has ended, or a container forbids it: then its priority stays
        usual = os.getpriority(os.PRIO_PROCESS, os.getpid())  # the main thread's: the program may be nice itself
        os.setpriority(os.PRIO_PROCESS, thread, usual + nice)
