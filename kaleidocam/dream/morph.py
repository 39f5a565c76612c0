"""A change of channel that fades from one to the other, for a dream that nothing may hold up.

Invariant: a call never waits for a channel to be prepared; until it is ready the old one dreams on.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.memory import give_back
from kaleidocam.dream.threads import NICE
from kaleidocam.errors import UserError
from kaleidocam.settings import Look

KEPT = 4  # channels that stay ready, the newest used


class Morph:
    """A Dreamer that plays `look.channel`. When that changes, the new one is prepared on a thread of its own, and then
    takes over within `look.morph` seconds.

    Both would cost twice the time of one. So each step is taken by one of the two, the new one's share of the steps
    growing evenly from none to all: the drive (see `layer.ascend`) averages them, which is the cross-fade of weights
    that a sum of both objectives would be.
    """

    def __init__(self, make: Callable[[str], Ascent], channel: str) -> None:
        """`make` builds the Ascent of a channel; it may take its time, and is called here for the first one."""
        self._make = make
        self._voices: dict[str, Ascent] = {channel: make(channel)}
        self._playing, self._coming = channel, channel
        self._faded, self._owed = 0.0, 0.0
        self._job: Future | None = None
        self._size: tuple[int, int] | None = None
        self._worker = ThreadPoolExecutor(1, "morph", initializer=_behind)
        self.error: str | None = None  # one line on a channel that could not be prepared

    @property
    def playing(self) -> str:
        """The channel that dreams, or the one that a fade comes from."""
        return self._playing

    @property
    def value(self) -> float:
        return self._voices[self._playing].value

    def warm_up(self, size: tuple[int, int]) -> None:
        self._voices[self._playing].warm_up(size)

    def notice(self) -> str | None:
        """A line for the performer: what is being prepared, or what could not be."""
        return self.error or (f"preparing {self._coming}" if self._job else None)

    def __call__(self, image: np.ndarray, seconds: float, look: Look) -> np.ndarray:
        self._size = image.shape[1::-1]
        if look.channel != self._coming:
            self._aim(look.channel)
        if self._job and self._job.done():
            self._take()
        if self._coming != self._playing and not self._job:
            self._faded = min(1.0, self._faded + (seconds / look.morph if look.morph else 1.0))
            if self._faded == 1:
                self._playing, self._faded = self._coming, 0.0
        return self._voices[self._next()](image, seconds, look)

    def _aim(self, channel: str) -> None:
        """From now on `channel` is wanted; a fade that is under way goes on from what is dreamed more of."""
        if self._faded > 0.5:
            self._playing = self._coming
        self._coming, self._faded, self._job, self.error = channel, 0.0, None, None
        if channel not in self._voices:
            self._job = self._worker.submit(self._prepare, channel, self._size)

    def _prepare(self, channel: str, size: tuple[int, int]) -> Ascent:
        if channel != self._coming:
            raise UserError("not wanted any more")
        ascent = self._make(channel)
        ascent.warm_up(size)
        return ascent

    def _take(self) -> None:
        """What was prepared, or why it was not."""
        job, self._job = self._job, None
        try:
            ascent = job.result()
        except Exception as error:  # whatever TensorFlow may raise: the old channel dreams on
            self.error = f"{self._coming} can't be dreamed: {' '.join(str(error).split())}"
            self._voices[self._coming] = self._voices[self._playing]
            return
        self._voices[self._coming] = ascent
        spare = [name for name in self._voices if name not in (self._playing, self._coming)]
        for old in spare[: max(0, len(self._voices) - KEPT)]:
            del self._voices[old]
            self._worker.submit(give_back)

    def _next(self) -> str:
        """Whose turn it is: the coming one's as often as it has faded in, spread evenly."""
        self._owed += self._faded
        if self._owed >= 0.5:
            self._owed -= 1
            return self._coming
        return self._playing


def _behind() -> None:
    """The video goes before, where a thread can have a priority of its own."""
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        except OSError:  # a container forbids it
            return
