"""The motion since the previous frame, and how far it can be trusted.

Invariant: flow is measured from the new frame to the old one, because the old dream is sampled at the new pixels.

Sources: DIS optical flow (Kroeger et al. 2016, OpenCV's implementation); the forward-backward test of Sundaram, Brox
and Keutzer 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from kaleidocam.frame import Joint
from kaleidocam.motion.cuts import MOST_TRUST, CutDetector
from kaleidocam.motion.warp import STILL, compose, positions, resized, resized_flow, sample, steadied, way_of

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
RELATIVE_ERROR = 0.01  # of the flows' squared lengths
# px² at the grid. With the usual 0.5, smooth places are cleared and flicker is a tenth higher.
ABSOLUTE_ERROR = 1.0
# OpenCV's presets stop at a quarter of the size: they are meant for larger pictures than the grid. On the drawn
# aisle the median error of "ultrafast" falls from 0.62 to 0.22 px for 1 ms more: near 0.18 of "medium", at a third of
# its time.
FINEST_SCALE = 1
# The flow forward only checks the one backward, and needs less care: the two take 6.7 ms instead of 8.7 (of a
# processor, at 320×180, "medium"). Refined not at all they take 6.0, and flicker rises by 3 to 20 %.
CHECKING, REFINED = "ultrafast", 2
# Difference in gray levels between a carried place and the new frame: up to SAME it is the same thing with noise, from
# OTHER on it is another. Below SAME trust is exactly 1: trust multiplies every frame, and 0.95 each time would be a
# fade of its own.
SAME, OTHER = 10.0, 25.0
FILLED_CELL, FILLED_CELLS = 6, 5  # px per side of a cell, and cells per side, over which unknown flow is averaged
# px beyond the old picture: up to BORDER a place is still old, from OUTSIDE on it is new. AROUND: px of the mean flow.
BORDER, OUTSIDE, AROUND = 1.0, 3.0, 15
PLAIN, PLAIN_REACH = 3.0, 9  # gray levels of mean deviation up to which a place is plain; px per side of the window
# Distance, as a fraction of the picture's width, over which half of the carried layer wears off. It was made for
# another place, angle and light, and a fresh dream suits the picture better. On bikes.mp4 SSIM rises from 0.85 to 0.87
# at the same strength and with less flicker; slow clips do not change.
WEAR = 0.6
BLUR = 1.5  # px, sigma before two frames are compared: a sharp edge that is off by a third of a pixel still matches


@dataclass(frozen=True)
class Motion:
    """The motion from the previous frame to this one. `flow`: (H, W, 2) float32, backward, px. `trust`: (H, W) float32,
    0 to 1; 0 where the old frame does not show what is here now. `cut`: a new shot starts."""

    flow: np.ndarray
    trust: np.ndarray
    cut: bool = False

    @cached_property
    def moving(self) -> np.ndarray:
        """(H, W, 2) float32: the flow, 0 where it is only noise."""
        return steadied(self.flow)

    @cached_property
    def _ways(self) -> dict[tuple[int, int], tuple[np.ndarray | None, np.ndarray]]:
        """Size -> where each place was (None: nothing moves), and how much of it remains. A cache: the layer and its
        drives have a few sizes."""
        return {}

    @cached_property
    def kept(self) -> np.ndarray:
        """(H, W) float32, 0 to 1: how much of the carried layer remains, by trust and by the distance."""
        return self.trust * unworn(self.flow)

    def carry(self, layer: np.ndarray, shape: Sequence[int] | None = None, *, smooth: bool = False) -> np.ndarray:
        """`layer` (h, w, C) float32 of the previous frame, carried to this one, at the flow's size or at `shape`
        (H, W, …). It is worn by the distance, and cleared where it is not trusted. `smooth`: linear interpolation,
        which never overshoots, instead of cubic."""
        rows, columns = (self.trust.shape if shape is None else shape)[:2]
        size = rows, columns
        if self.cut:
            return np.zeros((*size, layer.shape[2]), np.float32)
        if size not in self._ways:
            flow = resized_flow(self.moving, size)
            self._ways[size] = positions(size) + flow if flow.any() else None, resized(self.kept, size)
        (way, kept), layer = self._ways[size], resized(layer, size)
        if way is not None:
            layer = cv2.remap(
                layer, way, None, cv2.INTER_LINEAR if smooth else cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
            )
        return cv2.multiply(layer, cv2.merge([kept] * layer.shape[2]))

    def after(self, earlier: "Motion") -> "Motion":
        """The motion over two steps, `earlier` and then this one, at the size of this one."""
        flow, trust = resized_flow(earlier.flow, self.trust.shape), resized(earlier.trust, self.trust.shape)
        return Motion(compose(self.flow, flow), self.trust * sample(trust, self.flow), self.cut or earlier.cut)


def still(shape: Sequence[int]) -> Motion:
    """No motion, at `shape` (H, W, …): all is where it was."""
    return Motion(np.zeros((*shape[:2], 2), np.float32), np.ones(shape[:2], np.float32))


class Tracker:
    """Measures the motion from frame to frame. State: the previous frame and its flows; `reset` clears it."""

    def __init__(self, preset: str = "ultrafast") -> None:
        self._preset = preset
        self._cuts = CutDetector()
        self.reset()

    def reset(self) -> None:
        self._before: np.ndarray | None = None
        self._forget()
        self._cuts.reset()

    def _forget(self) -> None:
        """The next flow is measured like the first. That needs a new DIS object: one that was once given an initial
        flow continues from its last flow when it is given none."""
        self._flows: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
        self._dis, self._check = (cv2.DISOpticalFlow_create(PRESETS[name]) for name in (self._preset, CHECKING))
        for dis in (self._dis, self._check):
            dis.setFinestScale(FINEST_SCALE)
        if self._preset != CHECKING:
            self._check.setVariationalRefinementIterations(REFINED)

    def state(self) -> dict:
        """All that the next calls depend on; for `restore`. Copies, because DIS writes into the flows."""
        kept = {"before": self._before, "backward": self._flows[0], "forward": self._flows[1]}
        return {name: _copied(x) for name, x in kept.items()} | {"cuts": self._cuts.state()}

    def restore(self, state: dict) -> None:
        self._forget()
        self._before, self._flows = state["before"], (_copied(state["backward"]), _copied(state["forward"]))
        self._cuts.restore(state["cuts"])

    def __call__(self, image: np.ndarray, joint: Joint = Joint.ON) -> Motion:
        """`image`: (H, W, 3) uint8 BGR. The first one counts as a cut. At a seam, whatever was there stays: it goes
        with the measured motion where the clip closes, and else it stands."""
        if joint is Joint.CUT:
            self.reset()
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        before, self._before = self._before, gray
        if before is None:
            self._cuts(image, trust=1.0)
            return Motion(np.zeros((*gray.shape, 2), np.float32), np.zeros(gray.shape, np.float32), cut=True)
        before = resized(before, gray.shape)
        last_backward, last_forward = (None if flow is None else resized_flow(flow, gray.shape) for flow in self._flows)
        backward = self._dis.calc(gray, before, last_backward)  # motion is steady: fewer gross errors
        forward = self._check.calc(before, gray, last_forward)
        agreement = consistency(backward, forward)
        agreed = float(agreement.mean())
        cut = self._cuts(image, agreed)
        self._flows = backward.copy(), forward  # DIS writes into its initial flow
        stands = joint is Joint.SEAM and (cut or agreed < MOST_TRUST)
        if cut or stands:
            self._forget()
        if stands:
            return still(gray.shape)
        filled = filled_in(backward, agreement)
        soft, soft_before = (cv2.GaussianBlur(picture, (0, 0), BLUR) for picture in (gray, before))
        alike = likeness(soft, soft_before, filled) * np.maximum(agreement, plain(gray)) * within(filled)
        trust = cv2.erode(alike, np.ones((3, 3), np.uint8))
        return Motion(filled, trust, cut)


def consistency(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where going back and forth leads to the start, falling to 0 where it does not."""
    there = sample(forward, backward)
    miss = _squared(backward + there)
    allowed = RELATIVE_ERROR * (_squared(backward) + _squared(there)) + ABSOLUTE_ERROR
    return np.clip(2 - miss / allowed, 0, 1)


def likeness(soft: np.ndarray, before: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: how similar the carried old frame is to the new one. Both (H, W) uint8, blurred."""
    difference = cv2.absdiff(soft, sample(before, backward)).astype(np.float32)
    return np.clip((OTHER - difference) * np.float32(1 / (OTHER - SAME)), 0, 1)


def filled_in(flow: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """`flow` (H, W, 2); where the two flows do not agree, the mean of the agreeing flow nearby, or 0. On a plain wall
    both flows are guesses."""
    height, width = agreement.shape
    small = (max(1, width // FILLED_CELL), max(1, height // FILLED_CELL))
    agreeing = cv2.merge([agreement, agreement])
    known, weight = (
        cv2.blur(cv2.resize(x, small, interpolation=cv2.INTER_AREA), (FILLED_CELLS, FILLED_CELLS))
        for x in (flow * agreeing, agreeing)
    )
    mean = cv2.resize(known / np.maximum(weight, np.float32(1e-3)), (width, height), interpolation=cv2.INTER_LINEAR)
    return mean + (flow - mean) * agreeing


def plain(gray: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where a picture, (H, W) uint8, has no detail that could show its motion, falling to 0."""
    reach = (PLAIN_REACH, PLAIN_REACH)
    deviation = cv2.blur(cv2.absdiff(gray, cv2.blur(gray, reach)), reach).astype(np.float32)
    return np.clip(2 - deviation * np.float32(1 / PLAIN), 0, 1)


def within(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where a place was inside the previous picture, falling to 0 where it came in over the border:
    carrying the border's pixels would draw streaks. It uses the mean flow nearby, because on plain walls the flow of a
    single place is noise."""
    height, width = flow.shape[:2]
    there = positions(flow.shape) + cv2.blur(flow, (AROUND, AROUND))
    x, y = there[..., 0], there[..., 1]
    beyond = np.maximum(np.maximum(-x, x - (width - 1)), np.maximum(-y, y - (height - 1)))
    return np.clip((OUTSIDE - beyond) * np.float32(1 / (OUTSIDE - BORDER)), 0, 1)


def unworn(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: how much of the layer remains after the distance along `flow`; 1 where nothing moves."""
    way = way_of(flow)
    return np.exp2(way * (way >= STILL) * np.float32(-1 / (WEAR * flow.shape[1])))


def _copied(picture: np.ndarray | None) -> np.ndarray | None:
    return None if picture is None else picture.copy()


def _squared(flow: np.ndarray) -> np.ndarray:
    return flow[..., 0] ** 2 + flow[..., 1] ** 2
