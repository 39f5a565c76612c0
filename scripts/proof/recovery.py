"""How soon the dream appears where something has just come into view.

Invariant: only the judge's motion decides how long a place has been in view, never the dream.
"""

import math

import cv2
import numpy as np

from kaleidocam.motion.warp import positions, way_of
from proof.clips import Clip, scaled
from proof.judge import inside
from proof.richness import BGR_TO_LUMA, blurred, contribution

SETTLED = 10  # frames at the start that are not judged
ENOUGH = 0.7  # of the contrast of the surroundings
WATCHED = 1.5  # seconds for which a new place is watched; after that it counts as old
# Pixels that the surroundings reach (a deviation): the share of them that has to be alike. The nearer where there are
# enough; in a pan more than a second's worth of picture is new, and they begin beyond it.
AROUND = {12.0: 0.02, 40.0: 0.002}
SHADES = (64, 128, 192)  # gray levels that separate kinds of places: dark things dream less than a wall behind them
MOVING = 1.0  # pixels per frame that separate kinds too: motion wears the dream, which `carried` measures
DETAIL = 4.0  # pixels of a finished frame (a deviation): coarser detail of a new place is half its neighbor's
THICK = 11  # pixels, the least side of a new place: in a thinner one most of the dream is its neighbors'
OTHER = 12.0  # gray levels by which a new place must differ from where its flow leads: else only the flow failed
COARSE = 4  # every 4th pixel is enough for so wide a mean
FEWEST = 300  # pixels in the whole film that an age needs for its contrast


def recovery(contrasts: list[np.ndarray], clip: Clip) -> float | None:
    """Seconds until a new place has ENOUGH of the contrast of its surroundings that are as bright, move alike and were
    in view all along, between frames by a straight line; inf where it does not while it is watched; None where nothing
    comes into view. `contrasts`: (h, w) float32 each frame, the energy of the dream's detail at the judged size."""
    shares = list(shares_by_age(contrasts, clip).items())
    for i, (seconds, share) in enumerate(shares):
        following = shares[i + 1][1] if i + 1 < len(shares) else share
        if min(share, following) >= ENOUGH:  # two in a row: with few pixels, a single age may be one bright spot
            if i == 0 or shares[i - 1][1] >= ENOUGH:
                return seconds
            before, low = shares[i - 1]
            return before + (seconds - before) * (ENOUGH - low) / (share - low)
    return math.inf if shares else None


def shares_by_age(contrasts: list[np.ndarray], clip: Clip) -> dict[float, float]:
    """Seconds in view -> contrast of such places over that of their surroundings, for ages with enough pixels."""
    count = math.ceil(WATCHED * clip.fps)
    there, round_about, pixels = np.zeros(count), np.zeros(count), np.zeros(count)
    for t, age in _ages(clip):
        young = _thick(age < count)
        if not young.any():
            continue
        around, known = _surroundings(contrasts[t], age >= count, _kinds(clip, t))
        asked = young & known
        ages = age[asked].astype(int)
        for sums, values in ((there, contrasts[t]), (round_about, around), (pixels, np.ones_like(around))):
            sums += np.bincount(ages, values[asked], minlength=count)
    return {
        i / clip.fps: math.sqrt(there[i] / round_about[i])
        for i in range(count)
        if pixels[i] >= FEWEST and round_about[i] > 0
    }


def contrasts(clip: Clip, finished: list[np.ndarray]) -> list[np.ndarray]:
    """The energy of the dream's detail in every frame, (h, w) float32 at the judged size."""
    found = []
    for source, image in zip(clip.frames, finished, strict=True):
        luma = contribution(source, image) @ BGR_TO_LUMA
        found.append(scaled((luma - cv2.GaussianBlur(luma, (0, 0), DETAIL)) ** 2, clip.judged))
    return found


def _thick(new: np.ndarray) -> np.ndarray:
    """(h, w) bool: `new` without places that are only lines, also along the border."""
    padded = cv2.copyMakeBorder(new.astype(np.uint8), THICK, THICK, THICK, THICK, cv2.BORDER_CONSTANT)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((THICK, THICK), np.uint8))
    return opened[THICK:-THICK, THICK:-THICK] > 0


def _kinds(clip: Clip, t: int) -> np.ndarray:
    """(h, w) int: the kind of each place, by brightness and by moving or resting."""
    shade = np.digitize(cv2.cvtColor(clip.small[t], cv2.COLOR_BGR2GRAY), SHADES)
    return 2 * shade + (way_of(clip.ways[1][t].flow) > MOVING)


def _surroundings(energy: np.ndarray, old: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean energy of old places of the same kind round each place, (h, w) float32, and where there are any."""
    mean, known = np.zeros_like(energy), np.zeros(energy.shape, bool)
    for kind in np.unique(kinds):
        alike = np.float32(old & (kinds == kind))
        for reach, least in AROUND.items():
            weight, sums = (blurred(x, reach, COARSE) for x in (alike, alike * energy))
            here = (kinds == kind) & (weight >= least) & ~known
            mean[here] = sums[here] / weight[here]
            known |= here
    return mean, known


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
    """Difference in gray levels between a frame and the previous one along the flow, (h, w) float32."""
    before = cv2.remap(clip.small[t - 1], there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.blur(np.abs(clip.small[t].astype(np.float32) - before).mean(-1), (3, 3))
