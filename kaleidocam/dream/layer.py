"""The dream as a layer: dreamed minus source, kept at the grid, laid over the untouched picture.

Invariant: source plus layer lies in [-1, 1] everywhere, and the layer itself within the look's limit, however long
it runs: it can neither saturate nor drift.

Source: "motion compensated difference between previous non-processed and processed frame", asked for in
graphific/DeepDreamVideo's issue 23; bounds by kaleidocam.
"""

import cv2
import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.imaging import LEVELS, PROCESSOR, Imaging, Picture
from kaleidocam.settings import Look

LONGEST_STEP = 0.1  # seconds a single step may stand for: a stall must not end in one violent jump
BURST_SECONDS = 1 / 15  # that each extra step after a cut stands for
DRIFT_HALF_LIFE = 0.7  # seconds in which a tint or brightening of whole regions is taken out
DRIFT_CELLS, DRIFT_REACH = 12, 5  # pixels of the grid a side, and cells, that such a region is averaged over
HOLD = 15.0  # per second: how firmly the layer is held within the limit
MIDDLE = 128  # grey level that stands for no change where a layer is kept in bytes
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def fade(layer: Picture, seconds: float, half_life: float) -> Picture:
    """What is left of `layer` after `seconds`."""
    return layer * np.float32(0.5 ** (seconds / half_life))


def drift_of(look: Look, seconds: float, center: tuple[float, float], shape: tuple[int, ...]) -> np.ndarray | None:
    """How the look's drift moves a layer of `shape` (h, w, …) round `center` (x, y, pixels) in `seconds`: (2, 3), from
    a pixel to the place that it was at before; None where it does not."""
    if not (look.drift_zoom or look.drift_turn or look.drift_x or look.drift_y) or seconds <= 0:
        return None
    scale, turn = 2.0 ** (-look.drift_zoom * seconds), -2 * np.pi * look.drift_turn * seconds
    way = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pan = np.array([look.drift_x * shape[1], look.drift_y * shape[0]]) * seconds
    return np.column_stack([way, np.array(center) - way @ (np.array(center) + pan)])


def drifted(layer: Picture, drift: np.ndarray | None, on: Imaging = PROCESSOR) -> Picture:
    """`layer` (h, w, C) moved by a drift."""
    return layer if drift is None else on.drifted(layer, drift)


def bound(layer: Picture, image: Picture, seconds: float, limit: float, on: Imaging = PROCESSOR) -> Picture:
    """`layer` without slow drift, softly limited to ±`limit`, and such that `image` + layer stays in [-1, 1]."""
    cells = on.shrunk(layer, [max(1, side // DRIFT_CELLS) for side in layer.shape[:2]])
    cells = on.blurred(cells, DRIFT_REACH) * on.number(1 - 0.5 ** (seconds / DRIFT_HALF_LIFE))
    layer = layer - on.enlarged(cells, layer.shape)
    # The exact course over `seconds` of a decay that grows with the cube of the layer: the same at any frame rate.
    layer = layer / on.root(1 + (layer * on.number((HOLD * seconds) ** 0.5 / limit)) ** 2)
    layer = on.clip(layer, -limit, limit)
    return on.clip(image + layer, -1, 1) - image


Growing = tuple[Picture, Picture | None]
"""A layer, (H, W, 3) float32, and its drive, (H, W, 4) float32: the running mean of the dreamer's steps (RGB per
second) and, last, the weight of what went into it so far, 0 to 1, at each place. None before any."""


def ascend(
    grown: Growing, image: Picture, seconds: float, look: Look, dreamer: Dreamer, waited: float | None = None,
    on: Imaging = PROCESSOR
) -> Growing:
    """The layer and its drive after `look.steps` steps of `dreamer` on `image`, which together stand for `seconds`;
    `waited`: seconds since the dreamer was last asked, where that is longer.

    The layer goes the way of the drive, the mean of the dreamer's steps over `look.inertia`. Single steps point in
    as many directions as there are shifts of the jitter: most of each is undone by the next, and what is left over
    flickers. Their mean is the way they agree on, which grows as strong a dream with a fraction of the movement.
    Divided by its weight, a mean of few steps is no weaker than one of many (as in Kingma and Ba's Adam, 2015), so that
    what has just come into view dreams at once.
    """
    layer, drive = grown
    step, asked = (min(time, LONGEST_STEP * look.steps) / look.steps for time in (seconds, waited or seconds))
    kept = np.float32(0.5 ** (asked / look.inertia) if look.inertia else 0)
    for _ in range(look.steps):
        dreamed = on.clip(image + layer, -1, 1)
        towards = dreamer(dreamed, asked, look) - dreamed
        if asked > 0:
            now = on.weighted(towards * on.number(1 / asked), 1 - kept)
            drive = now if drive is None else now + kept * drive
            layer = dreamed + on.unweighted(drive) * on.number(step) - image
    return bound(layer, image, seconds, look.limit, on), drive


def glide(grown: Growing, image: Picture, seconds: float, look: Look, on: Imaging = PROCESSOR) -> Growing:
    """The layer `seconds` further on the way of its drive, the dreamer not asked."""
    layer, drive = grown
    if drive is not None:
        layer = layer + on.unweighted(drive) * on.number(min(seconds, LONGEST_STEP))
    return bound(layer, image, seconds, look.limit, on), drive


def burst(grown: Growing, image: Picture, look: Look, dreamer: Dreamer, on: Imaging = PROCESSOR) -> Growing:
    """The layer and its drive after the extra steps that bring the dream back at once after a cut."""
    single = look.model_copy(update={"steps": 1})
    for _ in range(look.burst):
        grown = ascend(grown, image, BURST_SECONDS, single, dreamer, on=on)
    return grown


def colored(layer: np.ndarray, color: float) -> np.ndarray:
    """`layer` (RGB) with its saturation times `color`; 0 leaves light and dark."""
    if color == 1:
        return layer
    luma = (layer @ _LUMA)[..., None]
    return luma + (layer - luma) * np.float32(color)


def lay_over(image: np.ndarray, layer: np.ndarray, strength: float) -> np.ndarray:
    """`image` (H, W, 3) uint8 BGR plus `layer` (h, w, 3) float32 RGB, enlarged to its size; saturating."""
    levels = np.rint(cv2.cvtColor((layer * np.float32(LEVELS * strength)).astype(np.float32), cv2.COLOR_RGB2BGR))
    if np.abs(levels).max(initial=0) < MIDDLE:  # fits into bytes, whose sum takes less than half the time
        large = cv2.resize((levels + MIDDLE).astype(np.uint8), image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        return cv2.addWeighted(image, 1, large, 1, -MIDDLE, dst=large)
    large = cv2.resize(levels.astype(np.int16), image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return cv2.add(image, large, dtype=cv2.CV_8U)
