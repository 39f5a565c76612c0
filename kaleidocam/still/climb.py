"""A picture dreamed octave by octave, step by step.

Invariant: two climbs of the same picture by the same recipe are the same, and memory is that of the largest octave.

Source: Mordvintsev et al. 2015 (octaves, the dream alone carried over the untouched picture); TensorFlow's DeepDream
tutorial (the picture carried with it, one deviation for all, tiles).
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

PEAK, MOST = 256.0, 65000.0  # of a gradient as it is kept, which for large pictures is in half precision
TINY = 1e-8  # added to the deviation of a mean's gradient, as in the tutorial


@dataclass(frozen=True)
class Step:
    """`canvas`: the picture after it, which the next step changes. `value`: the objective before it."""

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
        give_back()  # what the network held for the tiles of the last octave
        canvas = canvas.at(picture, size, whole=still.carry == "picture")
        for number in range(still.octave_steps):
            value, peak = _step(canvas, look, still, measure, taken, look.jitter * stride, peak, palette)
            taken += 1
            if number + 1 == still.octave_steps:
                canvas.keep_to_outlines(look.outline)
            yield Step(octave, number, canvas, value)


def count_tiles(sizes: Sequence[tuple[int, int]], still: Still) -> int:
    """How often `climb` asks the network."""
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
    """Takes a step; returns the objective before it, and the gradient's largest value. `peak`: that of the step before,
    0: there is none."""
    gradient = np.zeros(canvas.shape, canvas.layer.dtype)
    values: list[float] = []
    pixels: list[int] = []
    highest = scale = 0.0
    for own, part, value, seen in gradients(
        canvas.image, canvas.shape, measure, side=still.tile_side, step=number, jitter=jitter
    ):
        if not np.isfinite(part).all():
            continue  # a poisoned gradient never reaches the picture
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
    """How many times as strong `gradient` (H, W, 3) is once it was turned to a palette: one number for the whole
    picture, so that no block's border shows."""
    if np.array_equal(palette, PRISM):
        return 1.0
    together = sum(rows.astype(np.float64).T @ rows.astype(np.float64) for rows in gradient)
    return float(np.sqrt(max(np.trace(palette @ together @ palette.T), 1e-30) / max(np.trace(together), 1e-30)))
