"""Pictures sampled at any places between their pixels, on the device of a backend.

Invariant: the same numbers as cv2.remap, within float32, and like it in steps of 1/32 pixel: a move by whole pixels
stays sharp.
"""

from collections.abc import Callable

from kaleidocam.dream.compute.backends.base import Array, Backend

SLOPE = -0.75  # of OpenCV's cubic interpolation, at its first zero
FINE = 32  # steps per pixel
BEYOND = 3e38  # near the largest float32

Border = Callable[[Backend, Array, int], Array]
"""Maps places along an axis into its length."""


def interpolated(on: Backend, picture: Array, places: Array, border: Border, *, cubic: bool = True) -> Array:
    """`picture` (H, W, C) at `places` (h, w, 2), x and y in pixels; cubic or linear."""
    height, width, channels = picture.shape
    fine = on.floor(places * FINE + 0.5)
    whole = on.floor(fine * (1 / FINE))
    part = fine * (1 / FINE) - whole
    places = fine * (1 / FINE)
    done = on.sampled(picture, places[..., 0], places[..., 1], cubic=cubic, mirrored=border is reflected)
    if done is not None:
        return done
    near, shares = (range(-1, 3), _cubic) if cubic else (range(2), _linear)
    pixels = on.reshaped(picture, (height * width, channels))
    x, y = (
        [on.whole(border(on, whole[..., axis] + i, side)) for i in near] for axis, side in enumerate((width, height))
    )
    in_x, in_y = (shares(part[..., axis]) for axis in range(2))
    return sum(
        sum(on.take(pixels, row * width + column, 0) * share[..., None] for column, share in zip(x, in_x, strict=True))
        * of_row[..., None]
        for row, of_row in zip(y, in_y, strict=True)
    )


def held(on: Backend, at: Array, length: int) -> Array:
    """Places beyond the border get the border's pixel."""
    return on.clip(at, 0.0, length - 1.0)


def reflected(on: Backend, at: Array, length: int) -> Array:
    """Places beyond the border are mirrored at the outermost pixel."""
    period = max(1.0, 2.0 * length - 2)
    at = at - on.floor(at * (1 / period)) * period
    return on.clip(at, 0.0, length - 1.0) - on.clip(at - (length - 1.0), 0.0, BEYOND)


def _cubic(part: Array) -> list[Array]:
    """The weights of the four pixels round a place, which lies `part` of a pixel after the second."""

    def outer(x: Array) -> Array:
        return (((x - 5) * x + 8) * x - 4) * SLOPE

    def inner(x: Array) -> Array:
        return ((SLOPE + 2) * x - (SLOPE + 3)) * x * x + 1

    return [outer(part + 1), inner(part), inner(1 - part), outer(2 - part)]


def _linear(part: Array) -> list[Array]:
    return [1 - part, part]
