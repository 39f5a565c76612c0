"""A picture and its dream at one octave.

Invariant: a canvas stores the picture in bytes, and the dream as a difference from it. The network sees their sum,
clipped to [-1, 1]. Large layers are stored in half precision, so that 40 megapixels stay within 4 GiB.
"""

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import LEVELS, to_network
from kaleidocam.picture.laid import lay_over
from kaleidocam.picture.layer import colored, outlined, sharpened
from kaleidocam.still.tiles import Box

FINE_PIXELS = 2**24  # up to this size the layer is float32; above, float16, exact to 0.06 gray levels
STRIP, ROUND = 512, 8  # rows that are laid over at a time, and rows read above and below them, so that no border shows
LONG = 10.0  # seconds for `layer.outlined`: long enough to go all the way


class Canvas:
    """`base`: (h, w, 3) uint8 BGR, the picture at this octave. `layer`: (h, w, 3) RGB, the dream minus the base."""

    def __init__(self, base: np.ndarray, layer: np.ndarray) -> None:
        self.base, self.layer, self.shape = base, layer, base.shape

    @classmethod
    def fresh(cls, picture: np.ndarray) -> "Canvas":
        """A picture, (H, W, 3) uint8 BGR, at its own size and undreamed."""
        return cls(picture, np.zeros(picture.shape, _kind(picture.shape)))

    def at(self, picture: np.ndarray, size: tuple[int, int], *, whole: bool = False) -> "Canvas":
        """The same dream of `picture`, the original, at another `size` (width, height). Only the layer is resized, and
        laid over the picture. With `whole`, picture and layer are resized together; that loses the picture's detail."""
        if size == self.shape[1::-1]:
            return self
        layer: np.ndarray = np.empty((size[1], size[0], 3), _kind(size))
        for c in range(3):  # one color at a time: all three in float32 would need the most memory of all
            part = self._color(c) if whole else self.layer[..., c].astype(np.float32)
            layer[..., c] = cv2.resize(part, size, interpolation=_way(self.shape, size, whole))
        base = cv2.resize(picture, size, interpolation=_way(picture.shape, size, whole))
        if whole:
            for c in range(3):
                layer[..., c] -= _to_network(base[..., 2 - c])
        return Canvas(base, layer)

    def image(self, box: Box) -> np.ndarray:
        """What the network sees in `box`: (h, w, 3) float32 RGB in [-1, 1]."""
        return np.clip(to_network(self.base[box]) + self.layer[box], -1, 1)

    def add(self, box: Box, step: np.ndarray) -> None:
        """Adds a step, (h, w, 3) float32, to the dream in `box`."""
        self.layer[box] = np.clip(self.image(box) + step, -1, 1) - to_network(self.base[box])

    def keep_to_outlines(self, share: float) -> None:
        """Fits the dream's motifs to the outlines of things (see `layer.outlined`). The largest octaves are skipped,
        because it would take twice the memory: they inherit the fit of the smaller octaves."""
        if share and self.layer.dtype == np.float32:
            self.layer = outlined(self.layer, to_network(self.base), LONG, share)

    def shown(self, strength: float = 1.0, color: float = 1.0, sharpness: float = 0.0) -> np.ndarray:
        """The dreamed picture, (h, w, 3) uint8 BGR."""
        result = np.empty_like(self.base)
        for top in range(0, len(result), STRIP):
            rows = slice(top, top + STRIP)
            around = slice(max(0, top - ROUND), top + STRIP + ROUND)
            layer = sharpened(colored(self.layer[around].astype(np.float32), color), sharpness)
            own = layer[rows.start - around.start :][: len(self.base[rows])]
            result[rows] = lay_over(self.base[rows], own, strength)
        return result

    def _color(self, c: int) -> np.ndarray:
        """Picture and dream in one color, (h, w) float32: 0 red, 1 green, 2 blue."""
        return np.clip(_to_network(self.base[..., 2 - c]) + self.layer[..., c], -1, 1)


def _to_network(color: np.ndarray) -> np.ndarray:
    return color * np.float32(1 / LEVELS) - np.float32(1)


def _kind(shape: tuple[int, ...]) -> type:
    return np.float32 if shape[0] * shape[1] <= FINE_PIXELS else np.float16


def _way(shape: tuple[int, ...], size: tuple[int, int], plain: bool) -> int:
    """The interpolation for a resize; `plain`: as in the tutorial."""
    if plain:
        return cv2.INTER_LINEAR
    return cv2.INTER_AREA if size[0] < shape[1] else cv2.INTER_CUBIC
