"""The sizes at which a picture is dreamed, one after another.

Invariant: no octave is smaller than the network needs, or larger than `MOST_PIXELS`.

Source: the octaves of Mordvintsev et al. 2015; powers and rounding as in TensorFlow's DeepDream tutorial.
"""

import re

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import SMALLEST_GRID

MOST_PIXELS = 2**28  # of an octave: a photo of 94 megapixels, two octaves of 1.3 above its own size
MOST_OCTAVES = 64
_RANGE = re.compile(r"\s*(-?\d{1,3})\s*\.\.\s*(-?\d{1,3})\s*")
_LIST = re.compile(r"\s*-?\d{1,3}(\.\d+)?\s*(,\s*-?\d{1,3}(\.\d+)?\s*)*")


def powers(text: str) -> list[float]:
    """`"-2..2"` or `"-2, 0, 1.5"` -> the powers of the octave scale, in that order. UserError for other texts."""
    if given := _RANGE.fullmatch(text):
        first, last = int(given[1]), int(given[2])
        found = [float(n) for n in range(first, last + (1 if last >= first else -1), 1 if last >= first else -1)]
    elif _LIST.fullmatch(text):
        found = [float(part) for part in text.split(",")]
    else:
        raise UserError(f"octaves are '{text}'; write a range as -2..2, or a list as -2,0,1.5")
    if len(found) > MOST_OCTAVES:
        raise UserError(f"octaves are '{text}', {len(found)} of them; {MOST_OCTAVES} at most")
    return found


def sizes(text: str, scale: float, size: tuple[int, int]) -> tuple[list[tuple[int, int]], int]:
    """The octaves (width, height) of a picture of `size`, and how many are left out because they are too small for the
    network. UserError where none remains, or where an octave is too large."""
    width, height = size
    every = [(int(width * scale**power), int(height * scale**power)) for power in powers(text)]
    kept = [octave for octave in every if min(octave) >= SMALLEST_GRID]
    if not kept:
        raise UserError(
            f"{size[0]}x{size[1]} is too small to dream in octaves {text} of {scale:g}: no side may be "
            f"below {SMALLEST_GRID} pixels; give a larger picture, or octaves above 0"
        )
    for width, height in kept:
        if width * height > MOST_PIXELS:
            raise UserError(
                f"octaves {text} of {scale:g} make {width}x{height} of {size[0]}x{size[1]}; "
                f"{MOST_PIXELS // 10**6} megapixels are the most; give lower octaves"
            )
    return kept, len(every) - len(kept)
