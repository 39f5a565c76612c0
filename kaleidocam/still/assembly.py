"""The composition root of single pictures.

Invariant: as in `picture/assembly.py`; what can't be built raises UserError before any work starts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from kaleidocam.dream.ascent import Measure
from kaleidocam.dream.assembly import check_reach
from kaleidocam.mask.assembly import check_mask_shape, check_still
from kaleidocam.mask.subject import OFF, Shown
from kaleidocam.picture.assembly import check_texts, make_measure, palette_picture, subject_of
from kaleidocam.picture.glass import partly
from kaleidocam.picture.palette import of_picture
from kaleidocam.planes import bgr_of
from kaleidocam.settings.layering import layers_of
from kaleidocam.settings.parameters import Look, Machine, Still
from kaleidocam.still import octaves
from kaleidocam.still.canvas import Canvas
from kaleidocam.still.climb import Step, climb, count_tiles
from kaleidocam.still.tiles import value_of

TUTORIAL = {"palette": "prism", "outline": 0.0, "sharpness": 0.0, "octaves": "-2..2", "octave_scale": 1.3}


@dataclass(frozen=True)
class StillDream:
    """A picture, (H, W, 3) uint8 BGR, and all that is needed to dream it. `left_out`: number of octaves that would be
    too small. `subject`: how much of the dream is shown at each place; None: all of it."""

    picture: np.ndarray
    look: Look
    still: Still
    sizes: list[tuple[int, int]]
    left_out: int
    measure: Measure
    stride: int
    palette: np.ndarray
    subject: Shown | None = None

    @property
    def tiles(self) -> int:
        """The number of calls of the network."""
        return count_tiles(self.sizes, self.still)

    def steps(self, each: Callable[[int], None] = lambda count: None) -> Iterator[Step]:
        """The steps (`still.climb.Step`), one after another. `each` is called with 1 after each call of the network."""

        def measure(image: np.ndarray) -> tuple[np.ndarray, float]:
            answer = self.measure(image)
            each(1)
            return answer

        return climb(self.picture, self.sizes, self.look, self.still, measure, self.stride, self.palette)

    def shown(self, step: Step, size: tuple[int, int] | None = None) -> np.ndarray:
        """The picture after a step, (h, w, 3) uint8 BGR, by default at its own size."""
        size = size or self.picture.shape[1::-1]
        canvas = step.canvas.at(self.picture, size, whole=self.still.carry == "picture")
        dreamed = canvas.shown(self.look.strength, self.look.color, self.look.sharpness)
        return dreamed if self.subject is None else bgr_of(partly(dreamed, canvas.base, self.subject))

    def value(self, picture: np.ndarray) -> float:
        """The objective's value on a picture, (H, W, 3) uint8 BGR."""
        return value_of(Canvas.fresh(picture).image, picture.shape, self.measure, side=self.still.tile_side)


def as_asked(look: Look, still: Still) -> tuple[Look, Still]:
    """Look and still, with the defaults of TensorFlow's tutorial where `normalise` is "deviation": its octaves, and no
    palette, outlines or sharpness. Parameters that the user set stay."""
    if still.normalise != "deviation":
        return look, still

    def defaults(group: BaseModel) -> dict[str, Any]:
        unset = type(group).model_fields.keys() - group.model_fields_set
        return {name: value for name, value in TUTORIAL.items() if name in unset}

    return look.model_copy(update=defaults(look)), still.model_copy(update=defaults(still))


def left_out(look: Look) -> str | None:
    """A line on the dreams of a look that a still has not; None: it has them all."""
    names = [each.channel for each in layers_of(look)]
    return f"a still has no layers; left out: {', '.join(names)}" if names else None


def check(picture: np.ndarray, look: Look, machine: Machine, still: Still) -> int:
    """The number of calls of the network for a picture. UserError where these settings can't dream it; fast."""
    check_texts(look)
    if look.subject != OFF:
        check_still(look.mask)
        check_mask_shape(look.mask, picture.shape[1::-1])
    check_reach(look.channel, machine)
    return count_tiles(octaves.sizes(still.octaves, still.octave_scale, picture.shape[1::-1])[0], still)


def dreaming(picture: np.ndarray, look: Look, machine: Machine, still: Still) -> StillDream:
    """The `StillDream` of a picture, (H, W, 3) uint8 BGR. UserError where these settings can't dream it."""
    check(picture, look, machine, still)
    sizes, left_out = octaves.sizes(still.octaves, still.octave_scale, picture.shape[1::-1])
    measure, stride = make_measure(look.channel, machine, leaky=still.normalise == "bands")
    palette = of_picture(picture, look, palette_picture)
    return StillDream(
        picture, look, still, sizes, left_out, measure, stride, palette, subject=subject_of(picture, look)
    )
