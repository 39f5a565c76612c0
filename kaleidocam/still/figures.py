"""Measures how much of a picture's content remains in its dream.

Invariant: a figure is measured at viewing size, whatever the size of the picture.

Source: SSIM, Wang et al. 2004, with their Gaussian window and constants.
"""

import cv2
import numpy as np

LOOKED_AT = 1024  # pixels of the longer side at viewing size: finer detail is not seen at a glance
SIGMA, STEADY = 1.5, ((0.01 * 255) ** 2, (0.03 * 255) ** 2)


def content_kept(before: np.ndarray, after: np.ndarray) -> float:
    """The similarity of two pictures, (H, W, 3) uint8 BGR, in light and dark: 1 is equal, 0 is nothing in common."""
    a, b = (_luma(picture) for picture in (before, after))
    mean_a, mean_b = _near(a), _near(b)
    both = _near(a * b) - mean_a * mean_b
    of_a, of_b = _near(a * a) - mean_a**2, _near(b * b) - mean_b**2
    light, contrast = STEADY
    like = (
        (2 * mean_a * mean_b + light)
        * (2 * both + contrast)
        / ((mean_a**2 + mean_b**2 + light) * (of_a + of_b + contrast))
    )
    return float(like.mean())


def _luma(picture: np.ndarray) -> np.ndarray:
    scale = LOOKED_AT / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float64)


def _near(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (11, 11), SIGMA)
