"""One capture in a process of its own, where it can be ended although a read of OpenCV's never returns.

Invariant: a slot of the shared memory belongs to one side at a time, so no picture is ever torn; where one process is
gone the other sees the end of a pipe, and nothing is left behind, whichever way it went.
"""

import mmap
import os
import pickle
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO, NamedTuple

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.fit import fitted
from kaleidocam.sources.base import Source
from kaleidocam.sources.place import Place

SLOTS = 3  # pictures: one being written, one being read, one between
SPARSE = 61  # every so many rows are compared first: they tell nearly all pictures apart
RETRY_SECONDS = 0.5  # between attempts to open
POLITE_SECONDS = 0.3  # for a process to go by itself before it is killed
KILLED_SECONDS = 1.0  # to wait for a killed one; one that the kernel holds is left to go when it can
# Ctrl-C is meant for the parent, which then ends this process.
START = ("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
         "from kaleidocam.sources.capture_process import main; main()")


@dataclass(frozen=True)
class Job:
    """What a capture process is to do: open `place`, in `tries` attempts, and send pictures of `size` (None: that of
    the first)."""

    place: Place
    size: tuple[int, int] | None
    tries: int
    memory: int | str = 0  # the shared memory: a file descriptor, or on Windows its name; set by the parent


class Opened(NamedTuple):
    """The first message of a capture that goes. `took`: seconds that opening did."""

    place: Place
    size: tuple[int, int]
    fps: float
    took: float


class Header(NamedTuple):
    """A picture that lies in a slot. `seconds`: time.monotonic() at the grab, which is one clock for all processes
    on Linux, macOS and Windows. `skipped`: pictures before it for which there was no slot. `fresh`: whether it differs
    from the one before; None for the first."""

    slot: int
    seconds: float
    skipped: int
    fresh: bool | None


class CaptureProcess:
    """The parent's side. `came(header, image)` is called for each picture, on a thread of this object's own; `image`
    is a copy. `opened` and `why` (one line on what failed) say how far it is; `settled` is set with the first of them.
    `heard` counts messages; `ended`: none will follow. `end` must be called once."""

    def __init__(self, job: Job, came: Callable[[Header, np.ndarray], None]) -> None:
        self.opened: Opened | None = None
        self.why: str | None = None
        self.ended, self.heard, self.settled = False, 0, threading.Event()
        self._came: Callable[[Header, np.ndarray], None] | None = came
        self._file = _memory_file()
        memory = self._file.fileno() if self._file else f"kaleidocam-{secrets.token_hex(16)}"
        path = os.pathsep.join(part or os.getcwd() for part in sys.path)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START], env=os.environ | {"PYTHONPATH": path},
                pass_fds=[memory] if self._file else [], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)  # FFmpeg tells of every failed attempt there; `why` says it once
        except OSError:
            self._close_file()
            raise
        self.pid = self._process.pid
        self._thread = threading.Thread(target=self._listen, args=(replace(job, memory=memory),), daemon=True,
                                        name="capture")
        self._thread.start()

    def end(self) -> None:
        """Ends the process, politely and then by force, and frees everything that it had."""
        self._came = None
        _close(self._process.stdin)
        try:
            self._process.wait(POLITE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            try:
                self._process.wait(KILLED_SECONDS)
            except subprocess.TimeoutExpired:
                return  # it hangs in the kernel; thread and pipe go when it does
        self._thread.join(KILLED_SECONDS)
        _close(self._process.stdout)

    def _listen(self, job: Job) -> None:
        """Takes the child's messages until it is gone."""
        try:
            self._tell(pickle.dumps(job))
            while not isinstance(message := self._hear(), Opened):
                self.why = message
                self.settled.set()
            slots = _slots(job.memory, message.size)
            self.opened = message
            self.settled.set()
            while isinstance(message := self._hear(), Header):
                image = slots[message.slot].copy()
                self._tell(bytes([message.slot]))
                if came := self._came:
                    came(message, image)
            self.why = message
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            pass  # it has gone, in the middle of a message or not; or `end` has closed the pipe
        finally:
            self._close_file()
            self.ended = True
            self.settled.set()

    def _hear(self) -> Opened | Header | str:
        message = pickle.load(self._process.stdout)
        self.heard += 1
        return message

    def _tell(self, data: bytes) -> None:
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _close_file(self) -> None:
        if self._file:
            self._file.close()


def main() -> None:
    """The child: does the job that comes on its standard input, until that ends."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the messages
    job = pickle.load(sys.stdin.buffer)
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    for slot in range(SLOTS):
        free.put(slot)
    threading.Thread(target=_obey, args=(free,), daemon=True).start()

    def tell(message: Opened | Header | str) -> None:
        pickle.dump(message, told)
        told.flush()

    try:
        _capture(job, tell, free)
    except Exception as error:  # whatever a driver may raise: the parent says it, and starts another process
        tell(_line(error))
    os._exit(0)  # no library's own ending, which can hang too


def _obey(free: "queue.SimpleQueue[int]") -> None:
    """The slots that the parent has done with; the end, when it has no more use for this process or is gone."""
    while slot := sys.stdin.buffer.read(1):
        free.put(slot[0])
    os._exit(0)  # although a read may hang: the system frees the device


def _capture(job: Job, tell: Callable[[Opened | Header | str], None], free: "queue.SimpleQueue[int]") -> None:
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
    slots = _slots(job.memory, size)
    tell(Opened(place, size, source.fps, time.monotonic() - begun))
    _send(source, slots, tell, free)
    tell(source.notice or f"{place} gives no more pictures")


def _send(source: Source, slots: np.ndarray, tell: Callable[[Header], None], free: "queue.SimpleQueue[int]") -> None:
    """Sends every picture for which there is a slot; there is none only while the parent stands still."""
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
    text = " ".join(str(error).split())
    return text if isinstance(error, UserError) else f"{type(error).__name__}: {text}"


def _memory_file() -> IO[bytes] | None:
    """A file without a name, gone with its last user; None on Windows, whose memory has a name and goes likewise."""
    if sys.platform == "win32":
        return None
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("kaleidocam"), "r+b")
    return tempfile.TemporaryFile()


def _slots(memory: int | str, size: tuple[int, int]) -> np.ndarray:
    """(SLOTS, height, width, 3) uint8, shared with the other process."""
    shape = SLOTS, size[1], size[0], 3
    length = int(np.prod(shape))
    if isinstance(memory, str):
        mapped = mmap.mmap(-1, length, tagname=memory)
    else:
        os.ftruncate(memory, length)
        mapped = mmap.mmap(memory, length)
    return np.frombuffer(mapped, np.uint8).reshape(shape)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        pass  # what was not sent yet finds nobody
