"""The colors that a dream grows in: a step is turned towards those that nature, the scene or a picture keeps together.

Invariant: a palette is a symmetric 3×3 matrix over RGB whose largest eigenvalue is 1; a direction that was turned is as
strong as it was before.

Source: the color decorrelation of lucid (Olah, Mordvintsev and Schubert 2017), applied to the step instead of to a
parametrization of the picture; the scene's and a picture's own colors are kaleidocam's.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, Picture
from kaleidocam.settings.parameters import PALETTES, Look

# Square root of the correlation of natural pictures' colors, rows R, G, B: lucid's own measure of ImageNet.
NATURE_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
SEEN_WIDTH = 64  # pixels of the picture that its colors are taken from
LEAST_SPREAD = 0.02  # of the widest: what a scene has none of can still be dreamed, faintly
SCENE_SECONDS = 1.0  # over which a scene's colors are averaged: who walks past does not tint the dream


def scaled(matrix: np.ndarray) -> np.ndarray:
    """A covariance (3, 3) with no direction narrower than `LEAST_SPREAD`, its largest eigenvalue 1."""
    values, ways = np.linalg.eigh(matrix)
    values = np.maximum(values / max(values[-1], 1e-12), LEAST_SPREAD)
    return (ways * values) @ ways.T


PRISM, GRAY = np.eye(3), np.full((3, 3), 1 / 3)
NAMED = {"prism": PRISM, "natural": scaled(NATURE_ROOT @ NATURE_ROOT.T)}


def colors_of(image: np.ndarray) -> np.ndarray:
    """(3, 3): how the colors of `image`, (H, W, 3) uint8 BGR, vary together, RGB; gray where they don't vary."""
    height = max(1, round(SEEN_WIDTH * image.shape[0] / image.shape[1]))
    pixels = cv2.resize(image, (SEEN_WIDTH, height), interpolation=cv2.INTER_AREA).reshape(-1, 3)[:, ::-1] / 127.5
    spread = np.cov(pixels.T)
    return scaled(spread + 1e-6 * np.ones((3, 3)))


class Palette:
    """The palette of every moment: fades from one to the next. State: the fade, and the scene's colors so far."""

    def __init__(self, read: Callable[[str], np.ndarray]) -> None:
        """`read`: a picture by its path, (H, W, 3) uint8 BGR; UserError where it can't be read."""
        self._read = read
        self._pictures: dict[str, np.ndarray] = {}
        self.reset()

    def reset(self) -> None:
        """Forgets: the next moment is as the first."""
        self._name: str | None = None
        self._before: np.ndarray | None = None  # what a fade comes from
        self._now = PRISM
        self._scene: np.ndarray | None = None
        self._faded = 1.0

    def state(self) -> dict[str, Any]:
        """All that decides what comes next, to be given to `restore`."""
        return {
            "name": self._name,
            "before": self._before,
            "now": self._now,
            "scene": self._scene,
            "faded": self._faded,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._name, self._faded = state["name"], float(state["faded"])
        self._before, self._now, self._scene = state["before"], state["now"], state["scene"]

    @property
    def now(self) -> np.ndarray:
        """(3, 3): of this moment."""
        return self._now

    def pass_time(self, small: np.ndarray, seconds: float, cut: bool, look: Look) -> None:
        """On to a frame `small`, (h, w, 3) uint8 BGR, `seconds` after the one before."""
        if look.palette != self._name:
            self._before, self._faded = (None, 1.0) if self._name is None else (self._now, 0.0)
            self._name = look.palette
            self._scene = None
        if self._faded < 1:
            self._faded = min(1.0, self._faded + (seconds / look.morph if look.morph else 1.0))
        aim = self._aim(look.palette, small, seconds, cut)
        aim = PRISM + (aim - PRISM) * look.palette_amount
        before = self._before
        self._now = aim if self._faded == 1 or before is None else before + (aim - before) * self._faded

    def _aim(self, name: str, small: np.ndarray, seconds: float, cut: bool) -> np.ndarray:
        if name in NAMED:
            return NAMED[name]
        if name != "scene":
            if name not in self._pictures:
                self._pictures[name] = colors_of(self._read(name))
            return self._pictures[name]  # at most as many as one performance names
        here = colors_of(small)
        kept = 0.0 if cut or self._scene is None else 0.5 ** (seconds / SCENE_SECONDS)
        self._scene = here if kept == 0 else here + (self._scene - here) * kept
        return self._scene

    def __call__(self, direction: Picture, look: Look, on: Imaging = PROCESSOR) -> Picture:
        """`direction` (H, W, 3) in the palette of this moment, and by `look.luma` without colors; as strong as
        before."""
        return turned(direction, grayed(self._now, look.luma), on)


def grayed(matrix: np.ndarray, share: float) -> np.ndarray:
    """A palette that leaves `share` of its colors out: light and dark only where it is 1."""
    return matrix + (GRAY @ matrix - matrix) * share


def turned(direction: Picture, matrix: np.ndarray, on: Imaging = PROCESSOR) -> Picture:
    """`direction` (H, W, 3) times `matrix` (3, 3), as strong as before."""
    if np.array_equal(matrix, PRISM):
        return direction
    painted = on.recolored(direction, matrix)
    return painted * on.number(on.length(direction) / (on.length(painted) + 1e-9))


def of_picture(image: np.ndarray, look: Look, read: Callable[[str], np.ndarray]) -> np.ndarray:
    """The matrix (3, 3) by which a single picture, (H, W, 3) uint8 BGR, is dreamed."""
    palette = Palette(read)
    palette.pass_time(image, 0.0, True, look)
    return grayed(palette.now, look.luma)


def is_picture(palette: str) -> bool:
    """Whether a palette is a picture's path rather than a name."""
    return palette not in PALETTES


def no_pictures(path: str) -> np.ndarray:
    """For a dream whose palettes are names alone."""
    raise ValueError(f"there is no picture '{path}' to take a palette from")
