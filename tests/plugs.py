"""Cameras for the tests, plugged and unplugged by a list in a file, and places that hang. Opened in other processes."""

import json
import os
import threading
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source
from kaleidocam.sources.place import CameraPlace, Place

SIZE, FPS = (160, 96), 50.0
FOR_EVER = threading.Event()


class Noise(Source):
    """A noisy gray picture of one `level`; after `good` frames, a read that never returns. `rate`: of its clock."""

    def __init__(self, level, good=None, rate=1):
        self.size, self.fps = SIZE, FPS
        self._rate = rate
        self._level, self._good, self._index = level, good, -1
        self._random = np.random.default_rng(level)

    def read(self):
        time.sleep(1 / FPS)
        self._index += 1
        if self._index == self._good:
            FOR_EVER.wait()
        image = self._level + self._random.integers(0, 5, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        return Frame(image, self._rate * time.monotonic(), self._index)

    def close(self):
        pass


@dataclass(frozen=True)
class Hanging(Place):
    """Every opening sends `good` frames and then hangs; with none, it hangs while it is opened."""

    good: int
    rate: int = 1
    size: tuple[int, int] = SIZE
    fps: float = FPS

    def open(self):
        if not self.good:
            FOR_EVER.wait()
        return Noise(100, self.good, self.rate), self

    def __str__(self):
        return "the hanging camera"


class Plugged(Noise):
    """The camera that a list has under `index`; it ends when it is no longer there."""

    def __init__(self, path, index, *, size, fps):
        self._path, self._at = path, index
        level = self._listed()
        if level is None:
            raise UserError(f"no camera {index}")
        super().__init__(level)

    def _listed(self):
        return {index: level for index, _, level in _list(self._path)}.get(self._at)

    def read(self):
        return super().read() if self._listed() == self._level else None


def plug(path, cameras):
    """What is plugged in from now on: (number, name, gray level) of each."""
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(cameras))
    os.replace(aside, path)


def plugged(path, text):
    """The place of a camera in the list at `path`."""
    return CameraPlace(text, SIZE, FPS, names=partial(_names, path), camera=partial(Plugged, path))


def _names(path):
    return [(index, name) for index, name, _ in _list(path)]


def _list(path):
    return json.loads(path.read_text())
