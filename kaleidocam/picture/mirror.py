"""The kaleidoscope: mirrors round a center, one or two mirrors across the picture, and mirrored tiles.

Invariant: every pixel of the result is a pixel (or a blend of neighbors) of the input picture. The mirrors stay fixed:
angle, spin and zoom move only the picture under them.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from kaleidocam.settings.parameters import Look

TURN = 2 * np.pi
LEFT, RIGHT = -1, 1  # which side of a mirror is kept; 0: no mirror on this axis
HALVES = {"left": (LEFT, 0), "right": (RIGHT, 0), "top": (0, LEFT), "bottom": (0, RIGHT), "quad": (LEFT, LEFT)}
BEYOND = cv2.BORDER_REFLECT_101  # what is shown beyond the picture's border


@dataclass(frozen=True)
class Mirror:
    """`geometry`: as in the look; `segments`: the look's `mirrors`; `center`: (x, y) as fractions of width and height;
    `turn`: the picture's rotation in turns; `zoom`: of the picture; `tile`: as a fraction of the height."""

    geometry: str = "kaleidoscope"
    segments: int = 6
    turn: float = 0.0
    center: tuple[float, float] = (0.5, 0.5)
    zoom: float = 1.0
    tile: float = 0.5

    @classmethod
    def of(cls, look: Look, turn: float) -> "Mirror | None":
        """The mirrors of a look, its picture turned by `turn`; None where it has none."""
        if look.geometry == "kaleidoscope" and look.mirrors < 2:
            return None
        return cls(look.geometry, look.mirrors, turn, (look.center_x, look.center_y), look.zoom, look.tile)

    @property
    def halves(self) -> tuple[int, int] | None:
        """Which side is kept (x, y), for one mirror or two; None for other geometries."""
        return HALVES.get(self.geometry)

    @property
    def _sides(self) -> tuple[int, int]:
        assert self.halves is not None, self.geometry  # only one or two straight mirrors keep a part
        return self.halves

    @property
    def untouched(self) -> "Mirror":
        """The same mirrors over a picture that is neither turned nor zoomed: folding twice is folding once."""
        return replace(self, turn=0.0, zoom=1.0)

    def fold(self, image: np.ndarray) -> np.ndarray:
        """`image` (H, W[, C]) -> the same size, symmetric."""
        if self.halves:
            return self.unfold(self.part(image), image.shape)
        height, width = image.shape[:2]
        center = np.array(self.center) * (width, height) - 0.5
        place = (self.geometry, self.segments if self.geometry == "kaleidoscope" else 0, self.tile * height)
        places = _places(height, width, *center.tolist(), *place)
        return cv2.remap(image, cv2.transform(places, self._under(center)), None, cv2.INTER_LINEAR, borderMode=BEYOND)

    def part(self, image: np.ndarray) -> np.ndarray:
        """The part of `image` (H, W[, C]) that one or two mirrors keep: (h, w[, C]). Its first row or column is at the
        mirror; it is as long as the longer side of the mirror."""
        height, width = image.shape[:2]
        (side_x, side_y), (x, y) = self._sides, self._axes(image.shape)
        w, h = max(x, width - x) if side_x else width, max(y, height - y) if side_y else height
        if self.turn % 1 == 0 and self.zoom == 1 and _whole(side_x, x, width) and _whole(side_y, y, height):
            columns = _kept(side_x, x, width)
            return np.ascontiguousarray(image[_kept(side_y, y, height), columns])
        start = np.array([0.5 if side_x else 0.5 - x, 0.5 if side_y else 0.5 - y])  # of the first pixel, from the axes
        sides = np.diag([side_x or 1, side_y or 1]).astype(np.float64)
        under = self._under(np.array([x, y]) - 0.5)
        way = under[:, :2] @ sides
        where = np.column_stack([way, way @ start + under[:, 2]])
        return cv2.warpAffine(
            image, where, (int(w), int(h)), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=BEYOND
        )

    def unfold(self, part: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """A `part` mirrored back to the full picture of `shape` (H, W, …)."""
        (side_x, side_y), (x, y) = self._sides, self._axes(shape)
        if side_x:
            part = cv2.hconcat([cv2.flip(part[:, :x], 1), part[:, : shape[1] - x]])
        if side_y:
            part = cv2.vconcat([cv2.flip(part[:y], 0), part[: shape[0] - y]])
        return part

    def _axes(self, shape: tuple[int, ...]) -> np.ndarray:
        """(x, y) where two mirrors cross, in pixels from the left and upper border: integers, so that both sides are
        equal."""
        sides = np.array(shape[1::-1])
        return np.clip(np.rint(self.center * sides), 1, sides - 1).astype(int)

    def _under(self, center: np.ndarray) -> np.ndarray:
        """Matrix (2, 3) from a place, relative to the center, to the pixel of the turned and zoomed picture."""
        cosine, sine = np.cos(self.turn * TURN) / self.zoom, np.sin(self.turn * TURN) / self.zoom
        return np.array([[cosine, -sine, center[0]], [sine, cosine, center[1]]])


def _whole(side: int, axis: int, length: int) -> bool:
    """Whether the kept side is at least as long as the other, so that nothing beyond the border is needed."""
    return side == 0 or (axis >= length - axis) == (side == LEFT) or 2 * axis == length


def _kept(side: int, axis: int, length: int) -> slice:
    if side == 0:
        return slice(None)
    return slice(axis - 1, None, -1) if side == LEFT else slice(axis, length)


@lru_cache(maxsize=8)
def _places(height: int, width: int, x: float, y: float, geometry: str, segments: int, tile: float) -> np.ndarray:
    """(H, W, 2) float32: for each pixel, the place that it repeats, in pixels from the center at pixel (`x`, `y`).
    Independent of turn and zoom, so a spinning picture costs one small rotation per frame."""
    across = np.arange(width, dtype=np.float32)[None, :] - np.float32(x)
    down = np.arange(height, dtype=np.float32)[:, None] - np.float32(y)
    if geometry == "square":
        across, down = _to_and_fro(across, tile), _to_and_fro(down, tile)
    across, down = (np.ascontiguousarray(np.broadcast_to(way, (height, width))) for way in (across, down))
    if geometry == "square":
        places = cv2.merge([across, down])
    elif geometry == "hexagon":
        places = cv2.merge(_wedge(*_nearest_hexagon(across, down, tile), 6))
    else:
        places = cv2.merge(_wedge(across, down, segments))
    places.flags.writeable = False
    return places


def _wedge(x: np.ndarray, y: np.ndarray, segments: int) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) folded into the wedge round angle 0: every segment is mirrored in its middle."""
    radius, angle = cv2.cartToPolar(x, y)
    segment = np.float32(TURN / segments)
    angle = np.abs(angle - segment * np.rint(angle * (1 / segment)))
    return cv2.polarToCart(radius, angle)


def _to_and_fro(way: np.ndarray, length: float) -> np.ndarray:
    """A triangle wave from -length/2 to length/2 and back, 0 at 0: mirrors `length` apart."""
    turns = np.rint(way * np.float32(1 / length))
    rest = way - turns * np.float32(length)
    return np.where(turns % 2 == 0, rest, -rest)


def _nearest_hexagon(x: np.ndarray, y: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) relative to the center of its hexagon. The hexagons are `size` wide from side to side and stand on a tip.
    Their centers form two rectangular lattices, half a step apart: the nearer center is the right one."""
    step = np.array([size, size * 3**0.5], np.float32)
    found = []
    for beside in (0.0, 0.5):
        found.append(
            [
                way - step[i] * (np.rint(way * (1 / step[i]) - np.float32(beside)) + np.float32(beside))
                for i, way in enumerate((x, y))
            ]
        )
    (ax, ay), (bx, by) = found
    nearer = ax * ax + ay * ay <= bx * bx + by * by
    return np.where(nearer, ax, bx), np.where(nearer, ay, by)
