"""Crops and scales pictures to a given size.

Invariant: things keep their proportions; a picture is cropped, never squashed.
"""

from typing import overload

import cv2
import numpy as np

from kaleidocam.planes import Picture, Planes


@overload
def fitted(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray: ...
@overload
def fitted(picture: Picture, size: tuple[int, int]) -> Picture: ...
def fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    """`picture` cropped at its center to the shape of `size` (width, height), then scaled to it."""
    if picture.shape[1::-1] == size:
        return picture
    if not isinstance(picture, Planes):
        return _fitted(picture, size)
    sizes, highest = (picture.format.plane_size(size, plane) for plane in range(3)), picture.format.highest
    return picture.each(lambda plane: np.minimum(_fitted(plane, next(sizes)), plane.dtype.type(highest)))


def _fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    height, width = image.shape[:2]
    shape = size[0] / size[1]
    keep_width, keep_height = min(width, round(height * shape)), min(height, round(width / shape))
    left, top = (width - keep_width) // 2, (height - keep_height) // 2
    how = cv2.INTER_AREA if keep_width > size[0] else cv2.INTER_CUBIC  # INTER_AREA shows blocks when enlarging
    return cv2.resize(image[top : top + keep_height, left : left + keep_width], size, interpolation=how)
