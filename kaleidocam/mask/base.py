"""The contract of masks: what one is made of, and what it gives.

Invariant: a mask says where the subject of a picture is, at whatever size it likes; what is done with that is decided
elsewhere. A further kind of mask is a further file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Motion


@dataclass(frozen=True)
class Sight:
    """What a mask can be made of: a `frame`; the seconds `elapsed` since the previous one, 0 for the first; the
    `motion` between the two, of the picture under the mirrors; that picture at the grid, `small`, (h, w, 3) uint8 BGR;
    and the seconds `at` since the first frame of the film, or of the clip that plays.

    `shrunk`: the frame's picture at a size (width, height), (h, w, 3) uint8 BGR. `under`: brings a mask of that
    picture, (h, w) float32 of any size, under the mirrors, as the dream's picture is, and returns it at the grid;
    `fine`: the same, at its own size.
    """

    frame: Frame
    elapsed: float
    motion: Motion
    shrunk: Callable[[tuple[int, int]], np.ndarray]
    under: Callable[[np.ndarray], np.ndarray]
    small: np.ndarray
    fine: Callable[[np.ndarray], np.ndarray]
    at: float = 0.0


@dataclass(frozen=True)
class Showing:
    """What a mask must know of where it is used. `every`: seconds from one answer of a network to the next, live; 0:
    a film or a single picture, where each frame counts. `fps`: of pictures that have no times of their own."""

    every: float = 0.0
    fps: float = 30.0

    @property
    def live(self) -> bool:
        return self.every > 0


class Mask(Protocol):
    """Where the subject is, frame by frame. It is asked for every frame while it is needed, in order."""

    def of(self, sight: Sight) -> np.ndarray:
        """(h, w) float32 of any size, 0 to 1: how surely each place is the subject's, under the mirrors."""

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""

    def restore(self, state: dict[str, Any]) -> None: ...


def fine_size(size: tuple[int, int]) -> tuple[int, int]:
    """The (width, height) at which a mask of a picture of `size` is made that needs its pixels: half of it, as fine as
    a film's colors are, but for small pictures all of it."""
    width, height = size
    return size if width * height <= SMALL else ((width + 1) // 2, (height + 1) // 2)


SMALL = 640 * 360  # pixels of a picture that is not made smaller
