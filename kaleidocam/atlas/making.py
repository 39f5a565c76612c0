"""Makes an atlas, in batches of channels of a branch; a new run continues an interrupted one.

Invariant: a batch is on disk as soon as it is finished, even if another batch fails.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from kaleidocam.atlas import book, likeness
from kaleidocam.atlas.motif import Measure, Motif, See, render
from kaleidocam.dream.network.architecture import Architecture

BATCH = 16  # channels per batch: more are not faster, and cost memory

Branch = Callable[[str, range], Measure]
"""A layer and a run of its channels that a single convolution makes -> the `Measure` of these channels."""


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
    """Renders the missing motifs of `layers` of a network, with `at_once` batches at the same time. Then it writes the
    sheets and the index of all complete layers in the folder, and returns their motifs: layer -> channel -> motif.
    `each` is called with the number of newly available channels. UserError where writing fails."""
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
    complete = {layer: motifs for layer, count in of.layers.items() if len(motifs := parts.of(layer)) == count}
    for layer, motifs in complete.items():
        book.write_sheets(folder, layer, motifs)
    seen = {f"{layer}:{n}": motifs[n].seen for layer, motifs in complete.items() for n in sorted(motifs)}
    book.write_index(folder, complete, likeness.alike(list(seen), np.stack([*seen.values()])))
    return complete


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
    """Renders batches in parallel. That uses the cores better than a single batch on all of them: two batches on two
    cores take 0.8 of the time."""
    stopped, tracing, measures = threading.Event(), threading.Lock(), {}

    def measure_of(layer: str, run: range) -> Measure:
        with tracing:  # the first batch that needs it builds it; batches that already have theirs go on
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
