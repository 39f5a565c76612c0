"""How the layer grows: carried, driven by the network's recent steps at each octave, and bounded.

Invariant: source plus layer lies in [-1, 1] everywhere, however long it runs. Each step of the network is at a single
octave; the octaves take turns.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from kaleidocam.dream.base import Step
from kaleidocam.dream.compute.imaging import PROCESSOR, Amount, Imaging, Moved, Picture
from kaleidocam.picture import layer as layers
from kaleidocam.settings.parameters import SMALLEST_GRID, Look

LONGEST_STEP = 0.1  # seconds that a single step stands for at most: a stall must not end in one violent jump
BURST_SECONDS = 1 / 15  # seconds that each extra step after a cut stands for

Paint = Callable[[Picture], Picture]
"""Recolors the direction of a step."""


def octaves_of(shape: Sequence[int], look: Look) -> list[tuple[int, int]]:
    """The sizes (rows, columns) at which the network sees a grid of `shape` (H, W, …), coarsest first. None is smaller
    than the network needs, so a small grid has fewer."""
    rows, columns = shape[:2]
    sizes = [(round(rows / look.spacing**i), round(columns / look.spacing**i)) for i in range(1, look.scales)]
    return [size for size in reversed(sizes) if min(size) >= SMALLEST_GRID] + [(rows, columns)]


class Growth:
    """A layer, (H, W, 3) float32 RGB, and its drives. State: all of it.

    Each octave has a drive, (h, w, 4) float32, at its own size: the running mean of the network's steps there (RGB per
    second) and, as the last channel, the weight of the steps in that mean, 0 to 1, at each place. The layer moves along
    the sum of all drives. Single steps point in a different direction for each shift of the jitter and each octave: the
    next step undoes most of it, and the rest flickers. Their mean is the direction that they share. It grows an equally
    strong dream with a fraction of the movement. Divided by its weight, a mean of few steps is as strong as one of many
    (as in Kingma and Ba's Adam, 2015), so that new parts of the picture dream at once.
    """

    def __init__(self, on: Imaging = PROCESSOR) -> None:
        """`on`: what processes the pictures that the dreamer gets."""
        self._on = on
        self.reset()

    def reset(self) -> None:
        """Clears the layer; the next step is like the first."""
        self._layer: Picture | None = None  # None before the first frame
        self._drives: list[Picture | None] = []  # None before the first step at its octave
        self._waited: list[float] = []  # seconds since the last step at each octave
        self._turn = 0

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
        on = self._on
        layer, *drives = (None if part is None else on.numpy(part) for part in (self._layer, *self._drives))
        return {
            "layer": layer,
            "drives": {str(i): drive for i, drive in enumerate(drives)},
            "waited": list(self._waited),
            "turn": self._turn,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        on = self._on
        self._layer, *self._drives = (
            None if part is None else on.array(part) for part in (state["layer"], *state["drives"].values())
        )
        self._waited, self._turn = list(state["waited"]), int(state["turn"])

    @property
    def driven(self) -> bool:
        """Whether the network has taken a step yet."""
        return any(drive is not None for drive in self._drives)

    @property
    def layer(self) -> np.ndarray | None:
        """(H, W, 3) float32, read-only; None before the first frame."""
        return None if self._layer is None else self._on.numpy(self._layer)

    def move(self, motion: Moved, drift: np.ndarray | None, shape: Sequence[int], look: Look) -> None:
        """Moves layer and drives along the motion and the look's drift, to a grid of `shape` (H, W, …)."""
        on, sizes = self._on, octaves_of(shape, look)
        if self._layer is None:
            self._layer = on.array(np.zeros((*shape[:2], 3), np.float32))
        if motion.cut or len(sizes) != len(self._drives):
            self._drives, self._waited, self._turn = [None] * len(sizes), [0.0] * len(sizes), 0
        self._layer = layers.drifted(on.carried(self._layer, motion, shape), drift, on)
        for i, size in enumerate(sizes):
            if self._drives[i] is not None:
                there = None if drift is None else layers.drift_at(drift, shape, size)
                self._drives[i] = layers.drifted(on.carried(self._drives[i], motion, size, smooth=True), there, on)

    def pass_time(self, seconds: float, look: Look) -> None:
        """Fades the layer by `seconds`."""
        self._layer = layers.fade(self._layer, seconds, look.half_life)
        self._waited = [waited + seconds for waited in self._waited]

    def ascend(self, image: Picture, seconds: float, look: Look, dreamer: Step, paint: Paint) -> None:
        """Takes `look.steps` steps of `dreamer` on `image`, (H, W, 3) float32, which together stand for `seconds`."""
        step = min(seconds, LONGEST_STEP * look.steps) / look.steps
        for _ in range(look.steps):
            self._ask(image, look, dreamer, paint, step)
            self._go(step, look)
        self._bound(image, seconds, look)

    def glide(self, image: Picture, seconds: float, look: Look) -> None:
        """Moves the layer along the drives for `seconds`, without a step of the dreamer."""
        self._go(min(seconds, LONGEST_STEP), look)
        self._bound(image, seconds, look)

    def burst(self, image: Picture, look: Look, dreamer: Step, paint: Paint) -> None:
        """The extra steps that bring the dream back at once after a cut."""
        single = look.model_copy(update={"steps": 1})
        for _ in range(look.burst):
            self._waited = [waited + BURST_SECONDS for waited in self._waited]
            self.ascend(image, BURST_SECONDS, single, dreamer, paint)

    def symmetric(self, seen: Any) -> None:
        """As `seen.symmetric`."""
        self._layer = self._on.symmetric(self._layer, seen)

    def _ask(self, image: Picture, look: Look, dreamer: Step, paint: Paint, step: float) -> None:
        """One step of the dreamer, at the octave whose turn it is."""
        on, at = self._on, self._turn % len(self._drives)
        size = octaves_of(image.shape, look)[at]
        dreamed = on.clip(image + self._layer, -1, 1)
        if size != tuple(image.shape[:2]):
            dreamed = on.shrunk(dreamed, size)
        asked = min(max(self._waited[at], step), LONGEST_STEP * len(self._drives))
        short = min(asked, LONGEST_STEP)
        towards = dreamer(dreamed, short, look) - dreamed
        self._turn, self._waited[at] = self._turn + 1, 0.0
        if short <= 0:
            return
        kept = np.float32(0.5 ** (asked / look.inertia) if look.inertia else 0)
        now, drive = on.weighted(paint(towards) * on.number(1 / short), 1 - kept), self._drives[at]
        self._drives[at] = now if drive is None else now + kept * drive

    def _go(self, seconds: float, look: Look) -> None:
        drives = [drive for drive in self._drives if drive is not None]
        layer = self._layer
        if drives and layer is not None and seconds > 0:
            count = len(self._drives)
            self._layer = self._on.at_once(_gone, layer, seconds, look.onset, *drives, count=count)

    def _bound(self, image: Picture, seconds: float, look: Look) -> None:
        if look.outline:
            self._layer = layers.outlined(self._layer, image, seconds, look.outline, self._on)
        self._layer = layers.bound(self._layer, image, seconds, look.limit, self._on)


def _gone(on: Imaging, layer: Picture, seconds: Amount, onset: Amount, *drives: Picture, count: int) -> Picture:
    """`layer`, moved along its drives, those of `count` octaves, for `seconds`."""
    total = reduce(add, (on.enlarged(drive, layer.shape) for drive in drives))
    return layer + on.course(total, count, onset) * on.number(seconds)
