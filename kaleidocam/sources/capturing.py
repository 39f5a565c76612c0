"""What a capture process does: it opens a place and puts its pictures into shared memory.

Invariant: a slot of the shared memory belongs to one process at a time, so no picture is ever torn; this process ends
when the pipe from its parent closes, so it never outlives the parent.
"""

import mmap
import os
import pickle
import queue
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kaleidocam.errors import UserError, one_line
from kaleidocam.fit import CROP, fitted
from kaleidocam.sources.base import Source
from kaleidocam.sources.place import Place, Talk

SLOTS = 3  # pictures: one being written, one being read, one waiting
SPARSE = 61  # every 61st row is compared first: nearly all pictures already differ there
RETRY_SECONDS = 0.5  # between attempts to open
WORD = bytes([255])  # from the parent: a text follows; any other byte is a slot that was read
LENGTH = struct.Struct(">I")  # bytes of that text


@dataclass(frozen=True)
class Capture:
    """The job of a capture process: open `place` in at most `tries` attempts, and send pictures of `size` (None: the
    size of the first). `how`: what has another size is brought to it, as in `fitted`."""

    place: Place
    size: tuple[int, int] | None
    tries: int
    how: str = CROP
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
    the previous picture; None for the first. `size`: (width, height)."""

    slot: int
    seconds: float
    skipped: int
    fresh: bool | None
    size: tuple[int, int]


class Quiet(NamedTuple):
    """It works, and there is no picture to give."""


class Said(NamedTuple):
    """What the source says to those whom its place serves."""

    text: str


Message = Opened | Header | Quiet | Said | str


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


def place_in(slot: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width, 3) uint8: where in a slot a picture of `size` (width, height) lies, which is as large at most."""
    return slot.reshape(-1)[: size[0] * size[1] * 3].reshape(size[1], size[0], 3)


def main() -> None:
    """The child process: does the job that it reads from its standard input, until that closes."""
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the messages
    job = pickle.load(sys.stdin.buffer)
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    words: queue.SimpleQueue[str] = queue.SimpleQueue()
    for slot in range(SLOTS):
        free.put(slot)
    threading.Thread(target=_obey, args=(free, words), daemon=True).start()
    one = threading.Lock()

    def tell(message: Message) -> None:
        data = pickle.dumps(message)
        with one:
            messages.write(data)
            messages.flush()

    talk = Talk(words, say=lambda text: tell(Said(text)), quiet=lambda: tell(Quiet()))
    try:
        _capture(job, tell, free, talk)
    except Exception as error:  # a driver may raise anything: the parent reports it and starts another process
        tell(_line(error))
    os._exit(0)  # skips the exit handlers of libraries, which can hang too


def _obey(free: "queue.SimpleQueue[int]", words: "queue.SimpleQueue[str]") -> None:
    """Takes back the slots that the parent has read, and its words; exits when the parent closes the pipe or ends."""
    hears = sys.stdin.buffer
    while slot := hears.read(1):
        if slot == WORD:
            words.put(hears.read(*LENGTH.unpack(hears.read(LENGTH.size))).decode())
        else:
            free.put(slot[0])
    os._exit(0)  # even while a read hangs: the system frees the device


def _capture(job: Capture, tell: Callable[[Message], None], free: "queue.SimpleQueue[int]", talk: Talk) -> None:
    for attempt in range(job.tries):
        time.sleep(RETRY_SECONDS if attempt else 0)
        begun = time.monotonic()
        try:
            source, place = job.place.open_for(talk)
            break
        except Exception as error:  # as above
            tell(_line(error))
    else:
        return
    size = source.size if place.awaited else job.size or source.size
    slots = slots_in(job.memory, size)
    tell(Opened(place, size, source.fps, time.monotonic() - begun))
    # What comes by a line changes its size; then it is fitted where it is shown.
    shaped = (lambda image: image) if place.awaited else (lambda image: fitted(image, size, job.how))
    _send(source, shaped, slots, tell, free)
    tell(source.notice or f"{place} gives no more pictures")


def _send(
    source: Source,
    shaped: Callable[[np.ndarray], np.ndarray],
    slots: np.ndarray,
    tell: Callable[[Header], None],
    free: "queue.SimpleQueue[int]",
) -> None:
    """Sends each picture, as `shaped` gives it, if there is a free slot; there is none only while the parent stalls."""
    last, skipped = None, 0
    while (frame := source.read()) is not None:
        image = shaped(frame.image)
        try:
            slot = free.get_nowait()
        except queue.Empty:
            skipped += 1
            continue
        place_in(slots[slot], (image.shape[1], image.shape[0]))[:] = image
        fresh = None if last is None else not _same(image, last)
        tell(Header(slot, frame.seconds, skipped, fresh, (image.shape[1], image.shape[0])))
        last, skipped = image, 0


def _same(image: np.ndarray, last: np.ndarray) -> bool:
    return np.array_equal(image[::SPARSE], last[::SPARSE]) and np.array_equal(image, last)


def _line(error: Exception) -> str:
    return one_line(error) if isinstance(error, UserError) else f"{type(error).__name__}: {one_line(error)}"
