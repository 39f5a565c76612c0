"""The edge of a mask: moved, softened, and brought to the edges of a large picture.

Invariant: nothing here has state. What is 0 or 1 far from the edge stays exactly so.

Source: the guided filter of He, Sun and Tang (2010), at a fraction of the size as in their fast one (2015).
"""

import math

import cv2
import numpy as np

from kaleidocam.motion.warp import resized

REACH = 7  # pixels of the mask per side of the guided filter's window
WHOLE = 255  # of a share in bytes
TINY = 1e-9  # below it a slope is none: numbers near the smallest that there are take a processor fifty times as long
FIRM = 2.0  # how much narrower the edge is made then: the filter has spread it over its window
NOISE = 0.0004  # variance of a picture's gray, 0 to 1, below which there is no edge


def moved(mask: np.ndarray, grow: float, soft: float) -> np.ndarray:
    """`mask` (h, w) float32, for `refined`, with its edge moved outward by `grow` and spread over `soft`, both as
    shares of the height; unchanged where both are 0."""
    if grow == 0 and soft == 0:
        return mask
    inside = (mask > 0.5).astype(np.uint8)
    if not inside.any():
        return np.zeros_like(mask)
    # Pixels from the edge, positive within. The mask itself says where between two pixels the edge is.
    within, beyond = (cv2.distanceTransform(part, cv2.DIST_L2, 5) for part in (inside, 1 - inside))
    far = np.maximum(within, beyond) > 1.5
    distance = np.where(far, within - beyond + (0.5 - inside), mask - np.float32(0.5))
    distance = cv2.GaussianBlur(distance.astype(np.float32), (0, 0), 1)
    width = FIRM * max(1.0, soft * mask.shape[0])  # `refined` makes it narrower
    return np.clip((distance + np.float32(grow * mask.shape[0])) * np.float32(1 / width) + np.float32(0.5), 0, 1)


def refined(mask: np.ndarray, image: np.ndarray, white: float = WHOLE) -> np.ndarray:
    """`mask` (h, w) float32, 0 to 1, at the size of `image`, (H, W) uint8 or uint16, 0 to `white`, or (H, W, 3) uint8
    BGR; its edge where the picture has one nearby: (H, W) uint8, 0 to 255."""
    if mask.shape == image.shape[:2]:
        return cv2.convertScaleAbs(mask, alpha=WHOLE)
    out = np.zeros(image.shape[:2], np.uint8)
    left, top, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
    if not width:
        return out
    rows, large_rows = _stretch(top, height, mask.shape[0], image.shape[0])
    columns, large_columns = _stretch(left, width, mask.shape[1], image.shape[1])
    out[large_rows, large_columns] = _refined(mask[rows, columns], image[large_rows, large_columns], white)
    return out


def _stretch(begin: int, length: int, small: int, large: int) -> tuple[slice, slice]:
    """The part of a side of `small` pixels that holds so many of them and all that the filter makes of them, and the
    same of a side of `large` pixels. The pixels of both and of half the large size lie to each other as they do in
    the whole."""
    step = 2 * small // math.gcd(2 * small, large)
    if large % 2:
        step = small
    low = max(0, begin - REACH) // step * step
    high = min(small, -(-(begin + length + REACH) // step) * step)
    return slice(low, high), slice(low * large // small, high * large // small)


def _refined(mask: np.ndarray, image: np.ndarray, white: float) -> np.ndarray:
    height, width = image.shape[:2]
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    # At half the size: the edge is as near by eye, and it takes less than half the time.
    guide = cv2.resize(gray, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    small = cv2.resize(guide, mask.shape[::-1], interpolation=cv2.INTER_AREA) * np.float32(1 / white)
    window = (REACH, REACH)
    mean, level = cv2.blur(mask, window), cv2.blur(small, window)
    spread = cv2.blur(small * small, window) - level * level
    slope = (cv2.blur(mask * small, window) - mean * level) / (np.maximum(spread, 0) + np.float32(NOISE))
    rest = (cv2.blur(mean - slope * level, window) - np.float32(0.5)) * np.float32(WHOLE * FIRM) + np.float32(WHOLE / 2)
    slope = cv2.blur(slope, window) * np.float32(WHOLE * FIRM / white)
    slope[np.abs(slope) < TINY] = 0
    large = resized(slope, guide.shape)
    cv2.multiply(large, guide, dst=large, dtype=cv2.CV_32F)
    edged = cv2.add(large, resized(rest, guide.shape), dtype=cv2.CV_8U)
    return cv2.resize(edged, (width, height), interpolation=cv2.INTER_LINEAR)
