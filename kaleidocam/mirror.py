"""The kaleidoscope's fold: a picture made of mirrored segments round its centre.

Invariant: every pixel of the result is a pixel (or a blend of neighbours) of the picture that was given.
"""

from functools import lru_cache

import cv2
import numpy as np

TURN = 2 * np.pi


def fold(image: np.ndarray, segments: int, angle: float) -> np.ndarray:
    """`image` (H, W, 3) uint8 -> the same size, with `segments`-fold symmetry, each segment mirrored in its middle.

    `angle` in turns says which wedge of the picture is multiplied. Where the turned wedge reaches past the picture,
    the picture is mirrored at its border. `segments` below 2 leaves the image as it is.
    """
    if segments < 2:
        return image
    height, width = image.shape[:2]
    cosine, sine = np.cos(angle * TURN), np.sin(angle * TURN)
    turned = np.array([[cosine, -sine, width / 2 - 0.5], [sine, cosine, height / 2 - 0.5]], np.float32)
    where = cv2.transform(_wedge(height, width, segments), turned)
    return cv2.remap(image, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


@lru_cache(maxsize=4)
def _wedge(height: int, width: int, segments: int) -> np.ndarray:
    """(H, W, 2) float32: for each pixel, the place inside the one wedge (round angle 0) that it repeats, in pixels
    from the centre. Independent of the angle, so a spinning mirror costs one small rotation a frame."""
    x, y = np.meshgrid(np.arange(width) - width / 2 + 0.5, np.arange(height) - height / 2 + 0.5)
    radius, segment = np.hypot(x, y), TURN / segments
    direction = np.abs((np.arctan2(y, x) + segment / 2) % segment - segment / 2)
    places = np.stack([radius * np.cos(direction), radius * np.sin(direction)], -1).astype(np.float32)
    places.flags.writeable = False
    return places
