"""A capture in a process of its own, so that it can be ended even if a read by OpenCV never returns.

Invariant: if one process ends, the other sees the end of the pipe; however it ended, no process, thread, handle or
memory is left behind.
"""

import os
import pickle
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any, cast

import numpy as np

from kaleidocam import child_process
from kaleidocam.sources.capturing import LENGTH, WORD, Capture, Header, Opened, Quiet, Said, place_in, slots_in

POLITE_SECONDS = 0.3  # in which a process can exit by itself before it is killed
KILLED_SECONDS = 1.0  # to wait for a killed process; one that hangs in the kernel exits later


class CaptureProcess:
    """The parent's side. `came(header, image)` is called for each picture, on this object's own thread; `image` is a
    copy. `opened` is set once the place is open, `why` (one line) once something has failed; `settled` is set with the
    first of the two. `quiet`: it said that it has no picture to give. `heard` counts messages; `ended`: no more will
    come. `end` must be called once."""

    def __init__(self, job: Capture, came: Callable[[Header, np.ndarray], None]) -> None:
        self.opened: Opened | None = None
        self.why: str | None = None
        self.ended, self.heard, self.settled, self.quiet = False, 0, threading.Event(), False
        self._line, self._one = job.place.line, threading.Lock()
        self._came: Callable[[Header, np.ndarray], None] | None = came
        self._file, inherits = _memory_file(), []
        memory: int | str = f"kaleidocam-{secrets.token_hex(16)}"
        if self._file:
            memory = self._file.fileno()
            inherits = [memory]
        try:  # FFmpeg reports each failed attempt on its standard error, which is dropped; `why` says it once
            self._process = child_process.start("kaleidocam.sources.capturing:main", inherits=inherits)
        except OSError:
            self._close_file()
            raise
        self._thread = threading.Thread(
            target=self._listen, args=(replace(job, memory=memory),), daemon=True, name="capture"
        )
        self._thread.start()

    def end(self) -> None:
        """Ends the process, by force if it does not exit by itself, and frees all its resources."""
        self._came = None
        _close(self._process.stdin)
        try:
            self._process.wait(POLITE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            try:
                self._process.wait(KILLED_SECONDS)
            except subprocess.TimeoutExpired:
                return  # it hangs in the kernel; thread and pipe end when it does
        self._thread.join(KILLED_SECONDS)
        _close(self._process.stdout)

    def say(self, text: str) -> None:
        """Sends a text to the source. Where the process is gone, it is lost."""
        data = text.encode()
        try:
            self._tell(WORD + LENGTH.pack(len(data)) + data)
        except (OSError, ValueError):
            pass  # as above: `_listen` sees it too

    def _listen(self, job: Capture) -> None:
        """Receives the child's messages until it ends."""
        try:
            self._tell(pickle.dumps(job))
            if self._line:
                self._line.joined(self.say)
            while not isinstance(message := self._hear(), Opened):
                self.why = message
                self.settled.set()
            slots = slots_in(job.memory, message.size)
            self.opened = message
            self.settled.set()
            while isinstance(message := self._hear(), Header):
                image = place_in(slots[message.slot], message.size).copy()
                self._tell(bytes([message.slot]))
                if came := self._came:
                    came(message, image)
            self.why = message
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            pass  # the child has ended, maybe in the middle of a message; or `end` has closed the pipe
        finally:
            if self._line:
                self._line.left(self.say)
            self._close_file()
            self.ended = True
            self.settled.set()

    def _hear(self) -> Any:
        """An `Opened`, a `Header`, or a line on what failed."""
        while True:
            message = pickle.load(cast(IO[bytes], self._process.stdout))
            self.heard += 1
            self.quiet = isinstance(message, Quiet) or (self.quiet and isinstance(message, Said))
            if isinstance(message, Said):
                if self._line:
                    self._line.hear(message.text)
            elif not isinstance(message, Quiet):
                return message

    def _tell(self, data: bytes) -> None:
        pipe = cast(IO[bytes], self._process.stdin)
        with self._one:
            pipe.write(data)
            pipe.flush()

    def _close_file(self) -> None:
        if self._file:
            self._file.close()


def _memory_file() -> IO[bytes] | None:
    """A file without a name, freed with its last user; None on Windows, where named memory is freed the same way."""
    if sys.platform == "win32":
        return None
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("kaleidocam"), "r+b")
    return tempfile.TemporaryFile()


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe:
            pipe.close()
    except OSError:
        pass  # unsent data has no reader any more
