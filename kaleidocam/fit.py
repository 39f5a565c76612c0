"""Brings pictures to a given size: cropped, or whole between black bars.

Invariant: things keep their proportions; a picture is never squashed.
"""

from typing import overload

import cv2
import numpy as np

from kaleidocam.planes import Picture, Planes

CROP, LETTERBOX = "crop", "letterbox"


@overload
def fitted(picture: np.ndarray, size: tuple[int, int], how: str = CROP) -> np.ndarray: ...
@overload
def fitted(picture: Picture, size: tuple[int, int], how: str = CROP) -> Picture: ...
def fitted(picture: Picture, size: tuple[int, int], how: str = CROP) -> Picture:
    """`picture` at `size` (width, height). `how`: CROP, cropped at its center to that shape, then scaled; LETTERBOX,
    all of it, scaled, between black bars."""
    if picture.shape[1::-1] == size:
        return picture
    if how == LETTERBOX and (inner := _within(picture, size)) != size:
        return _barred(fitted(picture, inner), size)
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


def _within(picture: Picture, size: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the picture's shape in `size`, of whole color samples."""
    (height, width), (across, down) = picture.shape[:2], _shrinking(picture)
    scale = min(size[0] / width, size[1] / height)
    return tuple(  # type: ignore[return-value]  # two of them
        side if round(own * scale) >= side else max(step, round(own * scale / step) * step)
        for own, side, step in zip((width, height), size, (across, down), strict=True)
    )


def _barred(picture: Picture, size: tuple[int, int]) -> Picture:
    (height, width), (across, down) = picture.shape[:2], _shrinking(picture)
    left, top = (size[0] - width) // 2 // across * across, (size[1] - height) // 2 // down * down
    if not isinstance(picture, Planes):
        barred: np.ndarray = np.zeros((size[1], size[0], picture.shape[2]), picture.dtype)
        barred[top : top + height, left : left + width] = picture
        return barred
    numbers, black = iter(range(3)), picture.format.black

    def plane(inner: np.ndarray) -> np.ndarray:
        number = next(numbers)
        at = (top, left) if number == 0 else (top // down, left // across)
        wide, high = picture.format.plane_size(size, number)
        whole = np.full((high, wide), round(float(black[number])), inner.dtype)
        whole[at[0] : at[0] + inner.shape[0], at[1] : at[1] + inner.shape[1]] = inner
        return whole

    return picture.each(plane)


def _shrinking(picture: Picture) -> tuple[int, int]:
    """How many pixels across and down share a color sample."""
    return picture.format.shrinking if isinstance(picture, Planes) else (1, 1)
