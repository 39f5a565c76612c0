"""Looks at a frame of a performance every few seconds, and names the channels that it excites.

Invariant: it never delays a frame. If it fails, the show goes on and no channel is named.
"""

import threading
from collections.abc import Callable, Sequence

import numpy as np

from kaleidocam.errors import one_line
from kaleidocam.frame import Frame

EVERY = 2.0  # seconds between two looks
COUNT = 8  # channels named at most

Name = Callable[[np.ndarray], Sequence[str]]
"""A picture, (H, W, 3) uint8 BGR -> names of the channels that it excites, the most excited first."""


class Spotter:
    """Call it with each frame; it looks at the newest one every `every` seconds, on its own thread. A context."""

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
            except Exception as error:  # for example, the device is out of memory
                self.names, self.error = [], one_line(error)
