"""The cost of a large single picture.

Invariant: with a still's defaults, as a user would make it, except for the number of steps.
"""

import resource
import time

import cv2
import numpy as np

from kaleidocam.settings.parameters import EVERY_GROUP
from kaleidocam.settings.values import settle
from kaleidocam.still import assembly as stills

SIZE = (7728, 5152)  # 40 megapixels


def large(quick: bool) -> dict:
    """A picture of 40 megapixels (of 10 with `quick`), one step in each octave: time and peak memory of the process."""
    size = tuple(side // 2 for side in SIZE) if quick else SIZE
    small = np.random.default_rng(0).integers(0, 256, (size[1] // 16, size[0] // 16, 3), np.uint8)
    picture = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    dreaming = stills.dreaming(picture, *settle({"octave_steps": 1}, "bench", EVERY_GROUP))
    marks = [time.perf_counter()]
    for last in dreaming.steps():  # noqa: B007
        marks.append(time.perf_counter())
    dreaming.shown(last)
    width, height = dreaming.sizes[-1]
    return {
        "megapixels": size[0] * size[1] / 1e6,
        "the largest octave's megapixels": width * height / 1e6,
        "s a step there": marks[-1] - marks[-2],
        "s a step in all octaves": marks[-1] - marks[0],
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
