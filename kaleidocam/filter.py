"""The life of a frame between source and sink: seen, dreamed, laid over, folded.

Invariant: three parts in a row (`Eye`, `Dream`, `Glass`), each with its own memory, so that the film's one clock and
the stage's two can run them on different threads; every part is used by one thread at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.dream import layer as layers
from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.growth import Growth
from kaleidocam.dream.imaging import PROCESSOR, Imaging, Picture
from kaleidocam.dream.palette import Palette, no_pictures
from kaleidocam.frame import Frame
from kaleidocam.grid import grid_of
from kaleidocam.mirror import Mirror
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.settings import SMALLEST_GRID, Look


ON_TIME = 0.99  # of the cadence's interval: frame times are rounded
LINEAR_UP_TO = 1.5  # times smaller: so far a linear mean of neighbours leaves out none
MARGIN = 16  # pixels of the grid beyond a mirror that are dreamed with the part that is kept, against seams


@dataclass(frozen=True)
class Seen:
    """A frame and what the eye made of it.

    `picture`: (H, W, 3) uint8 BGR, what the dream is laid over: the frame, or what mirrors before or inside the dream
    make of it. `small`: (h, w, 3) uint8 BGR, the same at the grid, with a margin of (rows, columns) beyond the mirrors.
    `elapsed`: seconds since the frame before, 0 for the first. `motion`: from the frame before to this, at the size of
    `small` or coarser. `mirror`: as it stands at this moment; None: there is none. `center` (x, y) in pixels of
    `small`.
    """

    frame: Frame
    picture: np.ndarray
    small: np.ndarray
    elapsed: float
    motion: Motion
    fold: str = "after"
    mirror: Mirror | None = None
    margin: tuple[int, int] = (0, 0)
    center: tuple[float, float] = (0.0, 0.0)

    def symmetric(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w, C) as the mirrors inside the dream want it; itself where there are none."""
        if self.mirror is None or self.fold != "inside":
            return layer
        return with_margin(self.inner(layer), self.margin) if self.mirror.halves else self.mirror.untouched.fold(layer)

    def inner(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w, C) without the margin."""
        return layer[self.margin[0] :, self.margin[1] :]


def with_margin(part: np.ndarray, margin: tuple[int, int]) -> np.ndarray:
    """`part` and, above and left of it, so many rows and columns of what the mirrors there show."""
    return cv2.copyMakeBorder(part, margin[0], 0, margin[1], 0, cv2.BORDER_REFLECT) if any(margin) else part


def shrunk(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`image` (H, W, 3) uint8 at `size` (width, height), each pixel the mean of those that it stands for.

    Halved as often as there is room, and a small rest taken linearly, both of which OpenCV does quickly: 1280×720 at
    576×324 in an eighth of the time, 1920×1080 at 704×396 in a seventh.
    """
    height, width = image.shape[:2]
    while width >= 2 * size[0] and height >= 2 * size[1] and width % 2 == height % 2 == 0:
        height, width = height // 2, width // 2
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    if (width, height) == tuple(size):
        return image
    far = width > LINEAR_UP_TO * size[0]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if far else cv2.INTER_LINEAR)


def coarsened(small: np.ndarray, pixels: float) -> np.ndarray:
    """`small` (h, w, 3) uint8, shrunk to so many pixels in its own shape; itself where it has no more."""
    scale = (pixels / (small.shape[0] * small.shape[1])) ** 0.5
    return small if scale >= 1 else shrunk(small, tuple(max(1, round(side * scale)) for side in small.shape[1::-1]))


def turned(before: float, spin: float, elapsed: float) -> float:
    """How far the mirrors' picture has turned, 0 to 1 turns, `elapsed` seconds after `before`."""
    return (before + spin * elapsed) % 1


class Eye:
    """Puts a frame under the mirrors, shrinks it to the grid and measures how the world moved. Memory: the frame
    before, and how far the mirrors' picture has turned.

    `grid` (width, height), or None: the one that the look asks for on that frame. It may change from one frame to the
    next, as may its shape; what is carried goes along.
    """

    def __init__(self, grid: tuple[int, int] | None, tracker: Tracker, *, coarse: float | None = None) -> None:
        """`coarse`: of how many pixels at most the motion is measured; None: of all."""
        self.grid, self._tracker, self._coarse = grid, tracker, coarse
        self._seconds: float | None = None
        self._turned = 0.0

    def memory(self) -> dict:
        """All that decides what comes next, to be given to `recall`."""
        return {"seconds": self._seconds, "turned": self._turned, "tracker": self._tracker.memory()}

    def recall(self, memory: dict) -> None:
        self._seconds, self._turned = memory["seconds"], memory["turned"]
        self._tracker.recall(memory["tracker"])

    def turn_to(self, turned: float) -> None:
        """How far the mirrors' picture has turned before the first frame, in turns: for a film that begins in its
        middle."""
        self._turned = turned

    def see(self, frame: Frame, look: Look) -> Seen:
        """What there is to know of a frame before it is dreamed."""
        elapsed = 0.0 if self._seconds is None else max(0.0, frame.seconds - self._seconds)
        self._seconds = frame.seconds
        self._turned = turned(self._turned, look.spin, elapsed)
        mirror = Mirror.of(look, look.angle / 360 + self._turned)
        picture, small, margin = self._under(mirror, frame.image, look.fold, self.grid or grid_of(look, frame.size))
        center = tuple(
            edge - 0.5 + (0 if edge else share * side)
            for edge, share, side in zip(margin[::-1], (look.center_x, look.center_y), small.shape[1::-1], strict=True))
        motion = self._tracker(small if self._coarse is None else coarsened(small, self._coarse))
        return Seen(frame, picture, small, elapsed, motion, look.fold, mirror, margin, center)

    @staticmethod
    def _under(
        mirror: Mirror | None, image: np.ndarray, fold: str, grid: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """What the dream is laid over, the same at the grid, and its margin."""
        if mirror is None or fold == "after":
            return image, shrunk(image, grid), (0, 0)
        if fold == "before" or not mirror.halves:
            picture = mirror.fold(image)
            return picture, shrunk(picture, grid), (0, 0)
        part = mirror.part(image)
        sides = [max(1, round(side * part.shape[i] / image.shape[i])) for i, side in enumerate(grid[::-1])]
        # Rows, columns; and no less in all than the network can see.
        margin = tuple(min(side, max(MARGIN, SMALLEST_GRID - side)) if kept else 0
                       for side, kept in zip(sides, mirror.halves[::-1], strict=True))
        return part, with_margin(shrunk(part, (sides[1], sides[0])), margin), margin


class Dream:
    """Carries the dream layer from frame to frame and lets the dreamer go on.

    The dreamer, which costs the most, is asked `look.cadence` times a second at most; between, the layer goes on as it
    went. Memory: the layer and its drives, the palette, and the time since the dreamer was asked.
    """

    def __init__(self, grid: tuple[int, int], dreamer: Dreamer, on: Imaging = PROCESSOR,
                 palette: Palette | None = None) -> None:
        """`on`: who works on the pictures that the dreamer is given."""
        self.dreamer, self._on, self._grid = dreamer, on, grid
        self._growth, self._palette = Growth(on), palette or Palette(no_pictures)
        self.reset()

    def reset(self) -> None:
        """Forgets the layer; the next step is as the first."""
        self._growth.reset()
        self._palette.reset()
        self._waited = 0.0

    @property
    def layer(self) -> np.ndarray:
        """The dream layer, (h, w, 3) float32 RGB, not to be written into."""
        layer = self._growth.layer
        return np.zeros((*self._grid[::-1], 3), np.float32) if layer is None else layer

    def memory(self) -> dict:
        """All that decides what comes next, the dreamer's included, to be given to `recall`. For a dreamer that has a
        memory."""
        return {"growth": self._growth.memory(), "palette": self._palette.memory(), "waited": self._waited,
                "dreamer": self.dreamer.memory()}

    def recall(self, memory: dict) -> None:
        self._growth.recall(memory["growth"])
        self._palette.recall(memory["palette"])
        self._waited = memory["waited"]
        self.dreamer.recall(memory["dreamer"])

    def advance(self, seen: Seen, look: Look) -> np.ndarray:
        """The dream layer of this frame, (h, w, 3) float32 RGB: carried, faded, cleared, and dreamed on."""
        growth, motion, shape = self._growth, seen.motion, seen.small.shape
        image = self._on.picture(seen.small)
        self._palette.pass_time(seen.small, seen.elapsed, motion.cut, look)
        growth.move(motion, layers.drift_of(look, seen.elapsed, seen.center, shape), shape, look)
        growth.pass_time(seen.elapsed, look)
        self._waited += seen.elapsed
        if motion.cut:
            growth.burst(image, look, self.dreamer, self._paint(look))
        if not growth.driven or motion.cut or self._waited * look.cadence >= ON_TIME:
            growth.ascend(image, seen.elapsed, look, self.dreamer, self._paint(look))
            self._waited = 0.0
        else:
            growth.glide(image, seen.elapsed, look)
        growth.symmetric(seen)
        return self.layer

    def _paint(self, look: Look) -> Callable[[Picture], Picture]:
        return lambda direction: self._palette(direction, look, self._on)


class Glass:
    """Lays a layer over the full-size picture and folds it by the mirrors. No memory."""

    def show(self, seen: Seen, layer: np.ndarray, look: Look) -> Frame:
        """The finished frame."""
        if look.wet == 0:
            return seen.frame
        layer = layers.sharpened(layers.colored(seen.inner(layer), look.color), look.sharpness)
        image = layers.lay_over(seen.picture, layer, look.strength, layers.CRISPER * look.sharpness)
        clean = seen.frame.image
        if seen.mirror and seen.fold == "after":
            image = seen.mirror.fold(image)
        elif seen.mirror and seen.fold == "inside" and seen.mirror.halves:
            image = seen.mirror.unfold(image, clean.shape)
        return seen.frame.showing(image if look.wet == 1 else cv2.addWeighted(image, look.wet, clean, 1 - look.wet, 0))
