"""Whether the dream's motifs are as wide as high in pictures of any shape.

Invariant: the picture has no preferred direction, so that any stretch comes from the dream.
"""

import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.settings.parameters import Look
from proof.films import dreamed
from proof.pan import leaves
from proof.richness import BGR_TO_LUMA

SIDE = 640  # pixels, of the one picture from which the shapes are cut
SHAPES = {"portrait": (360, 640), "square": (480, 480), "4:3": (640, 480), "4:1": (640, 160)}  # width, height
FRAMES, FPS = 20, 15.0
RIM = 8  # pixels at the border that are ignored


def anisotropy(contribution: np.ndarray) -> float:
    """Width over height of the autocorrelation of a contribution's luma, (H, W) float32, at half its maximum where it
    is as a Gaussian: by its curvatures at the middle, which are the mean squares of the slopes. 1 is round."""
    inner = contribution[RIM:-RIM, RIM:-RIM]
    down, across = np.diff(inner, axis=0), np.diff(inner, axis=1)  # no smoothing, which would make fine detail rounder
    return float(np.sqrt(np.mean(down**2) / np.mean(across**2)))


def by_shape(look: Look, dreamer: Dreamer) -> dict[str, float]:
    """The anisotropy of the dream of a still picture, cut to each of the shapes."""
    whole, found = leaves((SIDE, SIDE)), {}
    for name, (width, height) in SHAPES.items():
        left, top = (SIDE - width) // 2, (SIDE - height) // 2
        picture = np.ascontiguousarray(whole[top : top + height, left : left + width])
        dreamer.reset()
        *_, finished = dreamed([picture] * FRAMES, FPS, dreamer, look)
        found[name] = anisotropy((finished.astype(np.float32) - picture) @ BGR_TO_LUMA)
    return found
