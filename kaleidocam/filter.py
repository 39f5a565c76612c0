"""The life of a frame between source and sink: seen, dreamed, laid over, folded.

Invariant: three parts in a row (`Eye`, `Dream`, `Glass`), each with its own memory, so that the film's one clock and
the stage's two can run them on different threads; every part is used by one thread at a time.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream import layer as layers
from kaleidocam.dream.base import Dreamer
from kaleidocam.frame import Frame
from kaleidocam.mirror import fold
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.settings import Look


ON_TIME = 0.99  # of the cadence's interval: frame times are rounded


@dataclass(frozen=True)
class Seen:
    """A frame and what the eye made of it. `small`: (h, w, 3) uint8 BGR at the grid. `elapsed`: seconds since the
    frame before, 0 for the first. `motion`: from the frame before to this. `turn`: how far the mirrors' picture has
    turned, in turns."""

    frame: Frame
    small: np.ndarray
    elapsed: float
    motion: Motion
    turn: float = 0.0


def shrunk(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`image` (H, W, 3) uint8 at `size` (width, height), each pixel the mean of those that it stands for.

    Halved first where there is room, which OpenCV does quickly: at 1920×1080 to 214×120 in half the time.
    """
    height, width = image.shape[:2]
    if width <= size[0]:
        return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    if width >= 4 * size[0] and height >= 4 * size[1] and width % 2 == height % 2 == 0:
        image = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


class Eye:
    """Shrinks a frame to the grid and measures how the world moved. Memory: the frame before.

    `grid` (width, height) may be changed between two frames; what is carried goes along.
    """

    def __init__(self, grid: tuple[int, int], tracker: Tracker) -> None:
        self.grid, self._tracker = grid, tracker
        self._seconds: float | None = None
        self._turned = 0.0

    def see(self, frame: Frame, look: Look) -> Seen:
        """What there is to know of a frame before it is dreamed."""
        small = shrunk(frame.image, self.grid)
        elapsed = 0.0 if self._seconds is None else max(0.0, frame.seconds - self._seconds)
        self._seconds = frame.seconds
        self._turned = (self._turned + look.spin * elapsed) % 1
        return Seen(frame, small, elapsed, self._tracker(small), look.angle / 360 + self._turned)


class Dream:
    """Carries the dream layer from frame to frame and lets the dreamer go on.

    The dreamer, which costs the most, is asked `look.cadence` times a second at most; between, the layer goes on as it
    went. Memory: the layer, its drive, and the time since the dreamer was asked.
    """

    def __init__(self, grid: tuple[int, int], dreamer: Dreamer) -> None:
        self._dreamer = dreamer
        self._grid = grid
        self.reset()

    def reset(self) -> None:
        """Forgets the layer; the next step is as the first."""
        self.layer = np.zeros((self._grid[1], self._grid[0], 3), np.float32)
        self._drive: np.ndarray | None = None
        self._waited = 0.0

    def advance(self, seen: Seen, look: Look) -> np.ndarray:
        """The dream layer of this frame, (h, w, 3) float32 RGB: carried, faded, cleared, and dreamed on."""
        image = layers.to_network(seen.small)
        motion = seen.motion
        layer = layers.fade(motion.carry(self.layer), seen.elapsed, look.half_life)
        drive = None if motion.cut or self._drive is None else motion.carry(self._drive)
        grown = layer, drive
        self._waited += seen.elapsed
        if motion.cut:
            grown = layers.burst(grown, image, look, self._dreamer)
        if motion.cut or drive is None or self._waited * look.cadence >= ON_TIME:
            grown = layers.ascend(grown, image, seen.elapsed, look, self._dreamer, self._waited)
            self._waited = 0.0
        else:
            grown = layers.drift(grown, image, seen.elapsed, look)
        self.layer, self._drive = grown
        return self.layer


class Glass:
    """Lays a layer over the full-size frame and folds it by the mirrors. No memory."""

    def show(self, seen: Seen, layer: np.ndarray, look: Look) -> Frame:
        """The finished frame."""
        if look.wet == 0:
            return seen.frame
        image = layers.lay_over(seen.frame.image, layers.colored(layer, look.color), look.strength)
        return seen.frame.showing(fold(image, look.mirrors, seen.turn))
