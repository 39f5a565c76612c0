"""Films and pictures of a folder, one after another, without an end.

Invariant: nothing is read while nothing is shown, and no frame of the performance waits for a file.
"""

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.errors import one_line
from kaleidocam.planes import Picture
from kaleidocam.settings.parameters import Machine
from kaleidocam.sources.opening import open_source

log = logging.getLogger(__name__)

AHEAD = 4  # pictures that wait
PICTURE_SECONDS = 8.0  # for which a picture is shown, or whatever else has no end
AGAIN_SECONDS = 5.0  # after a round in which nothing could be read
CLOSE_SECONDS = 2.0  # for a file that is being read

Item = tuple[int, float, np.ndarray]  # number of the file in the loop; seconds since its first frame; the picture


class Reel:
    """Plays the files of `texts` in a loop, from `begin` to `end`."""

    def __init__(self, texts: Sequence[str], machine: Machine) -> None:
        self._texts, self._machine = list(texts), machine
        self._at = 0  # the file to begin with
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._error: str | None = None
        self._told: set[str] = set()  # the files of which it was logged that they can't be read
        self._size = (1280, 720)

    def keep(self, picture: Picture, seconds: float) -> None:
        """Nothing is kept."""

    def forget(self) -> None:
        """There is nothing to forget."""

    def line(self) -> str | None:
        """What could not be read last, for people. Any thread."""
        return self._error

    def begin(self, size: tuple[int, int]) -> None:
        """Begins to read, on a thread of its own; the pictures have `size` (width, height)."""
        self._size = size
        self._ended, self._waiting = threading.Event(), queue.Queue[Item](AHEAD)
        self._shown: Item | None = None
        self._next: Item | None = None
        self._since = 0.0  # when the first frame of the file was shown
        self._thread = threading.Thread(
            target=self._run, args=(self._ended, self._waiting), name="attract", daemon=True
        )
        self._thread.start()

    def picture(self, now: float) -> tuple[np.ndarray, int] | None:
        """What is due at `now`, in seconds that rise, and the number of its file in the loop, which rises; None before
        the first."""
        while True:
            if self._next is None:
                with suppress(queue.Empty):
                    self._next = self._waiting.get_nowait()
            if self._next is None or not self._due(self._next, now):
                break
            self._shown, self._next = self._next, None
        return None if self._shown is None else (self._shown[2], self._shown[0])

    def end(self) -> None:
        """Reads no further; the next time it begins with the next file."""
        self._ended.set()

    def close(self) -> None:
        self.end()
        if self._thread:
            self._thread.join(CLOSE_SECONDS)

    def _due(self, item: Item, now: float) -> bool:
        number, seconds, _ = item
        if self._shown is None or number != self._shown[0]:
            self._since = now - seconds
        return now - self._since >= seconds

    def _run(self, ended: threading.Event, waiting: "queue.Queue[Item]") -> None:
        stand_behind()
        number, failed = 0, 0
        while not ended.is_set():
            text, self._at = self._texts[self._at % len(self._texts)], (self._at + 1) % len(self._texts)
            try:
                count = self._play(text, number, ended, waiting)
                self._error = None if count else f"--attract: {text} has no picture"
            except Exception as error:  # whatever a library raises: the next one is played
                count, self._error = 0, f"--attract: {one_line(error)}"
            if self._error and text not in self._told and not ended.is_set():  # the line is gone with the next file
                self._told.add(text)
                log.info(self._error)
            number, failed = number + 1, 0 if count else failed + 1
            if failed >= len(self._texts):
                ended.wait(AGAIN_SECONDS)
                failed = 0

    def _play(self, text: str, number: int, ended: threading.Event, waiting: "queue.Queue[Item]") -> int:
        """How many pictures of a file were given."""
        count = 0
        with open_source(text, self._machine.model_copy(update={"size": self._size})) as source:
            first: float | None = None
            while not ended.is_set() and (frame := source.read()) is not None:
                first = frame.seconds if first is None else first
                seconds = frame.seconds - first
                if source.length is None and source.time_base is None and seconds > PICTURE_SECONDS:
                    break
                item = number, seconds, frame.image
                while not ended.is_set():
                    with suppress(queue.Full):
                        waiting.put(item, timeout=0.1)
                        count += 1
                        break
        return count
