"""Where the four corners of a picture stand on a screen, and the perspective that brings it there.

Invariant: the four make a convex shape that is not mirrored: no corner crosses a line between two others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, isfinite

import cv2
import numpy as np

from kaleidocam.errors import UserError

Point = tuple[float, float]  # in shares of the screen: (0, 0) is its top left, (1, 1) its bottom right
NAMES = ("top left", "top right", "bottom right", "bottom left")  # the order of all corners
REACH = 1.0  # screens that a corner may stand beyond the edge
CLEAR = 0.01  # of the screen: how near a corner may be brought to a line that it must not cross
ROUNDS = 60  # of bringing a corner to the right side of every such line; a few are usual
SLACK = 1e-6  # of the screen, for the last digits of a number


@dataclass(frozen=True)
class Corners:
    """Four points, in the order of NAMES. UserError where one is no number or too far off, or where they make no such
    shape."""

    points: tuple[Point, Point, Point, Point]

    def __post_init__(self) -> None:
        if not all(isfinite(x) and -REACH <= x <= 1 + REACH for point in self.points for x in point):
            raise UserError(f"a corner is not within {-REACH:g} and {1 + REACH:g} screens")
        a, b, c, d = self.points
        if min(_turn(a, b, c), _turn(b, c, d), _turn(c, d, a), _turn(d, a, b)) <= 0:
            raise UserError("the corners are crossed, mirrored, or stand in each other's way")

    def moved(self, which: int, to: Point) -> "Corners":
        """With the corner of that number (0 to 3) at `to`, or as near as the other three allow."""
        x, y = (min(1 + REACH, max(-REACH, value)) for value in to)
        for _ in range(ROUNDS):
            short = 0.0
            for normal, least in self._bounds(which):
                lacks = least - (normal[0] * x + normal[1] * y)
                if lacks > 0:
                    x, y, short = x + lacks * normal[0], y + lacks * normal[1], max(short, lacks)
            x, y = (min(1 + REACH, max(-REACH, value)) for value in (x, y))
            if short <= SLACK:
                break
        points = [*self.points]
        points[which] = x, y
        a, b, c, d = points
        try:
            return Corners((a, b, c, d))
        except UserError:  # the others leave no room
            return self

    def matrix(self) -> np.ndarray:
        """(3, 3) float64: brings (x, y, 1) of the unit square to (x * w, y * w, w) of the screen; w > 0 in it."""
        square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
        return cv2.getPerspectiveTransform(square, np.array(self.points, np.float32))

    def sides(self, size: tuple[int, int]) -> tuple[float, float]:
        """The longer of the two widths and of the two heights, in pixels of a screen of (width, height)."""
        a, b, c, d = ((x * size[0], y * size[1]) for x, y in self.points)
        return max(_length(a, b), _length(d, c)), max(_length(a, d), _length(b, c))

    def _bounds(self, which: int) -> Iterator[tuple[Point, float]]:
        """The lines that a corner must not cross: a normal, of length 1, whose product with it must be the least."""
        before, after, opposite = (self.points[(which + step) % 4] for step in (-1, 1, 2))
        for start, end in ((after, before), (after, opposite), (opposite, before)):
            long = _length(start, end)
            normal = -(end[1] - start[1]) / long, (end[0] - start[0]) / long
            yield normal, normal[0] * start[0] + normal[1] * start[1] + CLEAR


def rectangle(x: float, y: float, width: float, height: float) -> Corners:
    """Corners of an upright rectangle, in shares of the screen."""
    return Corners(((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


def brought(matrix: np.ndarray, point: Sequence[float]) -> Point:
    """Where a matrix, as `Corners.matrix` has it, brings a point."""
    x, y, w = matrix @ (*point, 1.0)
    return float(x / w), float(y / w)


def _turn(a: Point, b: Point, c: Point) -> float:
    """Above 0 where the way from a over b to c turns to the right, on a screen."""
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _length(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])
