"""A drawn clip: a moving picture beside the same picture at rest, with exactly known motion.

Invariant: it is drawn here, the same on every machine; the picture's left and right sides join without a seam.

Source: dead leaves (Matheron 1968; Lee, Mumford and Huang 2001), which have the statistics of natural pictures and
look alike from every side.
"""

import cv2
import numpy as np

from proof.clips import BACKS, WIDTH, Clip
from proof.judge import halved
from proof.richness import BGR_TO_LUMA, bands, contribution

HEIGHT = 360
STEP = 6  # pixels per frame: 1 % of the width, and a whole number at full and at half size
EDGE = 24  # pixels beside a border, where detail mixes with the other side's
YOUNG = 1.0  # seconds in view; younger places are measured by recovery
LEAVES, SMALLEST, LARGEST = 6000, 3.0, 90.0  # how many, and their radius in pixels; small ones are more frequent


def leaves(size: tuple[int, int], seed: int = 5) -> np.ndarray:
    """Dead leaves of `size` (width, height), (H, W, 3) uint8 BGR; the left side continues the right one."""
    rng, (width, height) = np.random.default_rng(seed), size
    picture = np.full((height, width, 3), 128, np.uint8)
    share = rng.random(LEAVES)
    radii = 1 / np.sqrt(SMALLEST**-2 - share * (SMALLEST**-2 - LARGEST**-2))
    across, down = rng.random(LEAVES) * width, rng.random(LEAVES) * height
    for radius, x, y, color in zip(radii, across, down, _colors(rng), strict=True):
        for place in (x - width, x, x + width):
            cv2.circle(picture, (round(16 * place), round(16 * y)), round(16 * radius), color, -1, cv2.LINE_AA, 4)
    return picture


def _colors(rng: np.random.Generator) -> list[tuple[float, ...]]:
    """Of the leaves, BGR: mostly lighter and darker."""
    gray, tint = rng.uniform(20, 235, (LEAVES, 1)), rng.normal(0, 18, (LEAVES, 3))
    return [tuple(map(float, color)) for color in np.clip(gray + tint, 0, 255)]


def pan(count: int, fps: float = 15.0, backs: tuple[int, ...] = BACKS) -> Clip:
    """The upper half is at rest; the lower half is the same picture and moves to the right."""
    half = leaves((WIDTH, HEIGHT // 2))
    frames = [np.vstack([half, np.roll(half, STEP * t, axis=1)]) for t in range(count)]
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    lower, ways = y >= HEIGHT // 2, {}
    for back in backs:
        flow = np.zeros((HEIGHT, WIDTH, 2), np.float32)
        flow[lower, 0] = -STEP * back
        ways[back] = dict.fromkeys(range(back, count), halved(flow, ~lower | (x >= STEP * back)))
    away = np.abs(y - HEIGHT / 2) >= EDGE
    grown = (x >= STEP * fps * YOUNG) & (x < WIDTH - EDGE)  # the same part of both halves
    return Clip("pan", frames, fps, ways, exact=True, panned=(lower & away & grown, ~lower & away & grown))


def carried(clip: Clip, finished: list[np.ndarray], settled: int = 20) -> float | None:
    """Contrast of the dream's fine and middle luma where the picture moves, divided by that where it is at rest; None
    for other clips."""
    if clip.panned is None:
        return None
    energies = np.zeros(2)
    for source, image in zip(clip.frames[settled:], finished[settled:], strict=True):
        detail = sum(bands(contribution(source, image) @ BGR_TO_LUMA, ("fine", "middle")).values())
        energies += [np.mean(detail[where] ** 2) for where in clip.panned]
    return float(np.sqrt(energies[0] / energies[1])) if energies[1] else None
