"""How the world moved since the frame before, and how far that can be trusted.

Invariant: flow is measured from the new frame to the old one, because the old dream is sampled at the new pixels.

Sources: DIS optical flow (Kroeger et al. 2016, as OpenCV has it); the forward-backward test of Sundaram, Brox and
Keutzer 2010.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.motion.cuts import CutDetector
from kaleidocam.motion.warp import carry, compose, sample

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
RELATIVE_ERROR = 0.01  # of the flows' squared lengths
ABSOLUTE_ERROR = 0.25  # px² at the grid; DIS errs by about half a grid pixel
# Grey levels by which a carried pixel may miss: up to the first it is the same thing under noise, from the second on
# another. No slope below the first: trust is multiplied every frame, and 0.95 each time would be a fade of its own.
SAME, OTHER = 18.0, 40.0


@dataclass(frozen=True)
class Motion:
    """From the frame before to this one. `flow`: (H, W, 2) float32, backward, px. `trust`: (H, W) float32, 0 to 1,
    0 where the old frame does not show what is here now. `cut`: nothing of the old frame is left."""

    flow: np.ndarray
    trust: np.ndarray
    cut: bool = False

    def carry(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (H, W, C) float32 of the frame before, brought to this one and cleared where it has no place."""
        if self.cut:
            return np.zeros_like(layer)
        return carry(layer, self.flow) * self.trust[..., None]

    def after(self, earlier: "Motion") -> "Motion":
        """The motion over both steps, `earlier` being the one before this."""
        return Motion(
            compose(self.flow, earlier.flow), self.trust * sample(earlier.trust, self.flow), self.cut or earlier.cut
        )


class Tracker:
    """Measures the motion from frame to frame at the grid. Memory: the frame before; `reset` clears it."""

    def __init__(self, preset: str = "fast") -> None:
        self._dis = cv2.DISOpticalFlow_create(PRESETS[preset])
        self._cuts = CutDetector()
        self.reset()

    def reset(self) -> None:
        self._before: np.ndarray | None = None
        self._cuts.reset()

    def __call__(self, image: np.ndarray) -> Motion:
        """`image`: (H, W, 3) uint8 BGR. The first one is a cut: nothing came before it."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        before, self._before = self._before, grey
        if before is None:
            self._cuts(image, trust=1.0)
            return Motion(np.zeros((*grey.shape, 2), np.float32), np.zeros(grey.shape, np.float32), cut=True)
        backward = self._dis.calc(grey, before, None)
        forward = self._dis.calc(before, grey, None)
        agreement = consistency(backward, forward)
        cut = self._cuts(image, float(agreement.mean()))
        trust = cv2.erode(agreement * likeness(grey, before, backward), np.ones((3, 3), np.uint8))
        return Motion(backward, trust, cut)


def consistency(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where going back and forth again ends where it began, falling to 0 where it does not."""
    there = sample(forward, backward)
    miss = _squared(backward + there)
    allowed = RELATIVE_ERROR * (_squared(backward) + _squared(there)) + ABSOLUTE_ERROR
    return np.clip(2 - miss / allowed, 0, 1)


def likeness(grey: np.ndarray, before: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: how well the old frame, carried, looks like the new one. Both (H, W) uint8."""
    difference = cv2.absdiff(grey, sample(before, backward)).astype(np.float32)
    return np.clip((OTHER - difference) * np.float32(1 / (OTHER - SAME)), 0, 1)


def _squared(flow: np.ndarray) -> np.ndarray:
    return flow[..., 0] ** 2 + flow[..., 1] ** 2
