"""The process in which the panel's server runs.

Invariant: nothing here waits for that process but threads of its own; it is started again whenever it ends, and never
outlives this one.
"""

import base64
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import IO, Any, BinaryIO, cast

from kaleidocam import child_process
from kaleidocam.control.panel import wire
from kaleidocam.errors import one_line

Message = dict[str, Any]
AGAIN_SECONDS = 1.0  # before a server that ended is started again
LAST_SECONDS = 1.0
WAITING = 64  # answers to clients; more are dropped, oldest first


class Child:
    """Runs the server on `listeners`, open sockets, which stay open while the process is replaced.

    `first` makes the message that each new process begins with; `heard` is given what it sends; `report` makes a
    message every `seconds`. `heard` and `report` run on threads of their own.
    """

    def __init__(
        self,
        listeners: list[socket.socket],
        first: Callable[[], Message],
        heard: Callable[[Message, bytes], None],
        report: Callable[[], Message],
        seconds: float,
    ) -> None:
        self._listeners, self._first, self._heard = listeners, first, heard
        self._report, self._seconds, self._hurry = report, seconds, False
        self.notice: str | None = None
        self.process: subprocess.Popen | None = None
        self._up = self._closed = False
        self._newest: dict[str, tuple[Callable[[], Message], Any]] = {}
        self._answers: deque[tuple[Message, bytes]] = deque(maxlen=WAITING)
        self._news, self._closing = threading.Condition(), threading.Event()
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for run, name in ((self._keep, "panel, hearing"), (self._tell, "panel, telling"))
        ]
        for thread in self._threads:
            thread.start()

    def post(self, slot: str, make: Callable[[], Message], data: Any = b"") -> None:
        """Sends what `make` returns, and `data` (bytes, or a contiguous uint8 array), as soon as possible; it
        replaces what still waits in the same `slot`. Never waits."""
        with self._news:
            self._newest[slot] = make, data
            self._news.notify()

    def answer(self, message: Message, data: bytes = b"") -> None:
        """Sends a message, and `data`, that no later one replaces. Never waits."""
        with self._news:
            self._answers.append((message, data))
            self._news.notify()

    def hurry(self) -> None:
        """The next report comes at once."""
        with self._news:
            self._hurry = True
            self._news.notify()

    def close(self, last: Message) -> None:
        """Ends the process, once it has passed `last` on, for which it has LAST_SECONDS; it has nothing to lose."""
        self.answer(last)
        if self._up and (process := self.process):
            self._closed = True
            with suppress(subprocess.TimeoutExpired):
                process.wait(LAST_SECONDS)
        self._closing.set()
        with self._news:
            self._news.notify()
            if self.process:
                self.process.kill()
        for thread in self._threads:
            thread.join()
        for listener in self._listeners:
            listener.close()

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                with self._news:
                    if self._closing.is_set():
                        return
                    self.process = process = self._start()
                    self._newest.clear()
                    self._answers.clear()
                wire.send(_pipe(process.stdin), self._greeting(process.pid))
                self._up = True
                while heard := wire.receive(_pipe(process.stdout)):
                    self._heard(*heard)
                why = "ended"
            except (OSError, ValueError) as error:
                why = f"failed: {one_line(error)}"
            self._up = False
            self._end(self.process)
            if self._closed:  # it ended because it was told to
                return
            if not self._closing.is_set():
                self.notice = self.notice or f"the panel's server {why}; it is being started again"
            self._closing.wait(AGAIN_SECONDS)

    def _start(self) -> subprocess.Popen:
        inherits = [] if sys.platform == "win32" else [listener.fileno() for listener in self._listeners]
        return child_process.start("kaleidocam.control.panel.server:main", inherits=inherits)

    def _greeting(self, pid: int) -> Message:
        if sys.platform == "win32":
            shared = [base64.b64encode(listener.share(pid)).decode() for listener in self._listeners]
            return self._first() | {"shared": shared}
        return self._first() | {"descriptors": [listener.fileno() for listener in self._listeners]}

    @staticmethod
    def _end(process: subprocess.Popen | None) -> None:
        if process:
            process.kill()
            process.wait()
            _pipe(process.stdout).close()
            try:
                _pipe(process.stdin).close()
            except OSError:  # what was still on its way to it is lost with it
                pass

    def _tell(self) -> None:
        due = 0.0
        while not self._closing.is_set():
            with self._news:
                wait = due - time.monotonic()
                if not (self._up and (self._newest or self._answers or self._hurry)) and wait > 0:
                    self._news.wait(wait)
                if not self._up:
                    due = time.monotonic() + self._seconds
                    continue
                waiting = [(make, data) for make, data in self._newest.values()]
                waiting += [(partial(dict, answer), answer_data) for answer, answer_data in self._answers]
                if self._hurry or time.monotonic() >= due:
                    waiting.append((self._report, b""))
                    due = time.monotonic() + self._seconds
                self._newest, self._hurry = {}, False
                self._answers.clear()
            self._send(waiting)

    def _send(self, waiting: list[tuple[Callable[[], Message], Any]]) -> None:
        if (process := self.process) is None:
            return
        try:
            for make, data in waiting:
                if message := make():
                    wire.send(_pipe(process.stdin), message, memoryview(data).cast("B"))
        except (OSError, ValueError):  # the process is gone, which the other thread sees as well
            self._up = False


def _pipe(stream: IO[bytes] | None) -> BinaryIO:
    """What `subprocess` made because PIPE was asked for."""
    return cast(BinaryIO, stream)
