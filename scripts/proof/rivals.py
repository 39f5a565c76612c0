"""Every known method of dreaming a film, including ours, on equal terms.

Invariant: all climb the same objective with the same normalized, jittered step from the same first picture, on our
grid, and differ only in what they carry from frame to frame; each method's contribution is laid over the untouched
frame, as ours is. Pictures at the grid are (h, w, 3) float32, RGB in [-1, 1].

Sources: the projects named beside each method.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.motion.flow import Tracker
from kaleidocam.motion.warp import sample
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.growth import BURST_SECONDS
from kaleidocam.picture.laid import lay_over
from kaleidocam.settings.parameters import Look
from proof.clips import scaled
from proof.films import FLOW, dreamed

ALONE_STEPS = 10  # per frame, if nothing is carried: the tutorials use 10 to 100
BLEND = 0.5  # share of the previous dream in the next start: the most that graphific/DeepDreamVideo offers
WARP_BLEND = 0.9  # share of the carried picture; the projects also offer less, but more is steadier: a strong rival
PHOTOMETRIC_SIGMA = 15 / 127.5  # of the difference above which a carried pixel counts less
RESIDUAL_GAIN = 0.9  # Beinabih/Pytorch-HeadTrip's own
FARNEBACK = (0.5, 3, 15, 3, 5, 1.2, 0)  # the values of OpenCV's example, which those projects use


@dataclass(frozen=True)
class Rival:
    """One method: `render(frames, fps, ascent, look)` yields a finished frame for each, (H, W, 3) uint8 BGR. `carries`:
    whether most of a dream comes from the previous frame."""

    name: str
    meaning: str
    render: Callable[[list[np.ndarray], float, Ascent, Look], Iterator[np.ndarray]]
    carries: bool = True


def over(way):
    """The `render` of a method that dreams whole pictures at the grid."""

    def render(frames, fps, ascent, look):
        grid = grid_of(look, frames[0].shape[1::-1])
        small = [scaled(frame, grid) for frame in frames]
        for frame, image, picture in zip(frames, small, way(small, fps, ascent, look), strict=True):
            yield lay_over(frame, np.clip(picture, -1, 1) - to_network(image), 1.0)

    return render


def alone(frames, fps, ascent, look):
    for frame in frames:
        ascent.reset()  # the same jitter in every frame, which flickers least
        yield _climb(to_network(frame), 1 / fps, ascent, look, ALONE_STEPS)


def blended(frames, fps, ascent, look):
    dreamed = None
    for frame in frames:
        image = to_network(frame)
        start = image if dreamed is None else (1 - BLEND) * image + BLEND * dreamed
        dreamed = _climb(start, 1 / fps, ascent, look, ALONE_STEPS)
        yield dreamed


def warped(frames, fps, ascent, look, masked=False):
    tracker, dreamed, before = Tracker(FLOW), None, None
    for frame in frames:
        image, flow = to_network(frame), tracker(frame).flow
        if dreamed is None:
            dreamed = _first(image, ascent, look)
        else:
            share = np.float32(WARP_BLEND)
            if masked:
                difference = (image - sample(before, flow)).mean(-1, keepdims=True)
                share = share * np.exp(-(difference**2) / (2 * PHOTOMETRIC_SIGMA**2))
            dreamed = _climb(share * sample(dreamed, flow) + (1 - share) * image, 1 / fps, ascent, look, 1)
        before = image
        yield dreamed


def warped_where_alike(frames, fps, ascent, look):
    return warped(frames, fps, ascent, look, masked=True)


def residual(frames, fps, ascent, look):
    dreamed = before = gray_before = None
    for frame in frames:
        image, gray = to_network(frame), cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        if dreamed is None:
            dreamed = _first(image, ascent, look)
        else:
            flow = cv2.calcOpticalFlowFarneback(gray, gray_before, None, *FARNEBACK)
            carried = RESIDUAL_GAIN * sample(dreamed - before, flow)
            dreamed = _climb(np.clip(image + carried, -1, 1), 1 / fps, ascent, look, 1)
        before, gray_before = image, gray
        yield dreamed


def ours_without_mask(frames, fps, ascent, look):
    return dreamed(frames, fps, ascent, look, lambda motion: replace(motion, trust=np.ones_like(motion.trust)))


def ours_without_cuts(frames, fps, ascent, look):
    return dreamed(frames, fps, ascent, look, lambda motion: replace(motion, cut=False))


RIVALS = (
    Rival("each frame alone", f"{ALONE_STEPS} steps from every frame, nothing carried", over(alone), carries=False),
    Rival(
        "blend, no flow",
        f"{BLEND:g} of the last dream mixed into the next frame, {ALONE_STEPS} steps "
        "(graphific/DeepDreamVideo, gordicaleksa/pytorch-deepdream)",
        over(blended),
        carries=False,
    ),
    Rival(
        "whole frame warped",
        f"the whole last dream along the flow, {WARP_BLEND:g} of it kept "
        "(samim23/DeepDreamAnim, ksk-S/DeepDreamVideoOpticalFlow)",
        over(warped),
    ),
    Rival(
        "whole frame, photometric mask",
        "the same, less where the carried source misses the new one (jeremicna/deepdream-video-pytorch)",
        over(warped_where_alike),
    ),
    Rival(
        "residual, Farneback",
        f"dreamed minus source, along Farneback's flow, times {RESIDUAL_GAIN:g}, no mask "
        "(Beinabih/Pytorch-HeadTrip, nya0429/ofxDeepDream)",
        over(residual),
    ),
    Rival("ours", "the dream layer as kaleidocam carries it", dreamed),
    Rival("ours without mask", "every flow trusted", ours_without_mask),
    Rival("ours without cuts", "carried across scene cuts", ours_without_cuts),
)


def _first(image: np.ndarray, ascent: Ascent, look: Look) -> np.ndarray:
    """The first frame, as with our method: a burst of steps brings the dream up at once."""
    return _climb(image, BURST_SECONDS * look.burst, ascent, look, look.burst)


def _climb(image: np.ndarray, seconds: float, ascent: Ascent, look: Look, steps: int) -> np.ndarray:
    for _ in range(steps):
        image = np.clip(ascent(image, seconds / steps, look), -1, 1)
    return image
