"""How much of a picture moves.

Invariant: noise, exposure and lamps are no motion: pictures are compared by their detail, relative to its contrast
nearby. Only times and pictures count, never the frame rate.
"""

from typing import Any

import cv2
import numpy as np

from kaleidocam.mask.base import Sight

SIZE = (96, 54)  # width, height, pixels: noise is averaged away, and a hand is still some of them
EVERY, LAG = 0.1, 0.2  # seconds from one look to the next, and between two pictures that are compared
ON_TIME = 0.99  # of both: frame times are rounded
DETAIL = 3.0  # pixels, sigma: what is wider is light, not detail
# Gray levels of contrast that count as none: so many, and so many times the difference that a quarter of the picture
# stays below, which is noise; it is counted up to LOUDEST, because in a picture that moves as a whole it is motion.
PLAIN, NOISY, LOUDEST = 4.0, 5.0, 4.0
QUARTER = 25  # percent
OTHER = 0.3  # mean difference, in contrasts, from which a place has moved


class Stir:
    """The share of the picture that moves, looked at ten times a second. State: the pictures of the last moment, and
    the last answer."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The next picture is the first again; until there are two, nothing is known."""
        self._pictures: list[tuple[float, np.ndarray]] = []  # (seconds ago, gray), the oldest first
        self._share: float | None = None

    def state(self) -> dict[str, Any]:
        ages = {str(i): age for i, (age, _) in enumerate(self._pictures)}
        return {"share": self._share, "ages": ages, "grays": {str(i): g for i, (_, g) in enumerate(self._pictures)}}

    def restore(self, state: dict[str, Any]) -> None:
        self._share = None if state["share"] is None else float(state["share"])
        self._pictures = [(float(age), state["grays"][i]) for i, age in state["ages"].items()]

    def of(self, sight: Sight) -> float | None:
        """0 to 1; None while nothing is known yet. A cut is no motion."""
        if sight.motion.cut:
            self.forget()
        self._pictures = [(age + sight.elapsed, gray) for age, gray in self._pictures]
        if self._pictures and self._pictures[-1][0] < ON_TIME * EVERY:
            return self._share
        now = cv2.cvtColor(sight.shrunk(SIZE), cv2.COLOR_BGR2GRAY)
        before = [gray for age, gray in self._pictures if age >= ON_TIME * LAG]
        if before:
            self._share = stirred(before[-1], now)
        self._pictures = [*self._pictures[max(0, len(before) - 1) :], (0.0, now)]
        return self._share


def stirred(before: np.ndarray, now: np.ndarray) -> float:
    """The share of two pictures, (h, w) uint8 gray, that has moved from one to the other, 0 to 1."""
    first, second = (_detail(gray) for gray in (before, now))
    noise = min(LOUDEST, float(np.percentile(np.abs(first - second), QUARTER)))
    least = PLAIN + NOISY * noise
    difference = np.abs(_relative(first, least) - _relative(second, least))
    return float(np.mean(cv2.blur(difference, (3, 3)) > OTHER))


def _detail(gray: np.ndarray) -> np.ndarray:
    levels = gray.astype(np.float32)
    return levels - cv2.GaussianBlur(levels, (0, 0), DETAIL)


def _relative(detail: np.ndarray, least: float) -> np.ndarray:
    """Detail in contrasts: the same in any light."""
    return detail / (np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), DETAIL)) + np.float32(least))
