"""What each preset makes of the present picture, one after another, while somebody looks at them.

Invariant: nothing is done while nobody looks, or while the video has no time to spare; neither the video nor the dream
waits for it.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import cv2
import numpy as np

from kaleidocam.dream.assembly import backend_of
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.dream.compute.threads import giving_way, stand_behind
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.picture.assembly import make_dream, make_dreamer, make_eye, pictures_of
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import of_area
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.settings.parameters import Look, Machine

AREA = 170 * 96  # pixels of a sample
STEPS, STEP_SECONDS = 8, 0.6  # of its dream, and the time that each stands for
TURN = {"burst": 0, "cadence": 1e9, "grid": None}  # as live: each turn asks the network
QUALITY = 70  # of the JPEG
EVERY, REST = 1.0, 2.0  # from one sample to the next: seconds, and times of what one takes, whichever is more
LOOK_AGAIN = 0.25  # seconds until it is looked again whether there is time, and somebody who looks
LOOKED_AT = 10.0  # seconds for which somebody who has said that he looks counts

Make = Callable[[Frame, Look], np.ndarray]
"""What a look makes of a frame: a small picture, (h, w, 3) uint8 BGR; slow."""


class Samples:
    """Makes them on a thread of its own, in the order of `names`, and begins again after the last. A context.

    `see` is given each frame as it came; `looked_at`, whether somebody looks. `look` gives a preset's look, None where
    it can't be played; `show` is given its name and a JPEG. `spare`: whether the video has time to spare; may be set
    later.
    """

    def __init__(
        self,
        make: Make,
        names: Callable[[], Iterable[str]],
        look: Callable[[str], Look | None],
        show: Callable[[str, bytes], None],
        *,
        every: float = EVERY,
    ) -> None:
        self._make, self._names, self._look, self._show, self._every = make, names, look, show, every
        self.spare: Callable[[], bool] = lambda: True
        self._newest: Frame | None = None
        self._until = 0.0  # somebody looks, in time.monotonic()
        self._waiting: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="samples", daemon=True)

    def __enter__(self) -> "Samples":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def see(self, frame: Frame) -> None:
        """The newest frame of the source."""
        self._newest = frame

    def looked_at(self, now: bool) -> None:
        """Somebody looks, or no longer does; say it again within LOOKED_AT seconds."""
        self._until = time.monotonic() + LOOKED_AT if now else 0.0

    def _run(self) -> None:
        stand_behind()
        pause = LOOK_AGAIN
        while not self._ended.wait(pause):
            pause = LOOK_AGAIN
            frame = self._newest
            if frame is None or time.monotonic() > self._until or not self.spare():
                continue
            self._waiting = self._waiting or list(self._names())
            if not self._waiting:
                continue
            begun = time.monotonic()
            self._sample(frame, self._waiting.pop(0))
            took = time.monotonic() - begun
            pause = max(self._every - took, REST * took)

    def _sample(self, frame: Frame, name: str) -> None:
        look = self._look(name)
        if look is None:
            return
        try:
            with giving_way():
                picture = self._make(frame, look)
            self._show(name, cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
        except Exception:  # whatever it is, the preset keeps the picture that it has, and the show goes on
            pass
        give_back()


def make_sampling(machine: Machine) -> Make:
    """Makes samples with the network of a machine, never on the dream's own device where that takes one thread only."""

    def sample(frame: Frame, look: Look) -> np.ndarray:
        if pictures_of(look):
            raise UserError("a look that names pictures has no sample: nobody is to see files of this machine unasked")
        here = machine.model_copy(update={"device": "cpu"}) if backend_of(machine).alone else machine
        size = of_area(frame.size, AREA)
        small = small_bgr(frame.picture, size)
        turn = look.model_copy(update=TURN)
        eye, glass = make_eye(here, live=True, grid=size), Glass()
        dream = make_dream(size, make_dreamer(look, here), here)
        seen, layer = None, None
        for number in range(STEPS):
            seen = eye.see(Frame(small, number * STEP_SECONDS, number), turn)
            layer = dream.advance(seen, turn)
        assert seen is not None  # there are steps
        return glass.show(replace(seen, let_in=1.0), layer, turn).image  # a still picture triggers nothing

    return sample
