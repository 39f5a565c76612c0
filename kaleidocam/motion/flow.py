"""How the world moved since the frame before, and how far that can be trusted.

Invariant: flow is measured from the new frame to the old one, because the old dream is sampled at the new pixels.

Sources: DIS optical flow (Kroeger et al. 2016, as OpenCV has it); the forward-backward test of Sundaram, Brox and
Keutzer 2010.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from kaleidocam.motion.cuts import CutDetector
from kaleidocam.motion.warp import STILL, compose, positions, resized, resized_flow, sample, steadied, way_of

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
RELATIVE_ERROR = 0.01  # of the flows' squared lengths
# px² at the grid. With half of it, the usual number, smooth places are cleared and flicker is a tenth higher.
ABSOLUTE_ERROR = 1.0
# The presets stop at a quarter of the size, meant for larger pictures than the grid. On the drawn aisle the median
# error falls from 0.62 to 0.22 px (ultrafast) for 1 ms more: near medium's 0.18, at a third of its time.
FINEST_SCALE = 1
# Gray levels by which a carried place may miss: up to the first it is the same thing under noise, from the second on
# another. No slope below the first: trust is multiplied every frame, and 0.95 each time would be a fade of its own.
SAME, OTHER = 10.0, 25.0
FILLED_CELL, FILLED_CELLS = 6, 5  # px a cell, and cells a side, from which a flow that is not known is taken
BORDER, OUTSIDE, AROUND = 1.0, 3.0, 15  # px beyond the picture up to which, and from which, a place is new; px
PLAIN, PLAIN_REACH = 3.0, 9  # gray levels of mean deviation within so many pixels, up to which a place is plain
# Share of the picture's width on whose way half of what is carried wears off: it was made for another place, angle and
# light, and drawing it anew serves the picture better. On bikes.mp4 SSIM rises from 0.85 to 0.87 at the same strength
# and with less flicker, in slow clips nothing changes.
WEAR = 0.6
BLUR = 1.5  # px, before they are compared: a sharp edge that is a third of a pixel off is still the same edge


@dataclass(frozen=True)
class Motion:
    """From the frame before to this one. `flow`: (H, W, 2) float32, backward, px. `trust`: (H, W) float32, 0 to 1,
    0 where the old frame does not show what is here now. `cut`: nothing of the old frame is left."""

    flow: np.ndarray
    trust: np.ndarray
    cut: bool = False

    @cached_property
    def moving(self) -> np.ndarray:
        """(H, W, 2) float32: the flow without what is only noise."""
        return steadied(self.flow)

    @cached_property
    def _ways(self) -> dict[tuple[int, int], tuple[np.ndarray | None, np.ndarray]]:
        """Where each place was, None where nothing moves, and how much is left of it, for each size that was asked for:
        a layer and its drives are of a few."""
        return {}

    @cached_property
    def kept(self) -> np.ndarray:
        """(H, W) float32, 0 to 1: how much is left of what is carried, by trust and by the way."""
        return self.trust * unworn(self.flow)

    def carry(self, layer: np.ndarray, shape: Sequence[int] | None = None, *, smooth: bool = False) -> np.ndarray:
        """`layer` (h, w, C) float32 of the frame before, brought to this one and its size, or to `shape` (H, W, …);
        worn by the way, and cleared where it has no place. `smooth`: linearly, which never goes beyond what it is
        between, instead of sharply."""
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
        """The motion over both steps, `earlier` being the one before this; at the size of this one."""
        flow, trust = resized_flow(earlier.flow, self.trust.shape), resized(earlier.trust, self.trust.shape)
        return Motion(compose(self.flow, flow), self.trust * sample(trust, self.flow), self.cut or earlier.cut)


class Tracker:
    """Measures the motion from frame to frame at the grid. State: the frame before; `reset` clears it."""

    def __init__(self, preset: str = "ultrafast") -> None:
        self._preset = preset
        self._cuts = CutDetector()
        self.reset()

    def reset(self) -> None:
        self._before: np.ndarray | None = None
        self._forget()
        self._cuts.reset()

    def _forget(self) -> None:
        """The next flow is measured as the first. That takes another DIS: one that was ever given a flow to start from
        goes on from its last where it is given none."""
        self._flows: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
        self._dis = cv2.DISOpticalFlow_create(PRESETS[self._preset])
        self._dis.setFinestScale(FINEST_SCALE)

    def state(self) -> dict:
        """All that decides what comes next, to be given to `restore`. Copies, as DIS writes into the flows."""
        kept = {"before": self._before, "backward": self._flows[0], "forward": self._flows[1]}
        return {name: _copied(x) for name, x in kept.items()} | {"cuts": self._cuts.state()}

    def restore(self, state: dict) -> None:
        self._forget()
        self._before, self._flows = state["before"], (_copied(state["backward"]), _copied(state["forward"]))
        self._cuts.restore(state["cuts"])

    def __call__(self, image: np.ndarray) -> Motion:
        """`image`: (H, W, 3) uint8 BGR. The first one is a cut: nothing came before it."""
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        before, self._before = self._before, gray
        if before is None:
            self._cuts(image, trust=1.0)
            return Motion(np.zeros((*gray.shape, 2), np.float32), np.zeros(gray.shape, np.float32), cut=True)
        before = resized(before, gray.shape)
        last_backward, last_forward = (None if flow is None else resized_flow(flow, gray.shape) for flow in self._flows)
        backward = self._dis.calc(gray, before, last_backward)  # things go on as they went: fewer gross errors
        forward = self._dis.calc(before, gray, last_forward)
        agreement = consistency(backward, forward)
        cut = self._cuts(image, float(agreement.mean()))
        self._flows = backward.copy(), forward  # DIS writes into what it is given
        if cut:
            self._forget()
        filled = filled_in(backward, agreement)
        soft, soft_before = (cv2.GaussianBlur(picture, (0, 0), BLUR) for picture in (gray, before))
        alike = likeness(soft, soft_before, filled) * np.maximum(agreement, plain(gray)) * within(filled)
        trust = cv2.erode(alike, np.ones((3, 3), np.uint8))
        return Motion(filled, trust, cut)


def consistency(backward: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where going back and forth again ends where it began, falling to 0 where it does not."""
    there = sample(forward, backward)
    miss = _squared(backward + there)
    allowed = RELATIVE_ERROR * (_squared(backward) + _squared(there)) + ABSOLUTE_ERROR
    return np.clip(2 - miss / allowed, 0, 1)


def likeness(soft: np.ndarray, before: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: how well the old frame, carried, looks like the new one. Both (H, W) uint8, blurred."""
    difference = cv2.absdiff(soft, sample(before, backward)).astype(np.float32)
    return np.clip((OTHER - difference) * np.float32(1 / (OTHER - SAME)), 0, 1)


def filled_in(flow: np.ndarray, agreement: np.ndarray) -> np.ndarray:
    """`flow` (H, W, 2), and where it does not agree the mean of what does round about, or none: on a plain wall the two
    flows are two guesses."""
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
    """(H, W) float32: 1 where a picture, (H, W) uint8, has no detail that could tell how it moved, falling to 0."""
    reach = (PLAIN_REACH, PLAIN_REACH)
    deviation = cv2.blur(cv2.absdiff(gray, cv2.blur(gray, reach)), reach).astype(np.float32)
    return np.clip(2 - deviation * np.float32(1 / PLAIN), 0, 1)


def within(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32: 1 where what is here now was in the picture before, falling to 0 where it came in over the
    border: to carry what stands there would draw it out into streaks. By the mean flow round about, as on plain walls a
    single place's is noise."""
    height, width = flow.shape[:2]
    there = positions(flow.shape) + cv2.blur(flow, (AROUND, AROUND))
    x, y = there[..., 0], there[..., 1]
    beyond = np.maximum(np.maximum(-x, x - (width - 1)), np.maximum(-y, y - (height - 1)))
    return np.clip((OUTSIDE - beyond) * np.float32(1 / (OUTSIDE - BORDER)), 0, 1)


def unworn(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: what the way along `flow` leaves of what is carried; all of it where nothing moves."""
    way = way_of(flow)
    return np.exp2(way * (way >= STILL) * np.float32(-1 / (WEAR * flow.shape[1])))


def _copied(picture: np.ndarray | None) -> np.ndarray | None:
    return None if picture is None else picture.copy()


def _squared(flow: np.ndarray) -> np.ndarray:
    return flow[..., 0] ** 2 + flow[..., 1] ** 2
