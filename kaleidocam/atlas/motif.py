"""Motifs: the pictures that channels dream from noise, many channels at a time.

Invariant: a channel's motif depends on the channel and the recipe, never on the other channels of its batch.

Source: the artist's starting image, uniform noise round mid-gray; bands, octaves and jitter of Mordvintsev et al. 2015.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from kaleidocam.dream.ascent import R2
from kaleidocam.dream.bands import BandBalance
from kaleidocam.dream.jitter import shifted, shifted_back
from kaleidocam.picture.palette import NAMED, PRISM, turned

NOISE = 0.25  # amplitude of the noise in network units, a quarter of black to white: the artist's own
ALIVE = 5.0  # least rise: a channel whose motif does not reach this multiple of its activation on noise is dead
LEAST_NOISE = 1e-3  # least activation on noise in a rise: else the rise of most inactive channels would be infinite
EDGE = 1 / 8  # of a motif's size, added on each side and cut off at the end: near the border a network sees less
MARGIN = 1.2  # FIRM ends at this multiple of ALIVE: the final picture is only a part of the canvas, in 256 levels
LAST_RATE = 0.2  # rate of the last step, as a fraction of the first

Measure = Callable[[np.ndarray, Sequence[int]], tuple[np.ndarray, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1], and N channels -> their gradients, same shape, and activations (N,)."""

See = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1] -> {layer: mean activation of each channel, (N, channels)}."""


@dataclass(frozen=True)
class Recipe:
    """How a motif grows. `octaves`: for each, the fraction of the full size and the number of steps; the last fraction
    is 1. `rate`: of the first step, in network units. `bands`, `tilt`: as in `settings.parameters.Look`. `natural`: how
    far a step is turned from the network's own colors to those of nature. `calm`: fraction of a blur in each step,
    against grain. `jitter`: pixels at the first step, 0 at the last: it gives clear shapes, but fine detail only grows
    once it stops."""

    octaves: tuple[tuple[float, int], ...]
    rate: float
    bands: int = 4
    tilt: float = 0.0
    natural: float = 0.0
    calm: float = 0.0
    jitter: int = 0

    @property
    def palette(self) -> np.ndarray:
        """(3, 3), for `palette.turned`."""
        return PRISM + (NAMED["natural"] - PRISM) * self.natural


CLEAR = Recipe(octaves=((0.5, 16), (0.75, 8), (1.0, 5)), rate=0.17, tilt=-0.35, natural=0.97, calm=0.22, jitter=20)
"""The usual recipe. `natural` 0.97: at 1 fur and stone are gray, at 0.9 they have rainbow fringes."""
FIRM = Recipe(octaves=((1.0, 20),), rate=0.2, tilt=-0.1, natural=0.9)
"""Continues after CLEAR where a channel is still inactive, until it is active: such channels need contrast, the finest
grain, and some need color."""


@dataclass(frozen=True)
class Motif:
    """`image`: (size, size, 3) uint8 BGR. `noise`, `value`: the channel's mean activation on noise and on its motif.
    `seen`: the mean activations of all measured channels on it, (F,) float32."""

    channel: int
    image: np.ndarray
    noise: float
    value: float
    seen: np.ndarray = field(repr=False)

    @property
    def rise(self) -> float:
        """The channel's activation on its motif, as a multiple of that on noise."""
        return self.value / max(self.noise, LEAST_NOISE)

    @property
    def alive(self) -> bool:
        return self.rise >= ALIVE


def render(layer: str, channels: Sequence[int], measure: Measure, see: See, size: int) -> list[Motif]:
    """The motifs of some channels of a layer, in that order, `size` pixels per side: by CLEAR, and where a channel is
    still inactive, by FIRM after it."""
    edge = round(size * EDGE)
    start = np.random.default_rng(0).uniform(-NOISE, NOISE, (size + 2 * edge, size + 2 * edge, 3)).astype(np.float32)
    noise = see(_cut(start[None], edge))[layer][0]

    def motifs_of(channels: Sequence[int]) -> list[Motif]:
        pictures = [_picture(image) for image in _cut(np.stack([canvases[channel] for channel in channels]), edge)]
        seen = see(np.stack([picture[..., ::-1] for picture in pictures]).astype(np.float32) / 127.5 - 1)
        every = np.concatenate([*seen.values()], axis=1)
        return [
            Motif(channel, picture, float(noise[channel]), float(own[channel]), features)
            for channel, picture, own, features in zip(channels, pictures, seen[layer], every, strict=True)
        ]

    canvases = dict(zip(channels, _grown(np.stack([start] * len(channels)), channels, measure, CLEAR), strict=True))
    motifs = {motif.channel: motif for motif in motifs_of(channels)}
    if asleep := [channel for channel in channels if not motifs[channel].alive]:
        enough = MARGIN * ALIVE * np.maximum(noise[asleep], LEAST_NOISE)
        firm = _grown(np.stack([canvases[channel] for channel in asleep]), asleep, measure, FIRM, enough)
        canvases |= dict(zip(asleep, firm, strict=True))
        motifs |= {motif.channel: motif for motif in motifs_of(asleep) if motif.alive}
    return [motifs[channel] for channel in channels]


def _grown(
    images: np.ndarray, channels: Sequence[int], measure: Measure, recipe: Recipe, enough: np.ndarray | None = None
) -> np.ndarray:
    """Canvases (N, H, W, 3) after all steps; each stops when its channel reaches the activation `enough`, (N,)."""
    enough = np.full(len(channels), np.inf) if enough is None else enough
    size, steps, first = images.shape[1], sum(count for _, count in recipe.octaves), 0
    for share, count in recipe.octaves:
        images = _resized(images, round(size * share))
        _climb(images, channels, measure, recipe, range(first, first + count), steps, enough)
        first += count
    return images


def _climb(
    images: np.ndarray,
    channels: Sequence[int],
    measure: Measure,
    recipe: Recipe,
    at: range,
    steps: int,
    enough: np.ndarray,
) -> None:
    balances, growing, palette = [BandBalance() for _ in channels], np.arange(len(channels)), recipe.palette
    for step in at:
        remaining = 1 - step / max(1, steps - 1)
        shift = np.rint((step * R2 % 1 - 0.5) * recipe.jitter * remaining).astype(int)
        rate = np.float32(recipe.rate * (LAST_RATE + (1 - LAST_RATE) * remaining))
        gradients, values = measure(
            np.stack([shifted(images[i], *shift) for i in growing]), [channels[int(i)] for i in growing]
        )
        unfinished = values < enough[growing]
        growing, gradients = growing[unfinished], gradients[unfinished]
        for i, gradient in zip(growing, gradients, strict=True):
            gradient = shifted_back(gradient, *shift)
            images[i] += (cv2.blur(images[i], (3, 3)) - images[i]) * np.float32(recipe.calm)
            images[i] += turned(balances[i](gradient, 1.0, count=recipe.bands, tilt=recipe.tilt), palette) * rate
            np.clip(images[i], -1, 1, out=images[i])
        if not len(growing):
            return


def _resized(images: np.ndarray, size: int) -> np.ndarray:
    if images.shape[1] == size:
        return images
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in images])


def _cut(images: np.ndarray, edge: int) -> np.ndarray:
    return images[:, edge:-edge, edge:-edge]


def _picture(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(np.rint((image + 1) * 127.5).astype(np.uint8), cv2.COLOR_RGB2BGR)
