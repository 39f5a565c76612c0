"""One capture in a process of its own, where it can be ended although a read of OpenCV's never returns.

Invariant: where one process is gone the other sees the end of a pipe, and nothing is left behind, whichever way it
went: no process, thread, handle or memory.
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
from kaleidocam.sources.capturing import Capture, Header, Opened, slots_in

POLITE_SECONDS = 0.3  # for a process to go by itself before it is killed
KILLED_SECONDS = 1.0  # to wait for a killed one; one that the kernel holds is left to go when it can


class CaptureProcess:
    """The parent's side. `came(header, image)` is called for each picture, on a thread of this object's own; `image`
    is a copy. `opened` and `why` (one line on what failed) say how far it is; `settled` is set with the first of them.
    `heard` counts messages; `ended`: none will follow. `end` must be called once."""

    def __init__(self, job: Capture, came: Callable[[Header, np.ndarray], None]) -> None:
        self.opened: Opened | None = None
        self.why: str | None = None
        self.ended, self.heard, self.settled = False, 0, threading.Event()
        self._came: Callable[[Header, np.ndarray], None] | None = came
        self._file, inherits = _memory_file(), []
        memory: int | str = f"kaleidocam-{secrets.token_hex(16)}"
        if self._file:
            memory = self._file.fileno()
            inherits = [memory]
        try:  # FFmpeg tells of every failed attempt on its standard error; `why` says it once
            self._process = child_process.start("kaleidocam.sources.capturing:main", inherits=inherits)
        except OSError:
            self._close_file()
            raise
        self._thread = threading.Thread(
            target=self._listen, args=(replace(job, memory=memory),), daemon=True, name="capture"
        )
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

    def _listen(self, job: Capture) -> None:
        """Takes the child's messages until it is gone."""
        try:
            self._tell(pickle.dumps(job))
            while not isinstance(message := self._hear(), Opened):
                self.why = message
                self.settled.set()
            slots = slots_in(job.memory, message.size)
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

    def _hear(self) -> Any:
        """An `Opened`, a `Header`, or a line on what failed."""
        message = pickle.load(cast(IO[bytes], self._process.stdout))
        self.heard += 1
        return message

    def _tell(self, data: bytes) -> None:
        pipe = cast(IO[bytes], self._process.stdin)
        pipe.write(data)
        pipe.flush()

    def _close_file(self) -> None:
        if self._file:
            self._file.close()


def _memory_file() -> IO[bytes] | None:
    """A file without a name, gone with its last user; None on Windows, whose memory has a name and goes likewise."""
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
        pass  # what was not sent yet finds nobody
