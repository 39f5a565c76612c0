"""The composition root of what is seen rather than dreamed: the atlas, and what excites which channel.

Invariant: as in `picture/assembly.py`; what can't be built is a UserError before anything is begun.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kaleidocam.atlas.book import read_index
from kaleidocam.atlas.excited import Excited, Usual, read_usual
from kaleidocam.atlas.spotter import Spotter
from kaleidocam.dream.assembly import backend_of, reachable
from kaleidocam.dream.compute.threads import behind_the_video, cores_here
from kaleidocam.dream.network.gradient import Activations, MotifGradients
from kaleidocam.dream.network.weights import load
from kaleidocam.picture.assembly import at_guide_size
from kaleidocam.settings.parameters import SMALLEST_GRID, Machine

MOST_AT_ONCE = 4  # batches of motifs: each takes some hundred MiB

See = Callable[[np.ndarray], dict[str, np.ndarray]]
"""A picture, (H, W, 3) uint8 BGR, to {layer: mean activation of each channel}."""


def make_atlas(
    layers: Sequence[str], folder: Path, machine: Machine, *, size: int, each: Callable[[int], None]
) -> dict[str, Any]:
    """The atlas of some layers (see `atlas.making`). UserError where these weights can't dream them."""
    from kaleidocam.atlas import making, motif

    weights = load(machine.weights)
    for layer in layers:
        weights.of.require({layer: range(weights.of.layers[layer])}, weights)
    on = backend_of(machine)
    at_once = 1 if on.alone else min(MOST_AT_ONCE, cores_here())
    on.share_cores(at_once)
    precision = on.precision_for(machine.precision)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # a batch each has a core
    try:
        return making.make(
            layers,
            folder,
            of=weights.of,
            size=size,
            each=each,
            at_once=at_once,
            made_by=f"{on.name} {machine.weights} {precision} {size} {motif.CLEAR} {motif.FIRM}",
            branch=lambda layer, run: MotifGradients(layer, run, weights, precision, on=on),
            see=Activations(list(reachable(machine)), weights, precision, on=on),
        )
    finally:
        cv2.setNumThreads(threads)


def make_seeing(machine: Machine) -> See:
    """What every channel that these weights reach sees in a picture, which is shrunk as a guide is. UserError from a
    call with a picture that is too thin."""
    on = backend_of(machine)
    if on.alone:  # this is called beside the dream
        on = backend_of(machine.model_copy(update={"device": "cpu"}))
    activations = Activations(list(reachable(machine)), load(machine.weights), machine.precision, on=on)

    def see(picture: np.ndarray) -> dict[str, np.ndarray]:
        return {layer: of[0] for layer, of in activations(at_guide_size(picture, "the picture")[None]).items()}

    return see


def most_excited(see: See, picture: np.ndarray) -> list[Excited]:
    """The channels that a picture excites more than usual, the most first; those that are dead are left out."""
    usual, dead = _shipped()
    return [one for one in usual.above(see(picture)) if one.above > 0 and one.name not in dead]


@cache
def _shipped() -> tuple[Usual, frozenset[str]]:
    """What is usual, and the names of the dead, of the atlas that comes with kaleidocam."""
    layers = read_index()["layers"].items()
    return read_usual(), frozenset(f"{layer}:{channel}" for layer, of in layers for channel in of["dead"])


def make_spotter(machine: Machine) -> Spotter:
    """What names the channels that the frames of a performance excite; ready when this returns."""
    with behind_the_video():
        see = make_seeing(machine)
        see(np.zeros((SMALLEST_GRID, SMALLEST_GRID, 3), np.uint8))  # the first one is slow
    return Spotter(lambda picture: [one.name for one in most_excited(see, picture)])
