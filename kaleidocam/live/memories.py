"""The last minutes of a performance, as they were shown, to be shown again.

Invariant: they are in memory alone, never on a disk; no more than MOST_SECONDS and MOST_BYTES of them, and nothing once
they are to be forgotten.
"""

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.planes import Picture

MOST_SECONDS, MOST_BYTES = 300.0, 192 << 20
LEAST_SECONDS = 2.0  # of memories, below which there is nothing to show
EVERY = 1 / 12  # seconds from one kept picture to the next
ON_TIME = 0.99  # of that: frame times are rounded
LARGEST = 640 * 360  # pixels of one
QUALITY = 80  # of the JPEG
NONE = -1
PAUSE = 1.0  # seconds between two pictures from which they are two moments


@dataclass(frozen=True)
class Memory:
    """A picture of so many `seconds`, by the frames' clock, as JPEG."""

    seconds: float
    data: bytes


class Memories:
    """A ring of pictures. For one thread, but for `forget` and `line`; pictures are packed on another."""

    def __init__(self) -> None:
        self._ring: deque[Memory] = deque()
        self._bytes, self._seconds = 0, 0.0
        self._lock = threading.Lock()
        self._packer = ThreadPoolExecutor(1, "memories", initializer=stand_behind)
        self._packing: Future | None = None
        self._epoch = 0  # how often all was forgotten
        self._kept_at: float | None = None
        self._at, self._scene, self._played = 0, 0, NONE  # the picture, the moment, and the epoch that is played
        self._since: float | None = None  # when the picture was due
        self._open: tuple[int, np.ndarray] | None = None  # that picture, by its number

    def keep(self, picture: Picture, seconds: float) -> None:
        """Keeps what is shown at a frame's time, where the last one is long enough ago. Returns at once."""
        busy = self._packing is not None and not self._packing.done()
        if busy or (self._kept_at is not None and 0 <= seconds - self._kept_at < ON_TIME * EVERY):
            return
        height, width = picture.shape[:2]
        scale = min(1.0, (LARGEST / (height * width)) ** 0.5)
        small = small_bgr(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
        self._kept_at = seconds
        small = small.copy() if small is picture else small  # whoever has the picture may change it
        self._packing = self._packer.submit(self._pack, small, seconds, self._epoch)

    def forget(self) -> None:
        """Forgets everything, at once. Any thread."""
        with self._lock:
            self._epoch += 1
            self._ring.clear()
            self._bytes, self._seconds = 0, 0.0

    def line(self) -> str:
        """What is remembered, for people. Any thread."""
        with self._lock:
            minutes, seconds = divmod(round(self._seconds), 60)
            return f"remembers {minutes}:{seconds:02d}, {self._bytes / 1e6:.0f} MB, in memory alone"

    def begin(self, size: tuple[int, int]) -> None:
        """The next `picture` is the first one of the oldest moment, at its own size."""
        self._rewind()

    def picture(self, now: float) -> tuple[np.ndarray, int] | None:
        """What is remembered, at `now`, in seconds that rise: (h, w, 3) uint8 BGR, and the number of the moment, which
        rises. None where there is too little. After the newest moment comes the oldest."""
        with self._lock:
            if self._seconds < LEAST_SECONDS or self._played not in (NONE, self._epoch):
                self._rewind()
                return None
            self._played = self._epoch
            at = self._go_to(now)
            data = self._ring[at].data
        if self._open is None or self._open[0] != at:
            image: np.ndarray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            self._open = at, image
        return self._open[1], self._scene

    def end(self) -> None:
        """Nothing is shown from now on."""
        self._rewind()

    def close(self) -> None:
        """Forgets everything."""
        self._packer.shutdown(cancel_futures=True)
        self.forget()
        self._rewind()

    def _rewind(self) -> None:
        self._at, self._scene, self._played = 0, 0, NONE
        self._since, self._open = None, None

    def _go_to(self, now: float) -> int:
        """The number in the ring of the picture that is due."""
        if self._since is None:
            self._since = now
        while (lasts := self._lasts(self._at % len(self._ring))) <= now - self._since:
            self._since += lasts
            self._scene += self._parted(self._at % len(self._ring))
            self._at = (self._at + 1) % len(self._ring)
        return self._at % len(self._ring)

    def _gap(self, number: int) -> float:
        """Seconds from a picture to the next one; without an end, to one of another moment."""
        if number + 1 == len(self._ring):
            return float("inf")
        return max(0.0, self._ring[number + 1].seconds - self._ring[number].seconds)

    def _lasts(self, number: int) -> float:
        return max(EVERY / 2, self._gap(number)) if not self._parted(number) else EVERY

    def _parted(self, number: int) -> bool:
        return self._gap(number) > PAUSE

    def _pack(self, small: np.ndarray, seconds: float, epoch: int) -> None:
        done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if not done:
            return
        with self._lock:
            if epoch != self._epoch:
                return
            self._ring.append(Memory(seconds, data.tobytes()))
            self._bytes += len(self._ring[-1].data)
            self._seconds += EVERY if len(self._ring) == 1 else self._lasts(len(self._ring) - 2)
            while self._bytes > MOST_BYTES or self._seconds > MOST_SECONDS:
                self._seconds -= self._lasts(0)
                self._bytes -= len(self._ring.popleft().data)
