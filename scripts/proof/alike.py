"""How far apart the looks are: what the network sees in their dreams.

Invariant: the dream is judged without the picture under it, so that two looks on one clip are not alike by the clip.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.dream.network.gradient import Activations

LAYERS = ("mixed3", "mixed4", "mixed5")  # where motifs and their colors are told apart
SEEN_AT = (448, 252)  # width, height
GRAY = 127


class Neighbor(NamedTuple):
    """The look that is least far from `name`."""

    name: str
    nearest: str
    distance: float


def dream_alone(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What was added to a picture, on gray, (h, w, 3) float32 RGB in [-1, 1]; both (H, W, 3) uint8 BGR."""
    small = [cv2.resize(image, SEEN_AT, interpolation=cv2.INTER_AREA).astype(np.int16) for image in (before, after)]
    return to_network(np.clip(small[1] - small[0] + GRAY, 0, 255).astype(np.uint8))


def features(dreams: Sequence[np.ndarray], seen: Activations) -> np.ndarray:
    """What the network sees in the dreams of one look, on one clip each: (clips, channels) float32, each of length 1.
    A channel's mean activation counts by its root, so that the few strongest do not drown the rest."""
    rows = []
    for dream in dreams:
        of_layers = seen(dream[None])
        rows.append(np.concatenate([_unit(np.sqrt(of_layers[layer][0])) for layer in LAYERS]) / len(LAYERS) ** 0.5)
    return np.stack(rows)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / max(1e-9, float(np.linalg.norm(vector)))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """1 less the cosine, mean of the clips: 0 alike, 1 nothing in common."""
    return float(1 - (one * other).sum(-1).mean())


def neighbors(looks: Mapping[str, np.ndarray]) -> list[Neighbor]:
    """Each look's nearest, the closest pair first."""
    found = []
    for name, own in looks.items():
        others = {other: distance(own, its) for other, its in looks.items() if other != name}
        nearest = min(others, key=others.__getitem__)
        found.append(Neighbor(name, nearest, others[nearest]))
    return sorted(found, key=lambda neighbor: neighbor.distance)
