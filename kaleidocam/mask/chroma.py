"""All but a color: the key of a green or a blue screen.

Invariant: brightness does not count, only the color, so a screen may have shadows; what has no color is never the
screen's.

Source: the distance in the plane of color differences, along the key and across it, as in the keyers after Vlahos
(1971); the words "similarity" and "smoothness" as OBS has them.
"""

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.mask.base import Sight, fine_size
from kaleidocam.mask.ramp import share_of, smooth

NAMED = {"green": "#00b140", "blue": "#0047bb"}  # as screens are painted
COLOR = re.compile(r"#([0-9a-fA-F]{6})")
SIMILARITY, SMOOTHNESS = 0.55, 0.25
LEAST_COLOR = 24.0  # levels of color difference below which a color is too gray to be told from what has none
NOISE_REACH = 3  # pixels per side over which a color is the mean: films and cameras are coarse and noisy in color
MIDDLE, UNIT = 128, 64.0  # in bytes: no color, and the key's own color beyond it
STEP = np.float32(1 / UNIT)


@dataclass(frozen=True)
class Key:
    """A `color`, (3,) BGR; what differs from it by less than `similarity` (0: nothing; 1: all that has any of it) is
    the screen; over `smoothness` more it becomes the subject."""

    color: tuple[int, int, int]
    similarity: float = SIMILARITY
    smoothness: float = SMOOTHNESS

    @property
    def differences(self) -> tuple[float, float]:
        """Its red and blue difference, in levels."""
        _, red, blue = cv2.cvtColor(np.array([[self.color]], np.uint8), cv2.COLOR_BGR2YCrCb)[0, 0].astype(float)
        return red - MIDDLE, blue - MIDDLE


class Chroma:
    """Where the key's color is not. No state."""

    def __init__(self, key: Key) -> None:
        red, blue = key.differences
        far = UNIT / (red * red + blue * blue)
        # A place's color in bytes: how far it goes along the key, 1 (UNIT) being the key itself; and across it.
        self._along, self._across = (red * far, blue * far), (blue * far, -red * far)
        near = np.arange(256, dtype=np.float32) * STEP
        least = 1 - key.similarity
        self._subject = smooth((least - near) / max(key.smoothness, 1e-6)).astype(np.float32)

    def of(self, sight: Sight) -> np.ndarray:
        small = cv2.cvtColor(sight.shrunk(fine_size(sight.frame.size)), cv2.COLOR_BGR2YCrCb)
        red, blue = (cv2.blur(cv2.extractChannel(small, i), (NOISE_REACH, NOISE_REACH)) for i in (1, 2))
        along, across = (
            cv2.addWeighted(red, one, blue, other, zero - MIDDLE * (one + other))
            for (one, other), zero in ((self._along, 0), (self._across, MIDDLE))
        )
        near = cv2.subtract(along, cv2.absdiff(across, float(MIDDLE)))
        return sight.fine(cv2.LUT(near, self._subject))

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass


def is_key(text: str) -> bool:
    """Whether a text is a screen's name or a color, or begins with `key`."""
    first = text.split()[0] if text.split() else ""
    return first == "key" or first in NAMED or COLOR.fullmatch(first) is not None


def key_of(text: str) -> Key:
    """From a text such as `green`, `#00b140` or `key #00b140 0.4 0.2`, the numbers being similarity and smoothness.
    UserError where it is none."""
    said, words = f"no mask '{text}'", text.split()
    words = words[1:] if words[0] == "key" else words
    if not words or len(words) > 3 or not (match := COLOR.fullmatch(NAMED.get(words[0], words[0]))):
        raise UserError(
            f"{said}; a color is green, blue, or as #00b140, and after it come similarity and smoothness, 0 to 1"
        )
    red, green, blue = bytes.fromhex(match[1])
    key = Key((blue, green, red), *(share_of(word, said) for word in words[1:]))
    if np.hypot(*key.differences) < LEAST_COLOR:
        raise UserError(f"{said}: {words[0]} is too gray to be told by its color; for light and dark there is luma")
    return key
