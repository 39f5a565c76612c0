"""The frames of a performance, also while its source is silent.

Invariant: after the first frame, there is a picture to show again within a moment, whatever the source does.
"""

import math
import time
from collections.abc import Callable

import numpy as np

from kaleidocam.fit import fitted
from kaleidocam.frame import Frame, Joint
from kaleidocam.sources.changeable import Changeable
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.watched import LATER_SECONDS, Watched

SHORTEST_WAIT_SECONDS = 0.005
KEY_PAUSE_SECONDS = 0.05  # how long `next` waits for a frame, so that the keys are looked at again
SILENT_SECONDS = 0.2  # without a frame, after which the last one is shown again
SILENT_FRAMES = 3  # the same in frames' time, for a slow source
Live = Newest | Watched | Changeable


class Input:
    """A live source. While it is silent, its last frame comes again at its pace, with the time of now. `joint`: how the
    frame that `next` gave last follows the one before it.

    `idle`: the picture before the source has given any, (H, W, 3) uint8 BGR at so many seconds; None: there is none.
    """

    def __init__(self, source: Live, idle: Callable[[float], np.ndarray] | None = None) -> None:
        self._source, self._idle, self.joint = source, idle, Joint.ON
        self._newest: Frame | None = None
        self._came_at: float | None = None  # when the source gave that; at first, when it was first asked
        self._given_at, self._at = 0.0, -math.inf  # by the clock, and by the frames' own
        self._dropped_before: int | None = None
        self.ended = False  # the source has, and there will be no more frames

    @property
    def dropped(self) -> int:
        """Frames dropped since the first was given."""
        return self._source.dropped - (self._dropped_before or 0)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the frames."""
        return self._source.size

    @property
    def fps(self) -> float:
        """Nominal frame rate of the source that plays."""
        return self._source.fps

    def next(self) -> Frame | None:
        """The next frame to show, after a moment's wait at most; None: none yet, or `ended`. Raises what the source
        raised."""
        if self._came_at is None:
            self._came_at = time.monotonic()
        due = self._given_at + 1 / self._source.fps - time.monotonic()  # of a picture shown once more
        if self._source.wait(min(KEY_PAUSE_SECONDS, max(SHORTEST_WAIT_SECONDS, due))):
            frame = self._source.read()
            self.ended, self.joint = frame is None, self._source.joint
            self._newest, self._came_at = frame, time.monotonic()
        else:
            frame, self.joint = self._stand_in(self._came_at, time.monotonic()), Joint.ON
        if frame is not None:
            if frame.seconds <= self._at:  # a source in place of one that was silent
                frame = frame.at(self._at + LATER_SECONDS)
            self._at = frame.seconds
            self._given_at = time.monotonic()
            if self._dropped_before is None:
                self._dropped_before = self._source.dropped
        return frame

    def resize(self, size: tuple[int, int]) -> None:
        """Frames of `size` (width, height) from now on."""
        self._source.size = size
        if self._newest:
            self._newest = self._newest.showing(fitted(self._newest.picture, size, self._source.how))

    def _stand_in(self, since: float, now: float) -> Frame | None:
        """What is shown while the source is silent: its last picture once more, or the idle one, where that is due.
        `since`: when its last frame came."""
        interval = 1 / self._source.fps
        silent = now - since > max(SILENT_SECONDS, SILENT_FRAMES * interval)
        if not silent or now - self._given_at < interval:
            return None
        if self._newest:
            return self._newest.at(now)
        return Frame(self._idle(now), now, 0) if self._idle else None
