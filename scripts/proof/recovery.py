"""How soon the dream is there where something has just come into view.

Invariant: how long a place has been in view is told by the judge's motion alone; the dream is never asked.
"""

import math

import cv2
import numpy as np

from kaleidocam.motion.warp import positions
from proof.clips import Clip, scaled
from proof.judge import inside
from proof.richness import BGR_TO_LUMA, bands, contribution

SETTLED = 10  # frames at the start that are not judged
ENOUGH = 0.7  # of the contrast of what is round about
OLD = 1.0  # seconds after which a place was in view all along
WATCHED = 1.5  # seconds for which a new place is watched
AROUND, WEIGHT = 12.0, 0.1  # pixels that the surroundings reach (a deviation), and their share that has to be old
OTHER = 12.0  # grey levels by which a place must miss what a measured flow leads to: else the flow was lost, not the view
FEWEST = 300  # pixels of the whole film that tell the contrast at an age


def recovery(contrasts: list[np.ndarray], clip: Clip) -> float | None:
    """Seconds until a new place has ENOUGH of the contrast of its surroundings that were in view all along, between
    frames by a straight line; inf where it does not while it is watched; None where nothing comes into view.
    `contrasts`: (h, w) float32 each frame, the energy of the dream's detail at the judged size."""
    shares = shares_by_age(contrasts, clip)
    before = None
    for seconds, share in shares.items():
        if share >= ENOUGH:
            if before is None:
                return 0.0 if seconds == 0 else seconds
            return before[0] + (seconds - before[0]) * (ENOUGH - before[1]) / (share - before[1])
        before = seconds, share
    return math.inf if shares else None


def shares_by_age(contrasts: list[np.ndarray], clip: Clip) -> dict[float, float]:
    """Seconds in view -> contrast of such places over that of their surroundings; of the ages that are seen enough."""
    count = math.ceil(WATCHED * clip.fps)
    there, round_about, pixels = np.zeros(count), np.zeros(count), np.zeros(count)
    for t, age in _ages(clip):
        old = np.float32(age >= OLD * clip.fps)
        weight = cv2.GaussianBlur(old, (0, 0), AROUND)
        around = cv2.GaussianBlur(old * contrasts[t], (0, 0), AROUND) / np.maximum(weight, 1e-6)
        asked = (age < count) & (weight >= WEIGHT)
        ages = age[asked].astype(int)
        for sums, values in ((there, contrasts[t]), (round_about, around), (pixels, np.ones_like(old))):
            sums += np.bincount(ages, values[asked], minlength=count)[:count]
    return {i / clip.fps: math.sqrt(there[i] / round_about[i]) for i in range(count)
            if pixels[i] >= FEWEST and round_about[i] > 0}


def contrasts(clip: Clip, finished: list[np.ndarray]) -> list[np.ndarray]:
    """The energy of the dream's fine and middle detail in every frame, (h, w) float32 at the judged size."""
    found = []
    for source, image in zip(clip.frames, finished, strict=True):
        parted = bands(contribution(source, image) @ BGR_TO_LUMA, ("fine", "middle"))
        found.append(scaled(sum(parted.values()) ** 2, clip.judged))
    return found


def _ages(clip: Clip):
    """(frame, (h, w) float32: for how many frames each place has been in view; inf: since the film began)."""
    age = np.full(clip.judged[::-1], np.inf, np.float32)
    for t in range(1, len(clip.frames)):
        way = clip.ways[1][t]
        there = positions(way.flow.shape) + way.flow
        carried = cv2.remap(age, there, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        new = ~way.seen
        if not clip.exact:
            new &= ~inside(way.flow) | (_difference(clip, t, there) > OTHER)
        age = np.where(new, np.float32(0), carried + 1)
        if t >= SETTLED:
            yield t, age


def _difference(clip: Clip, t: int, there: np.ndarray) -> np.ndarray:
    """By how many grey levels a frame misses what the flow leads to in the one before, (h, w) float32."""
    before = cv2.remap(clip.small[t - 1], there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.blur(np.abs(clip.small[t].astype(np.float32) - before).mean(-1), (3, 3))
