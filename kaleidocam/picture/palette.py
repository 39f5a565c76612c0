"""The colors in which a dream grows: each step is recolored by the color statistics of nature, the scene or a picture.

Invariant: a palette is a symmetric 3×3 matrix over RGB whose largest eigenvalue is 1; recoloring keeps the strength of
a direction.

Source: the color decorrelation of lucid (Olah, Mordvintsev and Schubert 2017), applied to the step instead of a
parametrization of the picture. Palettes from the scene or from a picture are kaleidocam's own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import PROCESSOR, Imaging, Picture
from kaleidocam.settings.parameters import PALETTES, Look

# Square root of the color correlation of natural pictures, rows R, G, B: measured on ImageNet by lucid.
NATURE_ROOT = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
SEEN_WIDTH = 64  # pixels: a picture is shrunk to it before its colors are measured
LEAST_SPREAD = 0.02  # of the largest eigenvalue: colors that a scene lacks can still be dreamed, faintly
SCENE_SECONDS = 1.0  # time constant of the scene's average colors: a passer-by does not tint the dream


def scaled(matrix: np.ndarray) -> np.ndarray:
    """A covariance (3, 3), scaled to a largest eigenvalue of 1; none is below `LEAST_SPREAD`."""
    values, ways = np.linalg.eigh(matrix)
    values = np.maximum(values / max(values[-1], 1e-12), LEAST_SPREAD)
    return (ways * values) @ ways.T


PRISM, GRAY = np.eye(3), np.full((3, 3), 1 / 3)
NAMED = {"prism": PRISM, "natural": scaled(NATURE_ROOT @ NATURE_ROOT.T)}


def colors_of(image: np.ndarray) -> np.ndarray:
    """(3, 3): the scaled covariance of the colors of `image`, (H, W, 3) uint8 BGR, in RGB; gray for a plain image."""
    height = max(1, round(SEEN_WIDTH * image.shape[0] / image.shape[1]))
    pixels = cv2.resize(image, (SEEN_WIDTH, height), interpolation=cv2.INTER_AREA).reshape(-1, 3)[:, ::-1] / 127.5
    spread = np.cov(pixels.T)
    return scaled(spread + 1e-6 * np.ones((3, 3)))


class Palette:
    """The current palette, which fades to a new one. State: the fade, and the scene's average colors."""

    def __init__(self, read: Callable[[str], np.ndarray]) -> None:
        """`read`: path -> picture, (H, W, 3) uint8 BGR; UserError where it can't be read."""
        self._read = read
        self._pictures: dict[str, np.ndarray] = {}
        self.reset()

    def reset(self) -> None:
        """Clears the state; the next frame is like the first."""
        self._name: str | None = None
        self._before: np.ndarray | None = None  # the palette that a fade starts from
        self._now = PRISM
        self._scene: np.ndarray | None = None
        self._faded = 1.0

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
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
        """The current palette, (3, 3)."""
        return self._now

    def pass_time(self, small: np.ndarray, seconds: float, cut: bool, look: Look) -> None:
        """Advances to a frame `small`, (h, w, 3) uint8 BGR, `seconds` after the previous one."""
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
            return self._pictures[name]  # kept: one performance names only a few
        here = colors_of(small)
        kept = 0.0 if cut or self._scene is None else 0.5 ** (seconds / SCENE_SECONDS)
        self._scene = here if kept == 0 else here + (self._scene - here) * kept
        return self._scene

    def __call__(self, direction: Picture, look: Look, on: Imaging = PROCESSOR) -> Picture:
        """`direction` (H, W, 3) in the current palette, its colors reduced by `look.luma`; as strong as before."""
        return turned(direction, grayed(self._now, look.luma), on)


def grayed(matrix: np.ndarray, share: float) -> np.ndarray:
    """A palette without `share` of its colors; at 1 only light and dark remain."""
    return matrix + (GRAY @ matrix - matrix) * share


def turned(direction: Picture, matrix: np.ndarray, on: Imaging = PROCESSOR) -> Picture:
    """`direction` (H, W, 3) times `matrix` (3, 3), as strong as before."""
    if np.array_equal(matrix, PRISM):
        return direction
    painted = on.recolored(direction, matrix)
    return painted * on.number(on.length(direction) / (on.length(painted) + 1e-9))


def of_picture(image: np.ndarray, look: Look, read: Callable[[str], np.ndarray]) -> np.ndarray:
    """The palette (3, 3) for dreaming a single picture, (H, W, 3) uint8 BGR."""
    palette = Palette(read)
    palette.pass_time(image, 0.0, True, look)
    return grayed(palette.now, look.luma)


def is_picture(palette: str) -> bool:
    """Whether a palette is the path of a picture, not a name."""
    return palette not in PALETTES


def no_pictures(path: str) -> np.ndarray:
    """The `read` of a `Palette` that uses only named palettes."""
    raise ValueError(f"no picture '{path}' for the palette")
