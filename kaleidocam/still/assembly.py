"""The composition root of single pictures.

Invariant: as in `picture/assembly.py`; what can't be built is a UserError before anything is begun.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from kaleidocam.dream.ascent import Measure
from kaleidocam.dream.assembly import check_reach
from kaleidocam.picture.assembly import check_texts, make_measure, palette_picture
from kaleidocam.picture.palette import of_picture
from kaleidocam.settings.parameters import Look, Machine, Still
from kaleidocam.still import octaves
from kaleidocam.still.canvas import Canvas
from kaleidocam.still.climb import Step, climb, count_tiles
from kaleidocam.still.tiles import value_of

TUTORIAL = {"palette": "prism", "outline": 0.0, "sharpness": 0.0, "octaves": "-2..2", "octave_scale": 1.3}


@dataclass(frozen=True)
class StillDream:
    """A picture, (H, W, 3) uint8 BGR, and all that dreams it. `left_out`: octaves that would be too small."""

    picture: np.ndarray
    look: Look
    still: Still
    sizes: list[tuple[int, int]]
    left_out: int
    measure: Measure
    stride: int
    palette: np.ndarray

    @property
    def tiles(self) -> int:
        """How often the network will be asked."""
        return count_tiles(self.sizes, self.still)

    def steps(self, each: Callable[[int], None] = lambda count: None) -> Iterator[Step]:
        """`still.climb.Step` after step; `each` is called with a 1 whenever the network has answered."""

        def measure(image: np.ndarray) -> tuple[np.ndarray, float]:
            answer = self.measure(image)
            each(1)
            return answer

        return climb(self.picture, self.sizes, self.look, self.still, measure, self.stride, self.palette)

    def shown(self, step: Step, size: tuple[int, int] | None = None) -> np.ndarray:
        """The picture after a step, (h, w, 3) uint8 BGR, by default at its own size."""
        size = size or self.picture.shape[1::-1]
        canvas = step.canvas.at(self.picture, size, whole=self.still.carry == "picture")
        return canvas.shown(self.look.strength, self.look.color, self.look.sharpness)

    def value(self, picture: np.ndarray) -> float:
        """The objective of a picture, (H, W, 3) uint8 BGR."""
        return value_of(Canvas.fresh(picture).image, picture.shape, self.measure, side=self.still.tile_side)


def as_asked(look: Look, still: Still) -> tuple[Look, Still]:
    """Where steps are divided by one deviation, as in TensorFlow's tutorial, all that was not asked for by name is the
    tutorial's too: its octaves, and no palette, outlines or sharpness."""
    if still.normalise != "deviation":
        return look, still

    def theirs(group: BaseModel) -> dict[str, Any]:
        unasked = type(group).model_fields.keys() - group.model_fields_set
        return {name: value for name, value in TUTORIAL.items() if name in unasked}

    return look.model_copy(update=theirs(look)), still.model_copy(update=theirs(still))


def check(picture: np.ndarray, look: Look, machine: Machine, still: Still) -> int:
    """How often the network is asked for a picture. UserError where it can't be dreamed so; quick."""
    check_texts(look)
    check_reach(look.channel, machine)
    return count_tiles(octaves.sizes(still.octaves, still.octave_scale, picture.shape[1::-1])[0], still)


def dreaming(picture: np.ndarray, look: Look, machine: Machine, still: Still) -> StillDream:
    """All that dreams a picture, (H, W, 3) uint8 BGR. UserError where it can't be."""
    check(picture, look, machine, still)
    sizes, left_out = octaves.sizes(still.octaves, still.octave_scale, picture.shape[1::-1])
    measure, stride = make_measure(look.channel, machine, leaky=still.normalise == "bands")
    palette = of_picture(picture, look, palette_picture)
    return StillDream(picture, look, still, sizes, left_out, measure, stride, palette)
