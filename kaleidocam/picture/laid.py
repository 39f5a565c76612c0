"""A dream layer laid over a full-size picture, and two such pictures put together.

Invariant: nothing here has state. Where no layer is laid, the picture stays as it is, number by number.
"""

from functools import partial

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import LEVELS
from kaleidocam.motion.warp import resized
from kaleidocam.planes import Picture, Planes, alike, bgr_of, on_both

CRISPER = 2.0  # how far edges are narrowed at full size, times the look's sharpness
# Bytes that are handled at once: what comes between stays near the processor, and is too little for glibc to take it
# from the system anew each time.
STRIP = 120 << 10
MIDDLE = 128  # the gray level that means "no change" where a layer is stored in bytes


def lay_over(
    picture: Picture, layer: np.ndarray, strength: float, crispness: float = 0.0, share: np.ndarray | None = None
) -> Picture:
    """`picture` (H, W, 3) uint8 BGR, or a film's planes, plus `layer` (h, w, 3) float32 RGB, enlarged to its size. The
    layer's edges are narrowed by `crispness` (0: not at all). `share` (H, W) uint8: how much of the layer is laid at
    each place, 0 to 255; None: all of it. The sum saturates. With no strength, and where the share is 0, it is the
    picture itself, number by number."""
    levels = (layer * np.float32(LEVELS * strength)).astype(np.float32)
    if not isinstance(picture, Planes):
        return _laid(picture, cv2.cvtColor(levels, cv2.COLOR_RGB2BGR), crispness, share)
    form = picture.format
    changes = iter(cv2.split(cv2.transform(levels, form.from_rgb.astype(np.float32))))
    lay = _laid if form.bits == 8 else partial(_laid_deep, highest=form.highest)
    return picture.each(
        lambda plane: lay(plane, next(changes), crispness, None if share is None else resized(share, plane.shape))
    )


def _laid(image: np.ndarray, levels: np.ndarray, crispness: float, share: np.ndarray | None) -> np.ndarray:
    """`image` (H, W[, 3]) uint8 plus `levels` (h, w[, 3]) float32."""
    # Bytes take less than half the time. A strong layer gets steps of more than one level, which nobody sees.
    step = max(1.0, float(np.abs(levels).max(initial=0)) / (MIDDLE - 1))
    small = np.rint(levels * np.float32(1 / step) + np.float32(MIDDLE)).astype(np.uint8)
    size = image.shape[1::-1]
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    large = _crisp(large, size[0] / levels.shape[1], crispness)
    if share is not None:
        _weaken(large, share)
    return cv2.addWeighted(image, 1, large, step, -step * MIDDLE, dst=large)


def _weaken(large: np.ndarray, share: np.ndarray) -> None:
    """Brings `large` (H, W[, 3]) uint8 nearer to MIDDLE: only `share` (H, W) uint8, 0 to 255, is left of its distance
    from there. In place, and only where something changes."""
    rows = max(1, STRIP // large[0].nbytes)
    for first in range(0, len(large), rows):
        strip = share[first : first + rows]
        changed = _box(cv2.bitwise_not(strip))
        part, weights = large[first : first + rows][changed], strip[changed]
        some = _box(weights)
        left, weights = part[some] ^ MIDDLE, weights[some] >> 1  # OpenCV is quickest with signed bytes
        part[:] = MIDDLE
        if left.size:
            if large.ndim == 3:
                weights = cv2.cvtColor(weights, cv2.COLOR_GRAY2BGR)
            left = cv2.multiply(left.view(np.int8), weights.view(np.int8), scale=1 / 127).view(np.uint8)
            np.bitwise_xor(left, MIDDLE, out=part[some])


def _box(where: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns of the smallest box around all that isn't 0 in `where` (H, W) uint8."""
    left, top, width, height = cv2.boundingRect(where)
    return slice(top, top + height), slice(left, left + width)


def _laid_deep(
    plane: np.ndarray, levels: np.ndarray, crispness: float, share: np.ndarray | None, *, highest: int
) -> np.ndarray:
    """As `_laid`, for a plane of uint16, 0 to `highest`."""
    size = plane.shape[1::-1]
    large = cv2.resize(np.rint(levels).astype(np.int16), size, interpolation=cv2.INTER_CUBIC)
    large = _crisp(large, size[0] / levels.shape[1], crispness)
    if share is not None:
        large = np.rint(large * (share * np.float32(1 / 255))).astype(np.int16)
    return np.minimum(cv2.add(plane, large, dtype=cv2.CV_16U), np.uint16(highest))


def mixed(over: Picture, under: Picture, share: float) -> Picture:
    """`share` (0 to 1) of one picture, and the rest of the other, of the same size; BGR where they differ in kind."""
    if not alike(over, under):
        over, under = bgr_of(over), bgr_of(under)
    return on_both(over, under, lambda one, other: cv2.addWeighted(one, share, other, 1 - share, 0))


def blended(over: Picture, under: Picture, share: np.ndarray) -> Picture:
    """At each place so much of one picture, `share` (H, W) uint8, 0 to 255, and the rest of the other, of the same kind
    and size. Where it is 0 or 255, it is the one picture or the other, number by number."""
    return on_both(over, under, lambda one, other: _blended(one, other, resized(share, one.shape[:2])))


def _blended(over: np.ndarray, under: np.ndarray, share: np.ndarray) -> np.ndarray:
    """`blended`, of one plane, (H, W), or of (H, W, 3)."""
    out = np.empty_like(under)
    rows = max(1, STRIP // under[0].nbytes)
    for top in range(0, len(out), rows):
        strip = np.s_[top : top + rows]
        out[strip] = _blended_strip(over[strip], under[strip], share[strip])
    return out


def _blended_strip(over: np.ndarray, under: np.ndarray, share: np.ndarray) -> np.ndarray:
    if over.dtype != np.uint8:
        return np.rint(under + (over.astype(np.float32) - under) * (share * np.float32(1 / 255)))
    if over.ndim == 3:  # as a single plane of three times the width
        share = cv2.merge([share] * 3).reshape(len(share), -1)
    one, other = (np.ascontiguousarray(picture).reshape(share.shape) for picture in (over, under))
    one, other = cv2.multiply(one, share, scale=1 / 255), cv2.multiply(other, cv2.bitwise_not(share), scale=1 / 255)
    return cv2.add(one, other, dst=one).reshape(over.shape)


def _crisp(large: np.ndarray, enlarged: float, amount: float) -> np.ndarray:
    """`large` (H, W[, 3]) uint8 or int16, which was `enlarged` by that factor, with narrower edges and no halo: each
    value is pushed away from the middle of the lowest and the highest value around it, and never beyond these two.

    Source: the toggle mapping of Kramer and Bruckner (1975), made gradual.
    """
    amount *= min(1.0, enlarged - 1)  # a picture that is hardly enlarged is hardly soft
    if amount <= 0:
        return large
    reach = 2 * max(1, round(enlarged / 2)) + 1
    round_about = cv2.getStructuringElement(cv2.MORPH_ELLIPSE if reach > 3 else cv2.MORPH_RECT, (reach, reach))
    highest, lowest = cv2.dilate(large, round_about), cv2.erode(large, round_about)
    middle = cv2.addWeighted(highest, 0.5, lowest, 0.5, 0)
    pushed = cv2.addWeighted(large, 1 + amount, middle, -amount, 0, dst=middle)
    return cv2.max(cv2.min(pushed, highest, dst=pushed), lowest, dst=pushed)
