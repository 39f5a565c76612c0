"""How different the looks are, by what the network sees in their dreams.

Invariant: the dream is judged without the picture under it, so that a shared clip does not make two looks similar.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.dream.network.gradient import Activations

LAYERS = ("mixed3", "mixed4", "mixed5")  # layers that distinguish motifs and their colors
SEEN_AT = (448, 252)  # width, height
GRAY = 127


class Neighbor(NamedTuple):
    """The look nearest to `name`."""

    name: str
    nearest: str
    distance: float


def dream_alone(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The difference that the dream made, on gray, (h, w, 3) float32 RGB in [-1, 1]; inputs (H, W, 3) uint8 BGR."""
    small = [cv2.resize(image, SEEN_AT, interpolation=cv2.INTER_AREA).astype(np.int16) for image in (before, after)]
    return to_network(np.clip(small[1] - small[0] + GRAY, 0, 255).astype(np.uint8))


def features(dreams: Sequence[np.ndarray], seen: Activations) -> np.ndarray:
    """What the network sees in one look's dream of each clip: (clips, channels) float32, each row of length 1. A
    channel counts with the root of its mean activation, so that a few strong ones do not dominate."""
    rows = []
    for dream in dreams:
        of_layers = seen(dream[None])
        rows.append(np.concatenate([_unit(np.sqrt(of_layers[layer][0])) for layer in LAYERS]) / len(LAYERS) ** 0.5)
    return np.stack(rows)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(1e-9, float(np.linalg.norm(vector)))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """1 minus the cosine, mean of the clips: 0 is identical, 1 is nothing in common."""
    return float(1 - (one * other).sum(-1).mean())


def neighbors(looks: Mapping[str, np.ndarray]) -> list[Neighbor]:
    """Each look's nearest neighbor, the closest pair first."""
    found = []
    for name, own in looks.items():
        others = {other: distance(own, its) for other, its in looks.items() if other != name}
        nearest = min(others, key=others.__getitem__)
        found.append(Neighbor(name, nearest, others[nearest]))
    return sorted(found, key=lambda neighbor: neighbor.distance)
