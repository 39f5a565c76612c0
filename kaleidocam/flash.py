"""Keeps a performance from flashing at people whom that can harm.

Invariant: what comes out has no more than three general or red flashes in any second, in no field of view; a picture
that does not flash passes untouched.

Source: WCAG 2.2, success criterion 2.3.1, its definitions of general flash and red flash thresholds: opposing changes
of relative luminance by 10 % of the maximum or more, the darker below 0.80, or opposing changes to or from a saturated
red, together over more than a quarter of any 10 degrees of the visual field. How far off an audience sits is not
known, so such a field is a third of the picture a side, WCAG's 341×256 on 1024×768, wherever it lies; and each place
counts its own flashes, together with its neighbours' or not, which is stricter than the criterion.
"""

from collections import deque

import cv2
import numpy as np

MOST_CHANGES = 6  # opposing ones in a second: three flashes
SECOND = 1.0
TOLD_SECONDS = 2.0  # for which the performer is told
CELLS = (64, 36)  # (width, height) at which it is measured; finer patterns are exempt
FIELD, FIELD_SHARE = (21, 12), 0.25  # cells (width, height), and how much of them may flash
GENERAL, DARK = 0.1, 0.8  # of the relative luminance: least change, and what the darker must lie below
RED, SATURATED = 20 / 320, 0.8  # least change of R - G - B, and R's share from which a red is saturated
LUMINANCE = np.array([[0.0722, 0.7152, 0.2126]], np.float32)  # of linear B, G, R
RED_EXCESS = np.array([[-1.0, -1.0, 1.0]], np.float32)
SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05, 0.03, 0.0)  # of the new picture, that are tried
LEVELS = np.arange(256) / 255
LINEAR = np.where(LEVELS <= 0.04045, LEVELS / 12.92, ((LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


class Changes:
    """Opposing changes of one measure in each cell. `least`: how much counts; `below`: where the lower must lie."""

    def __init__(self, least: float, below: float) -> None:
        self._least, self._below = least, below
        self._high = self._low = None
        self._way = np.zeros(CELLS[::-1], np.int8)  # 1 rising, -1 falling, 0 not known yet

    def next(self, value: np.ndarray) -> tuple[np.ndarray, tuple]:
        """(cells that change at `value`, what to `take` if that is what is shown). Changes nothing."""
        if self._high is None:
            return np.zeros(value.shape, bool), (value, value, self._way)
        high, low = np.maximum(self._high, value), np.minimum(self._low, value)
        falls = (self._way >= 0) & (high - value >= self._least) & (value < self._below)
        rises = (self._way <= 0) & (value - low >= self._least) & (low < self._below) & ~falls
        way = np.where(falls, -1, np.where(rises, 1, self._way)).astype(np.int8)
        turned = falls | rises
        return turned, (np.where(turned, value, high), np.where(turned, value, low), way)

    def take(self, state: tuple) -> None:
        self._high, self._low, self._way = state


class FlashLimiter:
    """Call it with every picture that is shown. Where one flash too many would come, only as much of the new picture is
    let through as does not flash; the rest stays the picture before. Memory: that picture, and the last second."""

    def __init__(self) -> None:
        self._measures = (Changes(GENERAL, DARK), Changes(RED, np.inf))
        self._past: tuple[deque, ...] = (deque(), deque())  # (seconds, cells that changed)
        self._counts = [np.zeros(CELLS[::-1], np.int16) for _ in self._measures]
        self._shown: np.ndarray | None = None
        self._small: np.ndarray | None = None
        self._now = 0.0
        self.damped = float("-inf")  # when it last held something back, seconds

    def notice(self) -> str | None:
        """A line for the performer while it holds something back."""
        recent = self._now - self.damped < TOLD_SECONDS
        return "flashing is damped, for it can harm (--flashes allow lets it through)" if recent else None

    def __call__(self, image: np.ndarray, seconds: float) -> np.ndarray:
        """`image` (H, W, 3) uint8 BGR, shown at `seconds` -> the same size, safe to show."""
        self._now = seconds
        self._forget(seconds)
        small = cv2.resize(image, CELLS, interpolation=cv2.INTER_AREA)
        if self._shown is None or self._shown.shape != image.shape:
            self._shown, self._small = image, small
        for share in SHARES:
            mixed = small if share == 1 else cv2.addWeighted(small, share, self._small, 1 - share, 0)
            changes = [measure.next(value) for measure, value in zip(self._measures, measured(mixed), strict=True)]
            if not any(_flashes(count + cells) for count, (cells, _) in zip(self._counts, changes, strict=True)):
                break
        if share < 1:
            image = cv2.addWeighted(image, share, self._shown, 1 - share, 0)
            self.damped = seconds
        for i, (cells, state) in enumerate(changes):
            self._measures[i].take(state)
            if cells.any():
                self._past[i].append((seconds, cells))
                self._counts[i] += cells
        self._shown, self._small = image, mixed
        return image

    def _forget(self, seconds: float) -> None:
        for past, count in zip(self._past, self._counts, strict=True):
            while past and past[0][0] <= seconds - SECOND:
                count -= past.popleft()[1]


def measured(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative luminance 0 to 1, and how far a saturated red stands out (0 elsewhere), each (h, w) float32, of
    (h, w, 3) uint8 BGR."""
    linear = LINEAR[small]
    excess = cv2.transform(linear, RED_EXCESS)
    red = linear[..., 2] >= SATURATED * linear.sum(-1)
    return cv2.transform(linear, LUMINANCE), np.where(red, np.maximum(excess, 0), 0).astype(np.float32)


def _flashes(counts: np.ndarray) -> bool:
    """Whether a field of view flashes too often, `counts` being the changes in the last second."""
    if counts.max() <= MOST_CHANGES:
        return False
    too_many = (counts > MOST_CHANGES).astype(np.float32)
    return float(cv2.blur(too_many, FIELD, borderType=cv2.BORDER_REFLECT).max()) > FIELD_SHARE
