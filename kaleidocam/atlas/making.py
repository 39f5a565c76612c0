"""Making an atlas: some channels of one branch at a time, going on where a run was ended.

Invariant: a batch is on disk as soon as it is finished, whatever becomes of the others.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from kaleidocam.atlas import book, likeness
from kaleidocam.atlas.motif import Measure, Motif, See, render
from kaleidocam.dream.network.architecture import Architecture

BATCH = 16  # channels at a time: more gain nothing, and cost memory

Branch = Callable[[str, range], Measure]
"""A layer and a run of its channels that one convolution makes -> what measures them."""


def make(
    layers: Sequence[str],
    folder: Path,
    *,
    of: Architecture,
    size: int,
    made_by: str,
    branch: Branch,
    see: See,
    each: Callable[[int], None],
    at_once: int = 1,
) -> dict[str, dict[int, Motif]]:
    """Renders what is missing of `layers` of a network, so many batches `at_once`, and writes sheets and index of these
    and what else the folder has of whole layers: the motifs of each. `each` is called with a count of channels whenever
    so many more are there. UserError where the disk does not take them."""
    parts = book.UnfinishedAtlas(folder, made_by)
    missing = []
    for layer in layers:
        there = parts.of(layer)
        each(len(there))
        missing += [
            (layer, run, channels)
            for run in of.branches(layer)
            for channels in _batches([channel for channel in run if channel not in there])
        ]
    _render(missing, parts, size=size, branch=branch, see=see, each=each, at_once=at_once)
    whole = {layer: motifs for layer, count in of.layers.items() if len(motifs := parts.of(layer)) == count}
    for layer, motifs in whole.items():
        book.write_sheets(folder, layer, motifs)
    seen = {f"{layer}:{n}": motifs[n].seen for layer, motifs in whole.items() for n in sorted(motifs)}
    book.write_index(folder, whole, likeness.alike(list(seen), np.stack([*seen.values()])))
    return whole


def _batches(channels: Sequence[int]) -> list[Sequence[int]]:
    return [channels[first : first + BATCH] for first in range(0, len(channels), BATCH)]


def _render(
    missing: Sequence[tuple[str, range, Sequence[int]]],
    parts: book.UnfinishedAtlas,
    *,
    size: int,
    branch: Branch,
    see: See,
    each: Callable[[int], None],
    at_once: int,
) -> None:
    """Several batches at once keep more of the cores busy than one batch on all of them: two on two cores take 0.8 of
    the time."""
    stopped, tracing, measures = threading.Event(), threading.Lock(), {}

    def measure_of(layer: str, run: range) -> Measure:
        with tracing:  # by the first that needs it, while the others go on
            if (layer, run) not in measures:
                measures[layer, run] = branch(layer, run)
            measure = measures[layer, run]

        def until_stopped(images: np.ndarray, channels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
            if stopped.is_set():
                raise InterruptedError("another batch failed, or the user stopped it")
            return measure(images, channels)

        return until_stopped

    def work(layer: str, run: range, channels: Sequence[int]) -> int:
        parts.add(layer, render(layer, channels, measure_of(layer, run), see, size))
        return len(channels)

    with ThreadPoolExecutor(at_once, "motifs") as pool:
        try:
            for done in as_completed([pool.submit(work, *batch) for batch in missing]):
                each(done.result())
        except BaseException:
            stopped.set()
            pool.shutdown(cancel_futures=True)
            raise
