"""Where a picture stands on a screen, as a projection has it.

Invariant: a picture keeps the shape that it had when it was pinned; one of another shape stands within the corners.
"""

from dataclasses import dataclass

import numpy as np

from kaleidocam.sinks.window_corners import Corners, rectangle
from kaleidocam.sinks.window_projection import Projection
from kaleidocam.sinks.window_shape import Size, inside


@dataclass(frozen=True)
class Placement:
    """Where a picture stands: on the *stage*, the unit square that `quad` brings to the screen, in the picture's own
    way round. `matrix` brings it to shares of the screen; `within` is where `view`, a part of the picture, stands on
    it, both (left, top, right, bottom). `edges`: of the stage, in the same order. `size`: (width, height) of the stage
    where it is longest, in pixels."""

    quad: Corners
    matrix: np.ndarray
    view: tuple[float, float, float, float]
    within: tuple[float, float, float, float]
    edges: tuple[float, float, float, float]
    shape: float
    size: tuple[float, float]


def placed(projection: Projection, picture: Size, window: Size) -> Placement:
    """Where a picture of that size stands in a window of that size, both (width, height) in pixels."""
    view, turned = projection.view(), projection.turn % 2
    shown = (view[2] - view[0]) * picture[0] / ((view[3] - view[1]) * picture[1])  # its shape
    quad = projection.corners or _fitting(1 / shown if turned else shown, window)
    shape = projection.shape or shown if projection.corners else shown
    wide, high = min(1.0, shown / shape), min(1.0, shape / shown)
    at = projection.order()
    square = Corners(((0, 0), (1, 0), (1, 1), (0, 1)))
    turning = _through([square.points[i] for i in at])
    way = projection.way()
    sides = quad.sides(window)
    return Placement(
        quad=quad,
        matrix=quad.matrix() @ turning,
        view=view,
        within=((1 - wide) / 2, (1 - high) / 2, (1 + wide) / 2, (1 + high) / 2),
        edges=(way["left"], way["top"], way["right"], way["bottom"]),
        shape=shape,
        size=(sides[1], sides[0]) if turned else sides,
    )


def _fitting(shape: float, window: Size) -> Corners:
    """As large as a shape allows, in the middle, in whole pixels."""
    long = 1 << 20  # pixels, of a picture of that shape: enough digits
    x, y, wide, high = inside((max(1, round(long * min(1, shape))), max(1, round(long * min(1, 1 / shape)))), window)
    return rectangle(x / window[0], y / window[1], wide / window[0], high / window[1])


def _through(points: list[tuple[float, float]]) -> np.ndarray:
    """(3, 3): brings the unit square to another order of its own corners, mirrored or not."""
    (x, y), right, _, down = points
    return np.array([(right[0] - x, down[0] - x, x), (right[1] - y, down[1] - y, y), (0, 0, 1)], float)
