"""The composition root of the atlas, and of the search for the channels that a picture excites.

Invariant: as in `picture/assembly.py`; what can't be built raises UserError before any work starts.
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

MOST_AT_ONCE = 4  # batches of motifs at the same time: each takes a few hundred MiB

See = Callable[[np.ndarray], dict[str, np.ndarray]]
"""A picture, (H, W, 3) uint8 BGR -> {layer: mean activation of each channel}."""


def make_atlas(
    layers: Sequence[str], folder: Path, machine: Machine, *, size: int, each: Callable[[int], None]
) -> dict[str, Any]:
    """Makes the atlas of some layers (see `atlas.making`). UserError where the weights can't dream them."""
    from kaleidocam.atlas import making, motif

    weights = load(machine.weights)
    for layer in layers:
        weights.of.require({layer: range(weights.of.layers[layer])}, weights)
    on = backend_of(machine)
    at_once = 1 if on.alone else min(MOST_AT_ONCE, cores_here())
    on.share_cores(at_once)
    precision = on.precision_for(machine.precision)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # each batch has its own core
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
    """Measures the activations of every channel that the weights reach, for a picture; it is shrunk like a guide. A
    call with a picture that is too thin raises UserError."""
    on = backend_of(machine)
    if on.alone:  # this does not run on the dream's thread
        on = backend_of(machine.model_copy(update={"device": "cpu"}))
    activations = Activations(list(reachable(machine)), load(machine.weights), machine.precision, on=on)

    def see(picture: np.ndarray) -> dict[str, np.ndarray]:
        return {layer: of[0] for layer, of in activations(at_guide_size(picture, "the picture")[None]).items()}

    return see


def most_excited(see: See, picture: np.ndarray) -> list[Excited]:
    """The channels that a picture excites more than usual, the most excited first, without dead channels."""
    usual, dead = _shipped()
    return [channel for channel in usual.above(see(picture)) if channel.above > 0 and channel.name not in dead]


@cache
def _shipped() -> tuple[Usual, frozenset[str]]:
    """The usual activations, and the names of the dead channels, from the atlas that comes with kaleidocam."""
    layers = read_index()["layers"].items()
    return read_usual(), frozenset(f"{layer}:{channel}" for layer, of in layers for channel in of["dead"])


def make_spotter(machine: Machine) -> Spotter:
    """The spotter, which names the channels that the frames of a performance excite; warmed up."""
    with behind_the_video():
        see = make_seeing(machine)
        see(np.zeros((SMALLEST_GRID, SMALLEST_GRID, 3), np.uint8))  # the first call is slow
    return Spotter(lambda picture: [channel.name for channel in most_excited(see, picture)])
