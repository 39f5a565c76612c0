"""What moves, apart from the camera.

Invariant: what stands is not it, whatever the camera's noise and shake; nothing comes or goes at once.

Source: the camera's own motion by weighted least squares, each place's weight falling with its miss (Holland and Welsch
1977).
"""

from typing import Any

import cv2
import numpy as np

from kaleidocam.mask.base import Sight
from kaleidocam.mask.ramp import smooth
from kaleidocam.motion.warp import positions, resized, resized_flow, sample

SLOW, FAST = 0.025, 0.07  # heights a second: up to one a place stands, from the other on it moves
AVERAGED = 0.08  # seconds over which a place's velocity is averaged: noise goes to and fro
COMES, GOES = 0.06, 0.25  # seconds in which the mask goes half the way, where something begins to move, or stands again
# Levels of gray by which a place must have changed to have moved, beyond twice the change that is usual in the picture.
CHANGED, SURELY = 1.0, 3.0
STAYS = 0.2  # share of all that which stays where another thing is now than before
NEARBY = 0.025  # of the height: what is so near to a change moves with it, for the inside of things is plain
HOLE = 0.06  # of the height: what is no wider than this moves with what is around it
SOFT = 0.008  # of the height, over which the mask is smooth
COARSE = 6  # pixels from one place to the next that the camera's motion is taken from
PIXELS = 216 * 120  # at most, of the mask: its edge is found in the picture
WHOLE = 255  # in bytes, with which holes are filled in a third of the time
ROUNDS, MISS = 4, 0.25  # of the fit; pixels of a miss that still counts half


class Moving:
    """State: the picture before, each place's own velocity, and the mask."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._before: np.ndarray | None = None  # (h, w) uint8
        self._both: np.ndarray | None = None  # (h, w, 3): velocity (x, y), heights a second; the mask

    def state(self) -> dict[str, Any]:
        return {"before": self._before, "both": self._both}

    def restore(self, state: dict[str, Any]) -> None:
        self._before, self._both = state["before"], state["both"]

    def of(self, sight: Sight) -> np.ndarray:
        shape = _coarse(sight.motion.trust.shape)
        gray = cv2.blur(cv2.cvtColor(resized(sight.small, shape), cv2.COLOR_BGR2GRAY), (3, 3))
        before, self._before = self._before, gray
        if before is None or self._both is None or sight.motion.cut:
            self._both = np.zeros((*shape, 3), np.float32)
        elif sight.elapsed > 0:
            self._advance(resized(before, shape), gray, sight)
        return np.ascontiguousarray(self._both[..., 2])

    def _advance(self, before: np.ndarray, gray: np.ndarray, sight: Sight) -> None:
        assert self._both is not None  # `of` has seen to it
        flow, elapsed = resized_flow(sight.motion.flow, gray.shape), sight.elapsed
        trust = resized(sight.motion.trust, gray.shape)
        camera = camera_of(flow, trust)
        velocity = (flow - camera) * np.float32(-1 / (elapsed * gray.shape[0]))
        both, same = sample(resized(self._both, gray.shape), flow), STAYS + (1 - STAYS) * trust
        kept = same * np.float32(0.5 ** (elapsed / AVERAGED))
        velocity += (both[..., :2] - velocity) * cv2.merge([kept, kept])
        across, down = cv2.split(velocity)
        speed = np.sqrt(across * across + down * down)
        moves = smooth((speed - SLOW) * np.float32(1 / (FAST - SLOW))) * changed(before, gray, camera)
        moves = cv2.morphologyEx(cv2.convertScaleAbs(moves, alpha=WHOLE), cv2.MORPH_CLOSE, _disc(HOLE, gray))
        reach = 2 * round(SOFT * gray.shape[0]) + 1
        moves, mask = cv2.blur(moves, (reach, reach)) * np.float32(1 / WHOLE), both[..., 2]
        comes, goes = (np.float32(0.5 ** (elapsed / half)) for half in (COMES, GOES))
        mask = moves + (mask - moves) * np.where(moves > mask, comes, goes) * same
        self._both = cv2.merge([across, down, mask])


def camera_of(flow: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """(H, W, 2) float32: how each place would have moved, px, if nothing had moved but the camera: shifted, turned and
    zoomed as most of a picture's `flow` is."""
    step = np.s_[COARSE // 2 :: COARSE, COARSE // 2 :: COARSE]
    height, width = trust.shape
    places = (positions(flow.shape)[step].reshape(-1, 2) - (width / 2, height / 2)) / height
    ways, sure = flow[step].reshape(-1, 2).astype(np.float64), trust[step].reshape(-1) + 0.01
    x, y = places.T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    wanted, found = ways.T.reshape(-1), np.array([0, 0, *np.median(ways, 0)])
    for _ in range(ROUNDS):
        miss = np.hypot(*(wanted - rows @ found).reshape(2, -1))
        weight = np.tile(sure / (1 + (miss / MISS) ** 2) ** 2, 2)
        weighted = rows * weight[:, None]
        found = np.linalg.solve(weighted.T @ rows + 1e-6 * np.eye(4), weighted.T @ wanted)
    a, b, c, d = found
    turn = np.array([[a, -b], [b, a]]) / height
    shift = np.array([c, d]) - turn @ (width / 2, height / 2)
    return cv2.transform(positions(flow.shape), np.column_stack([turn, shift]))


def changed(before: np.ndarray, gray: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """(H, W) float32, 0 to 1: where a picture, (H, W) uint8, has changed, apart from noise and the camera's motion."""
    difference = cv2.absdiff(gray, sample(before, camera))
    usual = float(np.median(difference[::3, ::3]))
    near = cv2.dilate(cv2.blur(difference, (3, 3)), _disc(NEARBY, gray))
    return smooth((near.astype(np.float32) - (2 * usual + CHANGED)) * np.float32(1 / SURELY))


def _coarse(shape: tuple[int, ...]) -> tuple[int, int]:
    """The (h, w) at which motion of a `shape` is looked at."""
    height, width = shape[:2]
    scale = min(1.0, (PIXELS / (height * width)) ** 0.5)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _disc(wide: float, gray: np.ndarray) -> np.ndarray:
    """A disc that is as `wide`, as a share of the height of `gray`."""
    side = 2 * round(wide * gray.shape[0] / 2) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
