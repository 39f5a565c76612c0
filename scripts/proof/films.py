"""Dreams a clip as the product does: eye, dream and glass, to finished frames.

Invariant: only this module knows how the product starts; the judged frames are those that a user would see.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from kaleidocam.dream.base import Dreamer
from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Motion, Tracker
from kaleidocam.picture.assembly import COARSEST_FLOW, palette_picture
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.palette import Palette
from kaleidocam.settings.parameters import Look

FLOW = "medium"  # the flow of films, for our method and for those that warp whole frames


def begin(look: Look, dreamer: Dreamer, size: tuple[int, int]) -> tuple[Eye, Dream]:
    """The product's parts for frames of `size` (width, height)."""
    dream = Dream(grid_of(look, size), dreamer, palette=lambda: Palette(palette_picture))
    return Eye(None, Tracker(FLOW), coarse=COARSEST_FLOW), dream


def dreamed(
    frames: Iterable[np.ndarray],
    fps: float,
    dreamer: Dreamer,
    look: Look,
    change: Callable[[Motion], Motion] = lambda motion: motion,
) -> Iterator[np.ndarray]:
    """The finished frames of `frames`, (H, W, 3) uint8 BGR; `change`: applied to every motion except the first."""
    glass, parts = Glass(), None
    for i, image in enumerate(frames):
        eye, dream = parts = parts or begin(look, dreamer, image.shape[1::-1])
        seen = eye.see(Frame(image, i / fps, i), look)
        seen = replace(seen, motion=change(seen.motion)) if i else seen
        yield glass.show(seen, dream.advance(seen, look), look).image
