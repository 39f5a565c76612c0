"""A frame under the mirrors, shrunk to the grid, with the motion since the previous frame.

Invariant: `Eye`, `Dream` and `Glass` form a pipeline, and each has its own state. So a film runs them on one clock, and
a live performance on two clocks in different threads. Each is used by one thread at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from kaleidocam.frame import Frame, Joint
from kaleidocam.mask.assembly import PEOPLE, make_mask
from kaleidocam.mask.base import Sight
from kaleidocam.mask.masks import Masks
from kaleidocam.mask.subject import Shown, Subject
from kaleidocam.mask.trigger import Trigger
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.motion.warp import resized
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.mirror import Mirror
from kaleidocam.picture.shrinking import coarsened, small_bgr
from kaleidocam.planes import Picture, on_each
from kaleidocam.settings.layering import masks_of
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
    `turned`: how far the picture is turned under the mirrors, in turns. `masks`: those that the look asks for, by name,
    (h, w) float32 of any size, 0 to 1, over the same as `small`. `shown`: how much of the dream is shown at each place,
    over the same; None: all of it. `let_in`: how much of it the trigger lets in, 0 to 1.
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
    turned: float = 0.0
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    shown: Shown | None = None
    let_in: float = 1.0

    def symmetric(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w, C) made symmetric by the mirrors inside the dream; unchanged where there are none."""
        if self.mirror is None or self.fold != "inside":
            return layer
        return with_margin(self.inner(layer), self.margin) if self.mirror.halves else self.mirror.untouched.fold(layer)

    def inner(self, layer: np.ndarray) -> np.ndarray:
        """`layer` (h, w[, C]), of the size of `small` or larger, without the margin."""
        top, left = (
            side - round(side * (own - more) / own)
            for side, own, more in zip(layer.shape, self.small.shape, self.margin, strict=False)
        )
        return layer[top:, left:]


def with_margin(part: np.ndarray, margin: tuple[int, int]) -> np.ndarray:
    """`part` with `margin` (rows, columns) more above and on the left, which the mirrors reflect."""
    return cv2.copyMakeBorder(part, margin[0], 0, margin[1], 0, cv2.BORDER_REFLECT) if any(margin) else part


def turned(before: float, spin: float, elapsed: float) -> float:
    """The rotation of the picture under the mirrors, 0 to 1 turns, `elapsed` seconds after it was `before`."""
    return (before + spin * elapsed) % 1


class Eye:
    """Puts a frame under the mirrors, shrinks it to the grid, measures the motion, and asks the masks. State: the
    previous frame, the rotation of the picture under the mirrors, the masks', the subject's and the trigger's.

    `grid` (width, height), or None: the grid that the look sets for the frame. Its size and shape may change from one
    frame to the next; the dream layer is resized with it.
    """

    def __init__(
        self,
        grid: tuple[int, int] | None,
        tracker: Tracker,
        *,
        coarse: float | None = None,
        masks: Masks | None = None,
    ) -> None:
        """`coarse`: most pixels at which the motion is measured; None: no limit. `masks`: None: as in a film."""
        self.grid, self._tracker, self.coarse = grid, tracker, coarse
        self._masks, self._subject, self._trigger = masks or Masks(make_mask), Subject(), Trigger()
        self._seconds: float | None = None
        self._began: float | None = None  # seconds: of the film's first frame, or the clip's
        self._turned = 0.0

    def state(self) -> dict:
        """All that the next frames depend on; for `restore`."""
        return {
            "seconds": self._seconds,
            "began": self._began,
            "turned": self._turned,
            "tracker": self._tracker.state(),
            "masks": self._masks.state(),
            "subject": self._subject.state(),
            "trigger": self._trigger.state(),
        }

    def restore(self, state: dict) -> None:
        self._seconds, self._turned = state["seconds"], state["turned"]
        self._began = state.get("began")  # an earlier version had nothing that asks for it
        self._tracker.restore(state["tracker"])
        # A film that an earlier version began has no subject, or one that keeps the mask of people itself.
        subject = state.get("subject")
        former = {PEOPLE: subject["mask"]} if subject and subject.get("mask") else {}
        self._masks.restore(state.get("masks", former))
        self._subject.restore(subject)
        self._trigger.restore(state.get("trigger"))

    def turn_to(self, turned: float) -> None:
        """Sets the rotation of the picture under the mirrors before the first frame, in turns: for a film that starts
        in the middle."""
        self._turned = turned

    def begin_at(self, seconds: float) -> None:
        """Sets the time of the film's first frame, for one that starts in the middle."""
        self._began = seconds

    def see(self, frame: Frame, look: Look, joint: Joint = Joint.ON) -> Seen:
        """Derives what the dream needs from a frame. `joint`: how it follows the one before it."""
        elapsed = 0.0 if self._seconds is None else max(0.0, frame.seconds - self._seconds)
        self._seconds = frame.seconds
        if self._began is None or joint is not Joint.ON:
            self._began = frame.seconds
        at = frame.seconds - self._began if frame.played is None else frame.played
        self._turned = turned(self._turned, look.spin, elapsed)
        mirror = Mirror.of(look, look.angle / 360 + self._turned)
        grid = self.grid or grid_of(look, frame.size)
        picture, small, margin = self._under(mirror, frame.picture, look.fold, grid)
        center = tuple(
            edge - 0.5 + (0 if edge else share * side)
            for edge, share, side in zip(margin[::-1], (look.center_x, look.center_y), small.shape[1::-1], strict=True)
        )
        motion = self._tracker(small if self.coarse is None else coarsened(small, self.coarse), joint)

        def under(mask: np.ndarray) -> np.ndarray:
            found = self._under(mirror, resized(mask, grid[::-1]), look.fold, grid)[1]
            return resized(found, small.shape[:2])

        def fine(mask: np.ndarray) -> np.ndarray:
            return _under_at_its_size(mirror, mask, look.fold, small.shape, margin)

        sight = Sight(frame, elapsed, motion, lambda size: small_bgr(frame.picture, size), under, small, fine, at)
        self._subject.pass_time(elapsed, look)
        wanted = (*self._subject.wanted(look), *(masks_of(look) if look.wet else ()), *self._trigger.wanted(look))
        masks = self._masks.see(wanted, sight)
        shown, let_in = self._subject.shown(masks, look), self._trigger.see(sight, masks, look)
        place = (look.fold, mirror, margin, center, self._turned)
        return Seen(frame, picture, small, elapsed, motion, *place, masks, shown, let_in)

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


def _under_at_its_size(
    mirror: Mirror | None, mask: np.ndarray, fold: str, small: tuple[int, ...], margin: tuple[int, int]
) -> np.ndarray:
    """A `mask` of the frame, (h, w), over the picture under the dream, whose shape at the grid is `small`, with the
    same `margin` in its own pixels."""
    if mirror is None or fold == "after":
        return mask
    if fold == "before" or not mirror.halves:
        return mirror.fold(mask)
    part = mirror.part(mask)
    top, left = (round(more * part.shape[i] / (small[i] - more)) for i, more in enumerate(margin))
    return with_margin(part, (top, left))
