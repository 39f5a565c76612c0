"""A mask from a network that is asked now and then, and that is not always sure.

Invariant: between two answers the mask goes with the picture; where the picture was seen before, an answer changes it
only gradually, and only if it is clearly another.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import cv2
import numpy as np

from kaleidocam.mask.base import Sight
from kaleidocam.motion.warp import resized, sample

ON_TIME = 0.99  # of the time between two answers, after which the next one is due: frame times are rounded
# Seconds in which the mask goes half the way to the network's answer; where the picture itself has changed, such as
# beside whatever moves, only this share of the difference stays even at once.
HALF, STAYS = 0.04, 0.3
# Share of the picture that is new since the frame before, beyond which the network is asked in every second frame, and
# in each: between two answers a mask trails behind a head that moves by 60 px a frame.
HURRIED, RUSHED = 0.05, 0.1
# How far the mask before speaks for itself, in confidence, so that what is neither clearly in nor out stays as it is.
HOLD = 0.4
# Share of the picture below which a part that stands alone and was none of the subject's stays so: what the network
# takes for somebody for a few frames, such as goods on a shelf.
SPECK = 0.01
UNSURE = (0.3, 0.7)  # confidence below which a place is none of the subject's, and above which it is all its


class Guess(Protocol):
    """What looks at one picture alone."""

    size: tuple[int, int]

    def __call__(self, small: np.ndarray) -> np.ndarray:
        """A picture of `size` (width, height), (h, w, 3) uint8 BGR -> (h, w) float32, 0 to 1."""


class Steady:
    """A mask that is carried along the motion from one answer of `guess` to the next. State: it, the last answer, and
    how long ago that was."""

    def __init__(self, guess: Guess, every: float = 0.0) -> None:
        """`every`: seconds between two answers, but not for two frames in a row, unless much is new: the fewer a
        machine shows, the less time it has. Where little is new, an answer is taken at the frame after, so that nobody
        waits for it. 0: one for each frame, at once."""
        self._guess, self._every = guess, every
        self._thread = ThreadPoolExecutor(1, "mask") if every else None
        self.reset()

    def reset(self) -> None:
        self._both: np.ndarray | None = None  # (h, w, 2): the mask, and what the last answer makes of it
        self._waited, self._frames = 0.0, 0  # since then
        self._coming: Callable[[], np.ndarray] | None = None  # waits for the answer for the frame before

    def state(self) -> dict[str, Any]:
        coming = self._coming and self._coming()
        return {"both": self._both, "waited": self._waited, "frames": self._frames, "coming": coming}

    def restore(self, state: dict[str, Any]) -> None:
        self._both, self._waited, self._frames = state["both"], float(state["waited"]), int(state["frames"])
        coming = state.get("coming")  # a film that an earlier version began has none
        self._coming = None if coming is None else lambda: coming

    def of(self, sight: Sight) -> np.ndarray:
        motion, shape = sight.motion, sight.motion.trust.shape
        self._waited, self._frames = self._waited + sight.elapsed, self._frames + 1
        if self._both is None or motion.cut:
            mask = answer = without_specks(sure(resized(self._ask(sight)(), shape)))
            self._coming = None
        else:
            mask, answer = cv2.split(sample(resized(self._both, shape), motion.flow))
            confidence = self._confidence(sight)
            if confidence is not None:
                answer = without_specks(sure(confidence, mask), mask)
            kept = (STAYS + (1 - STAYS) * motion.trust) * np.float32(0.5 ** (sight.elapsed / HALF))
            mask = answer + kept * (mask - answer)
        self._both = cv2.merge([mask, answer])
        return mask

    def _confidence(self, sight: Sight) -> np.ndarray | None:
        """Of this frame, where it is time, or of the frame before, carried to this one; None: there is no new one."""
        motion, shape = sight.motion, sight.motion.trust.shape
        coming, self._coming = self._coming, None
        new = 1 - cv2.mean(motion.trust)[0]
        if self._every == 0 or new > RUSHED or (new > HURRIED and self._frames > 1):
            return resized(self._ask(sight)(), shape)
        if coming is not None:
            return sample(resized(coming(), shape), motion.flow)
        if self._frames > 1 and self._waited >= ON_TIME * self._every:
            self._coming = self._ask(sight)
        return None

    def _ask(self, sight: Sight) -> Callable[[], np.ndarray]:
        """What waits for the answer, (h, w) float32, under the mirrors."""
        self._waited, self._frames = 0.0, 0
        small, under = sight.shrunk(self._guess.size), sight.under
        if self._thread is None:
            return lambda: under(self._guess(small))
        answer = self._thread.submit(self._guess, small)  # all by one thread: a network can't be asked twice at once
        return lambda: under(answer.result())


def sure(confidence: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """(h, w) float32, 0 to 1: what a confidence means, where the mask was `before`."""
    if before is not None:
        confidence = confidence + (before - np.float32(0.5)) * np.float32(HOLD)
    low, high = UNSURE
    way = np.clip((confidence - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return way * way * (3 - 2 * way)


def without_specks(answer: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """`answer` (h, w) float32, 0 to 1, without what is smaller than SPECK, stands alone, and was none of the subject's
    in the mask `before`."""
    parts, _ = cv2.findContours((answer > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for part in parts:
        if cv2.contourArea(part) < SPECK * answer.size:
            left, top, width, height = cv2.boundingRect(part)
            if before is None or before[top : top + height, left : left + width].max() <= 0.5:
                cv2.drawContours(answer, [part], -1, 0, cv2.FILLED)
    return answer
