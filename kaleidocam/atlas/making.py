"""Making an atlas: layer by layer, some channels of one branch at a time, going on where a run was ended.

Invariant: every finished batch is on disk before the next begins.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kaleidocam.atlas import book, likeness
from kaleidocam.atlas.motif import Measure, Motif, render
from kaleidocam.dream.network import LAYERS, branches

BATCH = 16  # channels at a time: more gain nothing, and cost memory

Branch = Callable[[str, range], Measure]
"""A layer and a run of its channels that one convolution makes -> what measures them."""

See = Callable[[np.ndarray], Mapping[str, np.ndarray]]
"""Images (N, H, W, 3) float32 RGB in [-1, 1] -> {layer: mean activation of each channel, (N, channels)}."""


def make(layers: Sequence[str], folder: Path, *, size: int, made_by: str, branch: Branch, see: See,
         each: Callable[[int], None]) -> dict[str, dict[int, Motif]]:
    """Renders what is missing of `layers`, and writes sheets and index of these and what else the folder has of whole
    layers: the motifs of each. `each` is called with a count of channels whenever so many more are there. UserError
    where the disk does not take them."""
    parts = book.Parts(folder, made_by)
    for layer in layers:
        there, _ = parts.of(layer)
        each(len(there))
        for run in branches(layer):
            missing = [channel for channel in run if channel not in there]
            measure = branch(layer, run) if missing else None
            for first in range(0, len(missing), BATCH):
                motifs = render(missing[first : first + BATCH], measure, size)
                parts.add(layer, motifs, _seen(motifs, see))
                each(len(motifs))
    motifs, names, seen = {}, [], []
    for layer, count in LAYERS.items():
        there, features = parts.of(layer)
        if len(there) < count:
            continue
        motifs[layer] = there
        names += [f"{layer}:{channel}" for channel in sorted(features)]
        seen += [features[channel] for channel in sorted(features)]
        book.write_sheets(folder, layer, motifs[layer])
    book.write_index(folder, motifs, likeness.alike(names, np.stack(seen)))
    return motifs


def _seen(motifs: Sequence[Motif], see: See) -> np.ndarray:
    images = np.stack([motif.image[..., ::-1] for motif in motifs]).astype(np.float32) / 127.5 - 1
    return np.concatenate([*see(images).values()], axis=1)
