"""The handles of a projection: its corners, and how far its soft edges reach.

Invariant: wherever a handle is brought, the projection stays one that can be shown.
"""

from dataclasses import dataclass, replace
from math import hypot

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.sinks.window_corners import NAMES, Point, brought
from kaleidocam.sinks.window_placement import Placement, placed
from kaleidocam.sinks.window_projection import SIDES, WIDEST, Projection
from kaleidocam.sinks.window_shape import Size

# Of each side: where its handle is on the quad at a width of 0, and the way that it goes with it.
INWARD: dict[str, tuple[Point, Point]] = {
    "top": ((0.5, 0), (0, 1)),
    "right": ((1, 0.5), (-1, 0)),
    "bottom": ((0.5, 1), (0, -1)),
    "left": ((0, 0.5), (1, 0)),
}
COUNT = len(NAMES) + len(SIDES)  # the corners first
NEAR, NEAREST = 0.04, 16  # how near the mouse must come: of the screen's height, and pixels


@dataclass(frozen=True)
class Handles:
    """Of a projection of a picture in a window, both of (width, height) pixels."""

    projection: Projection
    picture: Size
    window: Size

    def placement(self) -> Placement:
        """Where the picture stands."""
        return placed(self.projection, self.picture, self.window)

    def points(self) -> list[Point]:
        """All COUNT of them, in shares of the screen; one that is off the screen is at its border."""
        quad = self.placement().quad
        matrix, points = quad.matrix(), [*quad.points]
        for side, edge in zip(SIDES, self.projection.edges, strict=True):
            (x, y), way = INWARD[side]
            points.append(brought(matrix, (x + edge * way[0], y + edge * way[1])))
        return [(min(1.0, max(0.0, x)), min(1.0, max(0.0, y))) for x, y in points]

    def near(self, at: Point) -> int | None:
        """The one that the mouse takes there; None where none is near."""
        far = [hypot((x - at[0]) * self.window[0], (y - at[1]) * self.window[1]) for x, y in self.points()]
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= max(NEAREST, NEAR * self.window[1]) else None

    def brought(self, which: int, to: Point) -> Projection:
        """With a handle at `to`, or as near as it may go."""
        quad = self.placement().quad
        if which < len(NAMES):
            return self.changed(corners=quad.moved(which, to))
        (x, y), way = INWARD[SIDES[which - len(NAMES)]]
        on_quad = brought(np.linalg.inv(quad.matrix()), to)
        return self._faded(which, (on_quad[0] - x) * way[0] + (on_quad[1] - y) * way[1])

    def shifted(self, which: int, step: Point) -> Projection:
        """With a handle a few pixels further: a corner any way, an edge along its own."""
        quad = self.placement().quad
        if which < len(NAMES):
            x, y = quad.points[which]
            return self.brought(which, (x + step[0] / self.window[0], y + step[1] / self.window[1]))
        number = which - len(NAMES)
        way, sides = INWARD[SIDES[number]][1], quad.sides(self.window)
        wider = step[0] * way[0] / sides[0] + step[1] * way[1] / sides[1]
        return self._faded(which, self.projection.edges[number] + wider)

    def reset(self, which: int) -> Projection:
        """With a handle where it is without any adjusting."""
        if which >= len(NAMES):
            return self._faded(which, 0.0)
        if not self.projection.corners:
            return self.projection
        usual = placed(replace(self.projection, corners=None), self.picture, self.window).quad
        return self.brought(which, usual.points[which])

    def changed(self, **changed: object) -> Projection:
        """A changed projection, in which what is shown now fills the corners."""
        now = replace(self.projection, **changed)  # type: ignore[arg-type]  # of the fields' own types
        shape = placed(replace(now, corners=None), self.picture, self.window).shape
        try:
            return replace(now, shape=shape if now.corners else None)
        except UserError:  # a picture that is all but a line
            return replace(now, shape=None)

    def _faded(self, which: int, width: float) -> Projection:
        edges = [*self.projection.edges]
        edges[which - len(NAMES)] = min(WIDEST, max(0.0, width))
        return self.changed(edges=tuple(edges))
