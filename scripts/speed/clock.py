"""Timing that is robust on a noisy machine.

Invariant: A and B run alternately, and medians are compared.
"""

import statistics
import time
from collections.abc import Callable


def timed(run: Callable) -> float:
    """Seconds that `run` takes."""
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def alternate(*runs: Callable, rounds: int) -> tuple[float, ...]:
    """The median seconds of each, run alternately after two warm-ups."""
    for _ in range(2):
        for run in runs:
            run()
    times = [[timed(run) for run in runs] for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*times, strict=True))
