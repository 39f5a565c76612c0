"""Keeps a performance from flashing at people whom that can harm.

Invariant: what comes out has no more than three general or red flashes in any second, in no field of view; a picture
that does not flash passes untouched.

Source: WCAG 2.2, success criterion 2.3.1, its definitions of general flash and red flash thresholds: opposing changes
of relative luminance by 10 % of the maximum or more, the darker below 0.80, or opposing changes to or from a saturated
red, together over more than a quarter of any 10 degrees of the visual field. How far off an audience sits is not
known, so such a field is a third of the picture's width and height, WCAG's 341×256 on 1024×768, wherever it lies.
Places that change the same way within 30 ms change together; what moves through a field changes it bit by bit.
"""

from collections import deque

import cv2
import numpy as np

from kaleidocam.picture.laid import mixed
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.planes import Picture

MOST_CHANGES = 6  # opposing ones in a second: three flashes
SECOND = 1.0
TOGETHER = 0.03  # seconds; with 0.05, shelves that pass by are sometimes taken for flashes
NOTICE_SECONDS = 2.0  # for which the performer reads it
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
    """Opposing changes of one measure in each field of view. `least`: how much counts; `below`: where the lower must
    lie. State: each cell's extremes, the changes that may still join, each field's last way, and its last second."""

    def __init__(self, least: float, below: float) -> None:
        self._least, self._below = least, below
        self._cells: tuple[np.ndarray, ...] | None = None  # highest, lowest, way: 1 rising, -1 falling, 0 not known yet
        self._lately: deque[tuple[float, np.ndarray, np.ndarray]] = deque()  # (seconds, cells that rose, that fell)
        self._way = np.zeros(CELLS[::-1], np.int8)  # of each field, by its middle
        self._past: deque[tuple[float, np.ndarray]] = deque()  # (seconds, fields that changed)
        self._counts = np.zeros(CELLS[::-1], np.int16)

    def forget(self, now: float) -> None:
        """What is too long ago at `now`, in seconds, does not count any more."""
        while self._past and self._past[0][0] <= now - SECOND:
            self._counts -= self._past.popleft()[1]
        while self._lately and self._lately[0][0] <= now - TOGETHER:
            self._lately.popleft()

    def next(self, value: np.ndarray) -> tuple[bool, tuple]:
        """Whether a field flashes too often if `value` is shown, and what to `take` if it is. Changes nothing."""
        rises, falls, cells = self._turned(value)
        up, down = ((self._together(turned, i) > FIELD_SHARE) for i, turned in ((1, rises), (2, falls)))
        changed = (up & (self._way <= 0)) | (down & (self._way >= 0))
        way = np.where(up & down, np.where(self._way > 0, -1, 1), np.where(up, 1, np.where(down, -1, self._way)))
        too_often = bool((self._counts[changed] >= MOST_CHANGES).any())
        return too_often, (cells, rises, falls, way.astype(np.int8), changed)

    def take(self, now: float, state: tuple) -> None:
        self._cells, rises, falls, self._way, changed = state
        if rises.any() or falls.any():
            self._lately.append((now, rises, falls))
        if changed.any():
            self._past.append((now, changed))
            self._counts += changed

    def _turned(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
        """(cells that turn upward at `value`, that turn downward, their new state)."""
        high, low, way = self._cells or (value, value, np.zeros(value.shape, np.int8))
        high, low = np.maximum(high, value), np.minimum(low, value)
        falls = (way >= 0) & (high - value >= self._least) & (value < self._below)
        rises = (way <= 0) & (value - low >= self._least) & (low < self._below) & ~falls
        turned = falls | rises
        way = np.where(falls, -1, np.where(rises, 1, way)).astype(np.int8)
        return rises, falls, (np.where(turned, value, high), np.where(turned, value, low), way)

    def _together(self, turned: np.ndarray, which: int) -> np.ndarray:
        """The share of each field that turned the same way, now or a moment ago."""
        for moment in self._lately:
            turned = turned | moment[which]
        return cv2.blur(turned.astype(np.float32), FIELD, borderType=cv2.BORDER_REFLECT)


class FlashLimiter:
    """Call it with every picture that is shown. Where one flash too many would come, only as much of the new picture is
    let through as does not flash; the rest stays the picture before. State: that picture, and the last second."""

    def __init__(self) -> None:
        self._measures = (Changes(GENERAL, DARK), Changes(RED, np.inf))
        self._shown: Picture | None = None
        self._small: np.ndarray | None = None
        self._now = 0.0
        self.damped = float("-inf")  # when it last held something back, seconds

    def notice(self) -> str | None:
        """A line for the performer while it holds something back."""
        recent = self._now - self.damped < NOTICE_SECONDS
        return "flashing is damped, for it can harm (--flashes allow lets it through)" if recent else None

    def __call__(self, picture: Picture, seconds: float) -> Picture:
        """`picture`, shown at `seconds` -> the same size, safe to show."""
        self._now = seconds
        for measure in self._measures:
            measure.forget(seconds)
        small = small_bgr(picture, CELLS)
        if self._shown is None or self._small is None or self._shown.shape[:2] != picture.shape[:2]:
            self._shown, self._small = picture, small
        for share in SHARES:
            tried = small if share == 1 else cv2.addWeighted(small, share, self._small, 1 - share, 0)
            changes = [measure.next(value) for measure, value in zip(self._measures, measured(tried), strict=True)]
            if not any(too_often for too_often, _ in changes):
                break
        if share < 1:
            picture = mixed(picture, self._shown, share)
            self.damped = seconds
        for measure, (_, state) in zip(self._measures, changes, strict=True):
            measure.take(seconds, state)
        self._shown, self._small = picture, tried
        return picture


def measured(small: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative luminance 0 to 1, and how far a saturated red stands out (0 elsewhere), each (h, w) float32, of
    (h, w, 3) uint8 BGR."""
    linear = LINEAR[small]
    excess = cv2.transform(linear, RED_EXCESS)
    red = linear[..., 2] >= SATURATED * linear.sum(-1)
    return cv2.transform(linear, LUMINANCE), np.where(red, np.maximum(excess, 0), 0).astype(np.float32)
