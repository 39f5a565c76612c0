"""How the system schedules our threads: what a library changes of it is changed back.

Invariant: only the order of work changes, never its result. Where threads have no policy of their own, nothing happens.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TASKS = Path("/proc/self/task")  # Linux, where each thread has its own priority and policy


def threads() -> set[int]:
    """The numbers that the system has for this process's threads; none where they have no priorities."""
    return {int(task.name) for task in TASKS.iterdir()} if TASKS.is_dir() else set()


@contextmanager
def policy_kept() -> Iterator[None]:
    """A context: this thread, and the threads that begin inside, keep the policy that this one has.

    SVT-AV1 makes its threads and its caller real-time wherever it may, as it may for root, and so in most containers:
    the video, the dream and the rest of the machine would wait for the encoder, and all that begins later, other
    programs too, would be real-time as well.
    """
    before = threads()
    if not before:
        yield
        return
    own = _policy(0)
    try:
        yield
    finally:
        for thread in {threading.get_native_id(), *(threads() - before)}:
            with suppress(OSError):  # the thread has ended
                if _policy(thread) != own:
                    os.sched_setscheduler(thread, own[0], os.sched_param(own[1]))


def _policy(thread: int) -> tuple[int, int]:
    return os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority
