"""Looks now and then at what a performance sees, and names the channels that it excites.

Invariant: it never holds up a frame; whatever goes wrong with it, the show goes on and no channel is named.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from kaleidocam.errors import one_line
from kaleidocam.frame import Frame

EVERY = 2.0  # seconds between two looks
COUNT = 8  # channels that are named

Name = Callable[[np.ndarray], Sequence[str]]
"""A picture, (H, W, 3) uint8 BGR, to the channels that it excites, the most first."""


class Spotter:
    """Takes frames by a call and looks at the newest every EVERY seconds, on a thread of its own. A context."""

    def __init__(self, name: Name, *, every: float = EVERY) -> None:
        self.names: list[str] = []
        self.error: str | None = None
        self._name, self._every = name, every
        self._newest: Frame | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="spotter", daemon=True)

    def __call__(self, frame: Frame) -> None:
        self._newest = frame

    def __enter__(self) -> "Spotter":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(self._every):
            frame, self._newest = self._newest, None
            if frame is None:
                continue
            try:
                self.names, self.error = list(self._name(frame.image))[:COUNT], None
            except Exception as error:  # of a network that has no memory left, say
                self.names, self.error = [], one_line(error)
