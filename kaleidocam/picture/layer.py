"""The dream as a layer: dreamed minus source, kept at the grid.

Invariant: source plus layer lies in [-1, 1] everywhere, and the layer itself within the look's limit, however long
it runs: it can neither saturate nor drift.

Source: "motion compensated difference between previous non-processed and processed frame", asked for in
graphific/DeepDreamVideo's issue 23; bounds by kaleidocam.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import PROCESSOR, Amount, Imaging, Picture
from kaleidocam.settings.parameters import Look

DRIFT_HALF_LIFE = 0.7  # seconds in which a tint or brightening of large regions falls to half
DRIFT_CELLS, DRIFT_REACH = 12, 5  # grid pixels per side of a cell, and cells per side of such a region
OUTLINE_CELLS, OUTLINE_REACH = 4, 5  # grid pixels per side of a cell, and cells per side of the guided filter's window
OUTLINE_NOISE = 0.003  # variance of a picture's gray below which there is no outline: noise and shading
OUTLINE_SECONDS = 0.15  # seconds in which the coarse part goes half the way
SWING, SWING_SECONDS = 14.0, 0.1  # gain on what lies beyond black or white, and seconds to half of it
SWING_CELLS, SWING_REACH = 8, 3  # as above
HOLD = 15.0  # per second: how firmly the layer is held within the limit
FINEST_REACH = 1.2  # grid pixels, sigma of the blur: the finest detail is what it removes
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def fade(layer: Picture, seconds: float, half_life: float) -> Picture:
    """`layer`, faded by `seconds`."""
    return layer * np.float32(0.5 ** (seconds / half_life))


def drift_of(look: Look, seconds: float, center: tuple[float, float], shape: tuple[int, ...]) -> np.ndarray | None:
    """The look's drift in `seconds`, for a layer of `shape` (h, w, …) round `center` (x, y, pixels): a matrix (2, 3)
    from a pixel to its previous place; None where nothing drifts."""
    if not (look.drift_zoom or look.drift_turn or look.drift_x or look.drift_y) or seconds <= 0:
        return None
    scale, turn = 2.0 ** (-look.drift_zoom * seconds), -2 * np.pi * look.drift_turn * seconds
    way = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pan = np.array([look.drift_x * shape[1], look.drift_y * shape[0]]) * seconds
    return np.column_stack([way, np.array(center) - way @ (np.array(center) + pan)])


def drift_at(drift: np.ndarray, shape: Sequence[int], size: Sequence[int]) -> np.ndarray:
    """The drift of a layer of `shape` (H, W, …), converted to another `size` (h, w)."""
    scale = np.array([size[1] / shape[1], size[0] / shape[0]])
    offset = (scale - 1) / 2  # coordinates are those of the pixels' centers
    way = scale[:, None] * drift[:, :2] / scale
    return np.column_stack([way, scale * drift[:, 2] + offset - way @ offset])


def drifted(layer: Picture, drift: np.ndarray | None, on: Imaging = PROCESSOR) -> Picture:
    """`layer` (h, w, C) moved by a drift."""
    return layer if drift is None else on.drifted(layer, drift)


def outlined(layer: Picture, image: Picture, seconds: float, share: float, on: Imaging = PROCESSOR) -> Picture:
    """`layer` with its coarse part moved towards one that changes only where `image` changes, over time by `share` of
    the way. So motifs end at the outline of a thing and fill it, instead of crossing it. Fine detail stays.

    Source: the guided filter of He, Sun and Tang (2010), at a fraction of the size as in their fast one (2015).
    """
    return on.at_once(_outlined, layer, image, share * (1 - 0.5 ** (seconds / OUTLINE_SECONDS)))


def _outlined(on: Imaging, layer: Picture, image: Picture, share: Amount) -> Picture:
    small = [max(1, side // OUTLINE_CELLS) for side in layer.shape[:2]]
    gray = on.grayed(image)
    guide, coarse = on.shrunk(gray, small), on.shrunk(layer, small)
    mean, level = on.blurred(coarse, OUTLINE_REACH), on.blurred(guide, OUTLINE_REACH)
    together = on.blurred(coarse * guide, OUTLINE_REACH) - mean * level
    spread = on.blurred(guide * guide, OUTLINE_REACH) - level * level
    slope, sure = together / (spread + OUTLINE_NOISE), spread / (spread + OUTLINE_NOISE)
    rest = on.blurred(mean - slope * level, OUTLINE_REACH)
    slope = on.blurred(slope, OUTLINE_REACH)
    # Only where there is an outline: a motif on a plain wall does not change.
    slope, rest = slope * sure, (rest - coarse) * sure
    towards = on.enlarged(slope, layer.shape) * gray + on.enlarged(rest, layer.shape)
    return layer + towards * on.number(share)


def bound(layer: Picture, image: Picture, seconds: float, limit: float, on: Imaging = PROCESSOR) -> Picture:
    """`layer` without slow drift, softly limited to ±`limit`, and such that `image` + layer stays in [-1, 1]."""
    decay, swing = (HOLD * seconds) ** 0.5 / limit, SWING * (1 - 0.5 ** (seconds / SWING_SECONDS))
    return on.at_once(_bound, layer, image, decay, 0.5 ** (seconds / DRIFT_HALF_LIFE), limit, swing)


def _bound(
    on: Imaging, layer: Picture, image: Picture, decay: Amount, fall: Amount, limit: Amount, swing: Amount
) -> Picture:
    cells = on.shrunk(layer, [max(1, side // DRIFT_CELLS) for side in layer.shape[:2]])
    cells = on.blurred(cells, DRIFT_REACH)
    # Motifs and tint are limited separately: a white wall needs a tint as headroom, and that would cost it contrast.
    tint = _held(cells, decay, on) * on.number(fall)
    layer = _held(layer - on.enlarged(cells, layer.shape), decay, on) + on.enlarged(tint, layer.shape)
    dreamed = image + on.clip(layer, -limit, limit)
    layer = on.clip(dreamed - _swung(dreamed - on.clip(dreamed, -1, 1), swing, on) - image, -limit, limit)
    return on.clip(image + layer, -1, 1) - image


def _held(part: Picture, decay: Amount, on: Imaging) -> Picture:
    """`part` after a decay that grows with its cube. The solution is exact: the same at any frame rate."""
    return part / on.root(1 + (part * on.number(decay)) ** 2)


def _swung(over: Picture, swing: Amount, on: Imaging) -> Picture:
    """The offset by which a dream moves away from black or white, where it exceeds them by `over` (H, W, 3). So light
    and dark both have headroom: a white wall becomes a little less white, and dreams as strongly as a gray one."""
    cells = on.shrunk(over, [max(1, side // SWING_CELLS) for side in over.shape[:2]])
    cells = on.blurred(cells, SWING_REACH) * on.number(swing)
    return on.enlarged(cells, over.shape)


def colored(layer: np.ndarray, color: float) -> np.ndarray:
    """`layer` (RGB) with its saturation times `color`; 0 leaves only light and dark."""
    if color == 1:
        return layer
    luma = (layer @ _LUMA)[..., None]
    return luma + (layer - luma) * np.float32(color)


def sharpened(layer: np.ndarray, amount: float) -> np.ndarray:
    """`layer` (h, w, 3) RGB with its finest light and dark amplified by `amount`, because enlarging softens it. Colors
    are not amplified: their edges would show as fringes."""
    if amount == 0:
        return layer
    luma = cv2.transform(layer, _LUMA[None])
    finest = (luma - cv2.GaussianBlur(luma, (0, 0), FINEST_REACH)) * np.float32(amount)
    return layer + cv2.cvtColor(finest, cv2.COLOR_GRAY2RGB)
