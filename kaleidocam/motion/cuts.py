"""Where one shot ends and the next begins, without looking ahead.

Invariant: the decision uses only this frame and earlier ones, so that live and film agree.

Source: the content score of PySceneDetect's ContentDetector (mean change of hue, saturation and value, 0 to 255),
and its AdaptiveDetector's idea of comparing with the score's own recent level.
"""

import cv2
import numpy as np

from kaleidocam.motion.warp import resized

SURE = 27.0  # content score that is a cut by itself: PySceneDetect's default threshold
LIKELY = 15.0  # content score that is a cut where the shot was calm
CALM_FACTOR = 3.0  # times the running mean score that a LIKELY cut needs
LEAST_TRUST = 0.35  # mean agreement of the flows below which nothing of the old shot remains
MOST_TRUST = 0.8  # mean agreement above which the flow explains the change: a fast pan or a flash, not a cut
MEMORY = 0.9  # weight of the past in the running mean


class CutDetector:
    """Call it once per frame. State: the previous frame in HSV and the running mean score; `reset` clears it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._before: np.ndarray | None = None
        self._usual = 0.0

    def state(self) -> dict:
        """All that the next calls depend on; for `restore`."""
        return {"before": None if self._before is None else self._before.copy(), "usual": self._usual}

    def restore(self, state: dict) -> None:
        self._before, self._usual = state["before"], state["usual"]

    def __call__(self, image: np.ndarray, trust: float) -> bool:
        """Whether a new shot starts at `image`, (H, W, 3) uint8 BGR. `trust`: mean agreement of forward and backward
        flow, 0 to 1."""
        now = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        before, self._before = self._before, now
        if before is None:
            return False
        before = resized(before, now.shape[:2])
        score = float(np.mean(cv2.mean(cv2.absdiff(now, before))[:3]))
        changed = score > SURE or (score > LIKELY and score > CALM_FACTOR * self._usual)
        cut = (changed and trust < MOST_TRUST) or (trust < LEAST_TRUST and score > LIKELY / 3)
        self._usual = 0.0 if cut else MEMORY * self._usual + (1 - MEMORY) * score
        return cut
