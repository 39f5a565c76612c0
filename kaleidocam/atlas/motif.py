"""Motifs: what a channel sees when it dreams from noise, many channels at a time.

Invariant: a channel's motif depends on the channel and the recipe, never on which others are rendered beside it.

Source: the artist's start, uniform noise round mid-grey; bands and jitter of Mordvintsev et al. 2015.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from kaleidocam.dream.ascent import R2, shifted, shifted_back
from kaleidocam.dream.bands import BandBalance

NOISE = 0.25  # of the way from black to white, on both sides of mid-grey together: the artist's own
ALIVE = 5.0  # times its activation on noise that a channel's motif reaches, or the channel counts as dead
LEAST_NOISE = 1e-3  # activation below which a channel sleeps on noise; most that sleep would have risen infinitely
LAST_RATE = 0.1  # of the first step's rate, at the end

Measure = Callable[[np.ndarray, Sequence[int]], tuple[np.ndarray, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1], and N channels -> their gradients, same shape, and activations (N,)."""


@dataclass(frozen=True)
class Recipe:
    """How a motif grows: `steps` steps, the share `small` of them at half the size; `rate` of the first, in network
    units. `bands`, `tilt`: as in `settings.Look`. `grey`: how much more light and dark is grown than colour. `calm`:
    share of a blur in each step, against the graining that a network is fond of. `jitter`: pixels."""

    steps: int = 48
    small: float = 0.5
    rate: float = 0.12
    bands: int = 4
    tilt: float = -0.3
    grey: float = 1.0
    calm: float = 0.15
    jitter: int = 16


CLEAR = Recipe()
FIRM = replace(CLEAR, steps=64, small=0, rate=0.5, tilt=-0.1, calm=0)
"""For the channels that CLEAR does not wake: they live by contrast and by the finest grain."""


@dataclass(frozen=True)
class Motif:
    """`image`: (size, size, 3) uint8 BGR. `noise`, `value`: the channel's mean activation on noise and on its motif."""

    channel: int
    image: np.ndarray
    noise: float
    value: float

    @property
    def rise(self) -> float:
        """How many times its activation on noise the channel has reached."""
        return self.value / max(self.noise, LEAST_NOISE)

    @property
    def alive(self) -> bool:
        return self.rise >= ALIVE


def render(channels: Sequence[int], measure: Measure, size: int) -> list[Motif]:
    """The motifs of some channels, in that order, `size` pixels a side: by CLEAR, or where that wakes a channel too
    little and FIRM does better, by FIRM."""
    motifs = {motif.channel: motif for motif in _render(channels, measure, size, CLEAR)}
    asleep = [channel for channel in channels if not motifs[channel].alive]
    if asleep:
        motifs |= {motif.channel: motif for motif in _render(asleep, measure, size, FIRM) if motif.alive}
    return [motifs[channel] for channel in channels]


def _render(channels: Sequence[int], measure: Measure, size: int, recipe: Recipe) -> list[Motif]:
    edge = size // 8  # is dreamed and cut off: near the border a network sees less
    start = np.random.default_rng(0).uniform(-NOISE, NOISE, (size + 2 * edge, size + 2 * edge, 3)).astype(np.float32)
    images = np.stack([start] * len(channels))
    _, noise = measure(images, channels)
    turn = round(recipe.steps * recipe.small)
    if turn:
        images = _climb(_resized(images, size // 2 + edge), channels, measure, recipe, range(turn))
    images = _climb(_resized(images, size + 2 * edge), channels, measure, recipe, range(turn, recipe.steps))
    _, value = measure(images, channels)
    images = images[:, edge : edge + size, edge : edge + size]
    return [Motif(channel, _picture(image), float(before), float(after))
            for channel, image, before, after in zip(channels, images, noise, value, strict=True)]


def _climb(images: np.ndarray, channels: Sequence[int], measure: Measure, recipe: Recipe, steps: range) -> np.ndarray:
    balances = [BandBalance() for _ in channels]
    for step in steps:
        shift = np.rint((step * R2 % 1 - 0.5) * recipe.jitter).astype(int)
        gradients, _ = measure(np.stack([shifted(image, *shift) for image in images]), channels)
        rate = np.float32(recipe.rate * (1 - (1 - LAST_RATE) * step / recipe.steps))
        for image, gradient, balance in zip(images, gradients, balances, strict=True):
            gradient = shifted_back(gradient, *shift)
            gradient += gradient.mean(2, keepdims=True) * np.float32(recipe.grey)
            image += (cv2.blur(image, (3, 3)) - image) * np.float32(recipe.calm)
            image += balance(gradient, 1.0, count=recipe.bands, tilt=recipe.tilt) * rate
        np.clip(images, -1, 1, out=images)
    return images


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    if images.shape[1] == size:
        return images
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in images])


def _picture(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.rint((image + 1) * 127.5).astype(np.uint8), cv2.COLOR_RGB2BGR)
