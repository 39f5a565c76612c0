"""A frame, which everything here passes on: a picture and the time at which it was taken.

Invariant: a Frame never changes after it is made; another picture is another Frame.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.planes import Picture, bgr_of


class Joint(Enum):
    """How a frame follows the one before it."""

    ON = "on"  # in the same clip; a cut is where the pictures show one
    SEAM = "seam"  # the clip has ended, and begins again
    CUT = "cut"  # it comes from another source


@dataclass(frozen=True, init=False)
class Frame:
    """`image`: (H, W, 3) uint8, BGR, 0 to 255. `seconds`: on its source's own clock, never falling (a live source
    stamps it with `time.monotonic()` at the grab). `index`: 0, 1, 2, … in the source's order. `picture`: what it was
    made of: that image, or the planes of a film; then the image is computed when it is first asked for. `played`: for a
    clip that plays by another clock than its own, the seconds since its first frame; else None."""

    image: np.ndarray = field(repr=False)
    seconds: float
    index: int
    played: float | None

    def __init__(self, image: Picture, seconds: float, index: int, played: float | None = None) -> None:
        self.__dict__.update(picture=image, seconds=seconds, index=index, played=played)

    @property
    def picture(self) -> Picture:
        return self.__dict__["picture"]

    def __getattr__(self, name: str) -> Any:
        """The image, while it was not asked for yet."""
        if name != "image":
            raise AttributeError(f"a Frame has no '{name}'")
        self.__dict__["image"] = image = bgr_of(self.picture)
        return image

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    def showing(self, image: Picture) -> "Frame":
        """The same time and index with another picture."""
        return Frame(image, self.seconds, self.index, self.played)

    def at(self, seconds: float, played: float | None = None) -> "Frame":
        """The same picture and index at another time. `played`: None: as it was."""
        return Frame(self.picture, seconds, self.index, self.played if played is None else played)

    def numbered(self, index: int) -> "Frame":
        """The same picture and time with another index."""
        return Frame(self.picture, self.seconds, index, self.played)


def checked(image: Any) -> np.ndarray:
    """`image` unchanged. UserError if it is not a (H, W, 3) uint8 array."""
    if not isinstance(image, np.ndarray):
        raise UserError(f"a picture is a {type(image).__name__}; give a NumPy array (height, width, 3) of uint8, BGR")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise UserError(f"a picture is {image.shape} {image.dtype}; give (height, width, 3) of uint8, BGR")
    return image
