"""What a capture process does: it opens a place and puts its pictures into shared memory.

Invariant: a slot of the shared memory belongs to one process at a time, so no picture is ever torn; this process ends
when the pipe from its parent closes, so it never outlives the parent.
"""

import mmap
import os
import pickle
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kaleidocam.errors import UserError, one_line
from kaleidocam.fit import fitted
from kaleidocam.sources.base import Source
from kaleidocam.sources.place import Place

SLOTS = 3  # pictures: one being written, one being read, one waiting
SPARSE = 61  # every 61st row is compared first: nearly all pictures already differ there
RETRY_SECONDS = 0.5  # between attempts to open


@dataclass(frozen=True)
class Capture:
    """The job of a capture process: open `place` in at most `tries` attempts, and send pictures of `size` (None: the
    size of the first)."""

    place: Place
    size: tuple[int, int] | None
    tries: int
    memory: int | str = 0  # the shared memory: a file descriptor, or on Windows its name; set by the parent


class Opened(NamedTuple):
    """The first message of a working capture. `took`: seconds that the opening took."""

    place: Place
    size: tuple[int, int]
    fps: float
    took: float


class Header(NamedTuple):
    """A picture in a slot. `seconds`: time.monotonic() at the grab, which is the same clock in all processes on Linux,
    macOS and Windows. `skipped`: how many pictures just before it found no free slot. `fresh`: whether it differs from
    the previous picture; None for the first."""

    slot: int
    seconds: float
    skipped: int
    fresh: bool | None


def slots_in(memory: int | str, size: tuple[int, int]) -> np.ndarray:
    """(SLOTS, height, width, 3) uint8, shared with the other process."""
    shape = SLOTS, size[1], size[0], 3
    length = int(np.prod(shape))
    if sys.platform == "win32" and isinstance(memory, str):
        mapped = mmap.mmap(-1, length, tagname=memory)
    else:
        assert isinstance(memory, int), memory
        os.ftruncate(memory, length)
        mapped = mmap.mmap(memory, length)
    return np.frombuffer(mapped, np.uint8).reshape(shape)


def main() -> None:
    """The child process: does the job that it reads from its standard input, until that closes."""
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the messages
    job = pickle.load(sys.stdin.buffer)
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    for slot in range(SLOTS):
        free.put(slot)
    threading.Thread(target=_obey, args=(free,), daemon=True).start()

    def tell(message: Opened | Header | str) -> None:
        pickle.dump(message, messages)
        messages.flush()

    try:
        _capture(job, tell, free)
    except Exception as error:  # a driver may raise anything: the parent reports it and starts another process
        tell(_line(error))
    os._exit(0)  # skips the exit handlers of libraries, which can hang too


def _obey(free: "queue.SimpleQueue[int]") -> None:
    """Takes back the slots that the parent has read; exits when the parent closes the pipe or ends."""
    while slot := sys.stdin.buffer.read(1):
        free.put(slot[0])
    os._exit(0)  # even while a read hangs: the system frees the device


def _capture(job: Capture, tell: Callable[[Opened | Header | str], None], free: "queue.SimpleQueue[int]") -> None:
    for attempt in range(job.tries):
        time.sleep(RETRY_SECONDS if attempt else 0)
        begun = time.monotonic()
        try:
            source, place = job.place.open()
            break
        except Exception as error:  # as above
            tell(_line(error))
    else:
        return
    size = job.size or source.size
    slots = slots_in(job.memory, size)
    tell(Opened(place, size, source.fps, time.monotonic() - begun))
    _send(source, slots, tell, free)
    tell(source.notice or f"{place} gives no more pictures")


def _send(source: Source, slots: np.ndarray, tell: Callable[[Header], None], free: "queue.SimpleQueue[int]") -> None:
    """Sends each picture if there is a free slot; there is none only while the parent stalls."""
    last, skipped = None, 0
    while (frame := source.read()) is not None:
        image = fitted(frame.image, slots.shape[2:0:-1])
        try:
            slot = free.get_nowait()
        except queue.Empty:
            skipped += 1
            continue
        slots[slot] = image
        tell(Header(slot, frame.seconds, skipped, None if last is None else not _same(image, last)))
        last, skipped = image, 0


def _same(image: np.ndarray, last: np.ndarray) -> bool:
    return np.array_equal(image[::SPARSE], last[::SPARSE]) and np.array_equal(image, last)


def _line(error: Exception) -> str:
    return one_line(error) if isinstance(error, UserError) else f"{type(error).__name__}: {one_line(error)}"
