"""A frame under the mirrors, shrunk to the grid, with the motion since the previous frame.

Invariant: `Eye`, `Dream` and `Glass` form a pipeline, and each has its own state. So a film runs them on one clock, and
a live performance on two clocks in different threads. Each is used by one thread at a time.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.mirror import Mirror
from kaleidocam.picture.shrinking import coarsened, small_bgr
from kaleidocam.planes import Picture, on_each
from kaleidocam.settings.parameters import SMALLEST_GRID, Look

MARGIN = 16  # grid pixels beyond a mirror that are dreamed together with the kept part, to avoid seams


@dataclass(frozen=True)
class Seen:
    """A frame and what the eye derives from it.

    `picture`: (H, W, 3) uint8 BGR or planes, the picture under the dream: the frame, folded if mirrors stand before or
    inside the dream. `small`: (h, w, 3) uint8 BGR, the same at the grid, with a margin of (rows, columns) beyond the
    mirrors.
    `elapsed`: seconds since the previous frame, 0 for the first. `motion`: from the previous frame to this one, at the
    size of `small` or coarser. `mirror`: its current state; None: there is none. `center` (x, y) in pixels of `small`.
    """

    frame: Frame
    picture: Picture
    small: np.ndarray
    elapsed: float
    motion: Motion
    fold: str = "after"
    mirror: Mirror | None = None
    margin: tuple[int, int] = (0, 0)
    center: tuple[float, float] = (0.0, 0.0)

    def symmetric(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w, C) made symmetric by the mirrors inside the dream; unchanged where there are none."""
        if self.mirror is None or self.fold != "inside":
            return layer
        return with_margin(self.inner(layer), self.margin) if self.mirror.halves else self.mirror.untouched.fold(layer)

    def inner(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w, C) without the margin."""
        return layer[self.margin[0] :, self.margin[1] :]


def with_margin(part: np.ndarray, margin: tuple[int, int]) -> np.ndarray:
    """`part` with `margin` (rows, columns) more above and on the left, which the mirrors reflect."""
    return cv2.copyMakeBorder(part, margin[0], 0, margin[1], 0, cv2.BORDER_REFLECT) if any(margin) else part


def turned(before: float, spin: float, elapsed: float) -> float:
    """The rotation of the picture under the mirrors, 0 to 1 turns, `elapsed` seconds after it was `before`."""
    return (before + spin * elapsed) % 1


class Eye:
    """Puts a frame under the mirrors, shrinks it to the grid and measures the motion. State: the previous frame, and
    the rotation of the picture under the mirrors.

    `grid` (width, height), or None: the grid that the look sets for the frame. Its size and shape may change from one
    frame to the next; the dream layer is resized with it.
    """

    def __init__(self, grid: tuple[int, int] | None, tracker: Tracker, *, coarse: float | None = None) -> None:
        """`coarse`: most pixels at which the motion is measured; None: no limit."""
        self.grid, self._tracker, self.coarse = grid, tracker, coarse
        self._seconds: float | None = None
        self._turned = 0.0

    def state(self) -> dict:
        """All that the next frames depend on; for `restore`."""
        return {"seconds": self._seconds, "turned": self._turned, "tracker": self._tracker.state()}

    def restore(self, state: dict) -> None:
        self._seconds, self._turned = state["seconds"], state["turned"]
        self._tracker.restore(state["tracker"])

    def turn_to(self, turned: float) -> None:
        """Sets the rotation of the picture under the mirrors before the first frame, in turns: for a film that starts
        in the middle."""
        self._turned = turned

    def see(self, frame: Frame, look: Look) -> Seen:
        """Derives what the dream needs from a frame."""
        elapsed = 0.0 if self._seconds is None else max(0.0, frame.seconds - self._seconds)
        self._seconds = frame.seconds
        self._turned = turned(self._turned, look.spin, elapsed)
        mirror = Mirror.of(look, look.angle / 360 + self._turned)
        picture, small, margin = self._under(mirror, frame.picture, look.fold, self.grid or grid_of(look, frame.size))
        center = tuple(
            edge - 0.5 + (0 if edge else share * side)
            for edge, share, side in zip(margin[::-1], (look.center_x, look.center_y), small.shape[1::-1], strict=True)
        )
        motion = self._tracker(small if self.coarse is None else coarsened(small, self.coarse))
        return Seen(frame, picture, small, elapsed, motion, look.fold, mirror, margin, center)

    @staticmethod
    def _under(
        mirror: Mirror | None, image: Picture, fold: str, grid: tuple[int, int]
    ) -> tuple[Picture, np.ndarray, tuple]:
        """The picture under the dream, the same at the grid, and its margin."""
        if mirror is None or fold == "after":
            return image, small_bgr(image, grid), (0, 0)
        if fold == "before" or not mirror.halves:
            picture = on_each(image, mirror.fold)
            return picture, small_bgr(picture, grid), (0, 0)
        part = on_each(image, mirror.part)
        sides = [max(1, round(side * part.shape[i] / image.shape[i])) for i, side in enumerate(grid[::-1])]
        # Rows, columns: enough that part and margin together are no smaller than the network needs.
        top, left = (
            min(side, max(MARGIN, SMALLEST_GRID - side)) if kept else 0
            for side, kept in zip(sides, mirror.halves[::-1], strict=True)
        )
        return part, with_margin(small_bgr(part, (sides[1], sides[0])), (top, left)), (top, left)
