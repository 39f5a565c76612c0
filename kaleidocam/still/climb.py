"""A picture dreamed octave by octave, step by step.

Invariant: two climbs with the same picture and settings give the same result; the largest octave decides the memory.

Source: Mordvintsev et al. 2015 (octaves; only the dream is carried over the untouched picture); TensorFlow's DeepDream
tutorial (the picture is carried with it; a single deviation; tiles).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream.ascent import Measure
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.picture.palette import PRISM
from kaleidocam.settings.parameters import Look, Still
from kaleidocam.still.balance import by_bands, by_deviation
from kaleidocam.still.canvas import Canvas
from kaleidocam.still.tiles import gradients, tiles

PEAK, MOST = 256.0, 65000.0  # usual peak and limit of a stored gradient: large pictures store it in half precision
TINY = 1e-8  # added to the deviation of a mean's gradient, as in the tutorial


@dataclass(frozen=True)
class Step:
    """`canvas`: the picture after the step; the next step changes it. `value`: the objective before the step."""

    octave: int
    number: int
    canvas: Canvas
    value: float


def climb(
    picture: np.ndarray,
    sizes: Sequence[tuple[int, int]],
    look: Look,
    still: Still,
    measure: Measure,
    stride: int,
    palette: np.ndarray = PRISM,
) -> Iterator[Step]:
    """Dreams `picture`, (H, W, 3) uint8 BGR, at all `sizes` (width, height). `stride`: pixels between neighboring
    positions of the objective's highest layer, the unit of jitter. `palette`: the matrix (3, 3) of
    `picture.palette`."""
    canvas, taken, peak = Canvas.fresh(picture), 0, 0.0
    for octave, size in enumerate(sizes):
        give_back()  # the network's memory for the tiles of the previous octave
        canvas = canvas.at(picture, size, whole=still.carry == "picture")
        for number in range(still.octave_steps):
            value, peak = _step(canvas, look, still, measure, taken, look.jitter * stride, peak, palette)
            taken += 1
            if number + 1 == still.octave_steps:
                canvas.keep_to_outlines(look.outline)
            yield Step(octave, number, canvas, value)


def count_tiles(sizes: Sequence[tuple[int, int]], still: Still) -> int:
    """The number of calls of the network by `climb`."""
    return still.octave_steps * sum(len(tiles((height, width), still.tile_side, 0)) for width, height in sizes)


def _step(
    canvas: Canvas,
    look: Look,
    still: Still,
    measure: Measure,
    number: int,
    jitter: float,
    peak: float,
    palette: np.ndarray,
) -> tuple[float, float]:
    """Takes a step; returns the objective before it, and the gradient's largest value. `peak`: the largest value of the
    previous step; 0 before the first."""
    gradient = np.zeros(canvas.shape, canvas.layer.dtype)
    values: list[float] = []
    pixels: list[int] = []
    highest = scale = 0.0
    for own, part, value, seen in gradients(
        canvas.image, canvas.shape, measure, side=still.tile_side, step=number, jitter=jitter
    ):
        if not np.isfinite(part).all():
            continue  # a gradient that is not finite never reaches the picture
        here = cv2.norm(part, cv2.NORM_INF)
        scale = scale or PEAK / ((peak or here) + 1e-30)
        gradient[own] = np.clip(part * np.float32(scale), -MOST, MOST)
        values, pixels, highest = [*values, value * seen], [*pixels, seen], max(highest, here)
    if still.normalise == "bands":
        puts = by_bands(gradient, count=look.bands, tilt=look.tilt, evenness=look.evenness)
    else:
        puts = by_deviation(gradient, tiny=TINY * scale * float(np.mean(pixels or 1)))
    painted = palette * still.step_size / _strength(gradient, palette)
    for own, direction in puts:
        canvas.add(own, cv2.transform(np.ascontiguousarray(direction, np.float32), painted))
    return sum(values) / max(sum(pixels), 1), highest


def _strength(gradient: np.ndarray, palette: np.ndarray) -> float:
    """The factor by which a palette changes the strength of `gradient` (H, W, 3): a single number for the full picture,
    so that no block's border shows."""
    if np.array_equal(palette, PRISM):
        return 1.0
    together = sum(rows.astype(np.float64).T @ rows.astype(np.float64) for rows in gradient)
    return float(np.sqrt(max(np.trace(palette @ together @ palette.T), 1e-30) / max(np.trace(together), 1e-30)))
