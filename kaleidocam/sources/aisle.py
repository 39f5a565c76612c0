"""A walk through a shop's aisle, drawn by the project itself, with its exact optical flow.

Invariant: frame `i` and its flow depend only on `i`, the size and the frame rate.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.sources import aisle_art as art
from kaleidocam.sources.base import Source, first_at

FOCAL = 0.8  # of the picture's width: a field of view of 64 degrees
SPEED = 1.1  # meters a second: a stroll
FAR = 26.0  # meters from which on there is only haze
HAZE = np.array([206, 214, 216], np.float32)  # BGR
NEAR_BLEND, FAR_BLEND = (2.0, 5.0), (6.0, 13.0)  # meters over which one level of detail blends into the next
MEETING = (20.0, 0.9)  # meters ahead at which a person appears, and at which the next one replaces them
MEETING_SPEED = 2.3  # meters a second at which walker and passer-by approach each other


@dataclass(frozen=True)
class _Moment:
    """One moment of the walk: eye (x, y, z) and the passer-by's feet (x, z) in meters; the passer-by's number."""

    eye: tuple[float, float, float]
    person: int
    person_x: float
    person_z: float


class Aisle(Source):
    """The walk, endless or `frames` long; `size` (width, height) in pixels, `fps` frames a second."""

    def __init__(self, *, size: tuple[int, int], fps: float, frames: int | None = None) -> None:
        self.size, self.fps, self.length = size, fps, frames
        self._index = 0
        width, height = size
        self._focal = FOCAL * width
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self._x = (x - width / 2 + 0.5) / np.float32(self._focal)
        self._y = (y - height / 2 + 0.5) / np.float32(self._focal)
        self._per_x = 1 / np.where(np.abs(self._x) < 1e-6, np.float32(1e-6), self._x)
        self._per_y = 1 / np.where(np.abs(self._y) < 1e-6, np.float32(1e-6), self._y)
        self._to_wall = np.float32(art.WIDTH) * np.abs(self._per_x)
        self._to_level = (np.where(self._per_y > 0, art.FLOOR, art.CEILING) * self._per_y).astype(np.float32)
        self._side_row = np.where(self._x < 0, art.ROWS["left"], art.ROWS["right"]).astype(np.float32)
        self._level_row = np.where(self._y < 0, art.ROWS["roof"], art.ROWS["floor"]).astype(np.float32)
        self._haze = np.full((height, width, 3), HAZE, np.uint8)
        self._coarser = (width / 640) ** 0.5  # a smaller picture needs the coarser textures nearer

    def read(self) -> Frame | None:
        if self._index == self.length:
            return None
        self._index += 1
        index = self._index - 1
        return Frame(self._draw(self._moment(index)), index / self.fps, index)

    def skip_to(self, seconds: float) -> Frame | None:
        self._index = max(self._index, first_at(seconds, self.fps))
        return None if self.length is not None and self._index >= self.length else self.read()

    def close(self) -> None:
        """Nothing is held open."""

    def flow(self, index: int, back: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The exact backward flow from frame `index` to the frame `back` >= 1 before it, (H, W, 2) float32 in pixels;
        and `seen`, (H, W) bool: whether it leads to the same point of the shop. ValueError if there is no such
        frame."""
        if not 1 <= back <= index:
            raise ValueError(f"frame {index} has no frame {back} before it; flow begins at 1")
        now, before = self._moment(index), self._moment(index - back)
        depth, _ = self._depth(now)
        haze = depth >= FAR  # the haze moves with the eye, so it has no flow
        x, y = (self._x * depth + now.eye[0] - before.eye[0], self._y * depth + now.eye[1] - before.eye[1])
        z = np.where(haze, depth, depth + np.float32(now.eye[2] - before.eye[2]))
        there_x, there_y = (np.where(haze, own, other / z) for own, other in ((self._x, x), (self._y, y)))
        alpha, alpha_before = self._alpha(now), self._alpha(before)
        flow = np.stack([there_x - self._x, there_y - self._y], -1) * np.float32(self._focal)
        met = alpha > 0.5
        flow[met] = self._person_flow(now, before)[met]
        column, row = (np.rint(c) for c in self._pixels(flow))
        inside = (column >= 0) & (row >= 0) & (column < self.size[0]) & (row < self.size[1])
        hit = cv2.remap(alpha_before, *self._pixels(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        seen = inside & np.where(met, now.person == before.person, hit < 0.02)
        return flow.astype(np.float32), seen

    def _pixels(self, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.meshgrid(np.arange(self.size[0]), np.arange(self.size[1]))
        return (x + flow[..., 0]).astype(np.float32), (y + flow[..., 1]).astype(np.float32)

    def _moment(self, index: int) -> _Moment:
        seconds = index / self.fps
        eye = (0.10 * np.sin(1.9 * seconds), 0.03 * np.sin(7.6 * seconds), SPEED * seconds)
        met, ahead = divmod(MEETING_SPEED * seconds + 9.0, MEETING[0] - MEETING[1])
        side = 0.55 if int(met) % 2 else -0.6
        return _Moment(eye, int(met), side, eye[2] + MEETING[0] - ahead)

    def _depth(self, moment: _Moment) -> tuple[np.ndarray, np.ndarray]:
        """Meters along the view to the shop, (H, W) float32, at most FAR; and (H, W) bool: whether that is a shelf."""
        wall = self._to_wall - np.float32(moment.eye[0]) * self._per_x
        level = self._to_level - np.float32(moment.eye[1]) * self._per_y
        return np.minimum(np.minimum(wall, level), np.float32(FAR)), wall < level

    def _draw(self, moment: _Moment) -> np.ndarray:
        depth, shelf = self._depth(moment)
        along = np.float32(moment.eye[2] % art.PERIOD) + depth
        along -= np.float32(art.PERIOD) * np.floor(along * np.float32(1 / art.PERIOD))
        x, y = self._x * depth + np.float32(moment.eye[0]), self._y * depth + np.float32(moment.eye[1])
        side_row = (y - np.float32(art.CEILING)) * np.float32(art.DETAIL) + self._side_row
        level_row = (x + np.float32(art.WIDTH)) * np.float32(art.DETAIL) + self._level_row
        where = along * np.float32(art.DETAIL), np.where(shelf, side_row, level_row)
        near, middle, far = (
            cv2.remap(level, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) for level in art.textures()
        )
        picture = _blend(near, middle, _rise(depth, *NEAR_BLEND, self._coarser))
        picture = _blend(picture, far, _rise(depth, *FAR_BLEND, self._coarser))
        picture = _blend(picture, self._haze, _haze(depth))
        self._put_person(picture, moment)
        return picture

    def _put_person(self, picture: np.ndarray, moment: _Moment) -> None:
        box, person = self._person(moment)
        haze = np.float32(_haze(moment.person_z - moment.eye[2]))
        alpha = person[..., 3:]
        shown = picture[box] * (1 - alpha) + person[..., :3] * (1 - haze) + HAZE * (haze * alpha)
        picture[box] = np.clip(np.rint(shown), 0, 255).astype(np.uint8)

    def _alpha(self, moment: _Moment) -> np.ndarray:
        """(H, W) float32, 1 where the passer-by is."""
        alpha = np.zeros(self._x.shape, np.float32)
        box, person = self._person(moment)
        alpha[box] = person[..., 3]
        return alpha

    def _person(self, moment: _Moment) -> tuple[tuple[slice, slice], np.ndarray]:
        """The rect of the picture that the passer-by fills, and their sprite, float32 BGR and premultiplied alpha."""
        depth = moment.person_z - moment.eye[2]
        scale = self._focal / depth / art.PERSON_DETAIL  # screen pixels per pixel of the sprite
        levels = art.people()[moment.person % len(art.people())]
        step = int(np.clip(np.floor(np.log2(1 / scale)), 0, len(levels) - 1)) if scale < 1 else 0
        left = self._focal * (moment.person_x - art.PERSON[0] / 2 - moment.eye[0]) / depth + self.size[0] / 2 - 0.5
        top = self._focal * (art.FLOOR - art.PERSON[1] - moment.eye[1]) / depth + self.size[1] / 2 - 0.5
        grown = scale * 2**step
        height, width = levels[step].shape[:2]
        edges = np.array([[left, left + width * grown], [top, top + height * grown]])
        (x0, x1), (y0, y1) = np.clip(
            [np.floor(edges[:, 0]) - 1, np.ceil(edges[:, 1]) + 2], 0, np.array(self.size)[None]
        ).T.astype(int)
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        matrix = np.array([[grown, 0, left - x0], [0, grown, top - y0]], np.float64)
        sprite = cv2.warpAffine(levels[step], matrix, (int(x1 - x0), int(y1 - y0)), flags=cv2.INTER_LINEAR)
        box = slice(y0, y1), slice(x0, x1)
        return box, sprite[: self._x[box].shape[0], : self._x[box].shape[1]]

    def _person_flow(self, now: _Moment, before: _Moment) -> np.ndarray:
        """The backward flow of the passer-by, for every pixel: a flat figure that faces the eye and walks toward it."""
        depth, depth_before = now.person_z - now.eye[2], before.person_z - before.eye[2]
        x = self._x * depth + now.eye[0] - now.person_x  # relative to the figure's feet
        y = self._y * depth + now.eye[1]
        there = np.stack([(x + before.person_x - before.eye[0]) / depth_before, (y - before.eye[1]) / depth_before], -1)
        return (there - np.stack([self._x, self._y], -1)) * np.float32(self._focal)


def _haze(depth):
    """Haze by depth: from 0 at the eye to 1 at FAR."""
    return np.clip(depth * np.float32(1 / FAR), 0, 1) ** np.float32(1.5)


def _rise(depth: np.ndarray, begin: float, end: float, scale: float) -> np.ndarray:
    """0 up to `begin` meters times `scale`, 1 from `end` on."""
    return np.clip((depth - np.float32(begin * scale)) * np.float32(1 / (scale * (end - begin))), 0, 1)


def _blend(one: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: `other` where `share` (H, W) float32 is 1, `one` where it is 0."""
    return cv2.blendLinear(one, other, 1 - share, share)
