"""Finds the channels that a picture excites more than usual.

Invariant: the usual activations were measured once on many pictures (`small/usual.json`), so a channel that responds to
everything does not come first everywhere.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kaleidocam.atlas.book import SMALL
from kaleidocam.errors import UserError, one_line

Means = Mapping[str, np.ndarray]
"""Layer -> the mean activation of each of its channels, (channels,)."""

USUAL = "usual.json"
LEAST_SPREAD = 0.25  # of a layer's median deviation: small changes of a nearly constant channel do not count


class Excited(NamedTuple):
    """A channel. `above`: its activation above the usual one, in its usual deviations."""

    name: str
    above: float


class Usual:
    """The usual activations of channels. `numbers`: layer -> "mean" and "deviation" of the square roots of the mean
    activations, a number for each channel."""

    def __init__(self, numbers: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        self._numbers = {layer: (np.array(of["mean"]), np.array(of["deviation"])) for layer, of in numbers.items()}

    def above(self, means: Means) -> list[Excited]:
        """Every channel of the known layers, the most excited first."""
        found = []
        for layer, (usual, deviation) in self._numbers.items():
            if layer in means:
                spread = np.maximum(deviation, LEAST_SPREAD * np.median(deviation))
                scores = (np.sqrt(means[layer]) - usual) / spread
                found += [Excited(f"{layer}:{channel}", float(score)) for channel, score in enumerate(scores)]
        return sorted(found, key=lambda channel: -channel.above)


def of_pictures(many: Iterable[Means]) -> dict[str, dict[str, list[float]]]:
    """The usual activations over some pictures, as the `numbers` of `Usual`."""
    roots: dict[str, list[np.ndarray]] = {}
    for means in many:
        for layer, values in means.items():
            roots.setdefault(layer, []).append(np.sqrt(values))
    return {layer: {"mean": _short(np.mean(of, 0)), "deviation": _short(np.std(of, 0))} for layer, of in roots.items()}


def read_usual(folder: Path = SMALL) -> Usual:
    """The usual activations that come with kaleidocam. UserError where they can't be read."""
    try:
        return Usual(json.loads((folder / USUAL).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"'{folder / USUAL}' can't be read: {one_line(error)}; reinstall kaleidocam") from error


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.4g}") if math.isfinite(value) else 0.0 for value in values]
