"""Motifs: what a channel sees when it dreams from noise, many channels at a time.

Invariant: a channel's motif depends on the channel and the recipe, never on which others are rendered beside it.

Source: the artist's start, uniform noise round mid-gray; bands, octaves and jitter of Mordvintsev et al. 2015.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from kaleidocam.dream.ascent import R2
from kaleidocam.dream.bands import BandBalance
from kaleidocam.dream.jitter import shifted, shifted_back
from kaleidocam.picture.palette import NAMED, PRISM, turned

NOISE = 0.25  # of the way from black to white, on both sides of mid-gray together: the artist's own
ALIVE = 5.0  # times its activation on noise that a channel's motif reaches, or the channel counts as dead
LEAST_NOISE = 1e-3  # activation below which a channel sleeps on noise; most that sleep would have risen infinitely
EDGE = 1 / 8  # of a motif's size on each side is dreamed and cut off: near the border a network sees less
MARGIN = 1.2  # by which a whole canvas exceeds it where FIRM ends: the picture is a part of it, in 256 levels
LAST_RATE = 0.2  # of the first step's rate, at the end

Measure = Callable[[np.ndarray, Sequence[int]], tuple[np.ndarray, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1], and N channels -> their gradients, same shape, and activations (N,)."""

See = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1] -> {layer: mean activation of each channel, (N, channels)}."""


@dataclass(frozen=True)
class Recipe:
    """How a motif grows: by octaves, each a share of the size and its steps, the last of them the whole size; `rate` of
    the first step, in network units. `bands`, `tilt`: as in `settings.parameters.Look`. `natural`: how far a step is
    turned from the network's own colors to those of nature. `calm`: share of a blur in each step, against the graining
    that a network is fond of. `jitter`: pixels at the first step, none at the last: it gives clear shapes, and what is
    fine can only grow where it rests."""

    octaves: tuple[tuple[float, int], ...]
    rate: float
    bands: int = 4
    tilt: float = 0.0
    natural: float = 0.0
    calm: float = 0.0
    jitter: int = 0

    @property
    def palette(self) -> np.ndarray:
        """(3, 3), as `palette.turned` takes it."""
        return PRISM + (NAMED["natural"] - PRISM) * self.natural


CLEAR = Recipe(octaves=((0.5, 16), (0.75, 8), (1.0, 5)), rate=0.17, tilt=-0.35, natural=0.97, calm=0.22, jitter=20)
"""Nearly all of nature: at 1 fur and stone are gray, at 0.9 they have rainbow fringes again."""
FIRM = Recipe(octaves=((1.0, 20),), rate=0.2, tilt=-0.1, natural=0.9)
"""What goes on where CLEAR has not woken a channel, until it wakes: those live by contrast, the finest grain, and
some by color."""


@dataclass(frozen=True)
class Motif:
    """`image`: (size, size, 3) uint8 BGR. `noise`, `value`: the channel's mean activation on noise and on its motif.
    `seen`: the mean activation on it of every channel that was asked for, (F,) float32."""

    channel: int
    image: np.ndarray
    noise: float
    value: float
    seen: np.ndarray = field(repr=False)

    @property
    def rise(self) -> float:
        """How many times its activation on noise the channel has reached."""
        return self.value / max(self.noise, LEAST_NOISE)

    @property
    def alive(self) -> bool:
        return self.rise >= ALIVE


def render(layer: str, channels: Sequence[int], measure: Measure, see: See, size: int) -> list[Motif]:
    """The motifs of some channels of a layer, in that order, `size` pixels a side: by CLEAR, and where that wakes a
    channel too little, by FIRM after it."""
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
    """Canvases (N, H, W, 3) after all steps; each only until its channel has reached the activation `enough`, (N,)."""
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
        left = 1 - step / max(1, steps - 1)
        shift = np.rint((step * R2 % 1 - 0.5) * recipe.jitter * left).astype(int)
        rate = np.float32(recipe.rate * (LAST_RATE + (1 - LAST_RATE) * left))
        gradients, values = measure(
            np.stack([shifted(images[i], *shift) for i in growing]), [channels[int(i)] for i in growing]
        )
        hungry = values < enough[growing]
        growing, gradients = growing[hungry], gradients[hungry]
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
