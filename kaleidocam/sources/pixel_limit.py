"""How many pixels a picture may have: a small file can claim a picture that fills the memory.

Invariant: the size is read from a file's header and checked before a pixel is decoded.
"""

from kaleidocam.errors import UserError

# A film and a performance hold many copies of a frame, about 50 bytes a pixel: 6 GB at this size, which is that of a
# panorama in 16K (16384x8192), and four times that of video in 8K.
FRAME_PIXELS = 1 << 27
# A picture that is dreamed alone is read once, at 7 bytes a pixel: 4 GB at this size; cameras reach 200 megapixels, and
# stitched panoramas more.
STILL_PIXELS = 1 << 29


def check_pixels(name: object, size: tuple[int, int], most: int | None) -> None:
    """UserError if a picture of `size` (width, height) has more than `most` pixels. `name`: the file's, for the
    message. None: STILL_PIXELS, for a picture that is only looked at, where no user needs a larger one."""
    pixels, limit = size[0] * size[1], STILL_PIXELS if most is None else most
    if pixels > limit:
        flag = f", or --max-pixels {pixels} if there is memory for it" if most is not None else ""
        raise UserError(
            f"'{name}' has {size[0]}x{size[1]} pixels, {pixels} in all; the limit is {limit}; give a smaller one{flag}"
        )
