"""Functions of PyTorch as recordings of what they give a GPU to do (CUDA graphs), played back with new arrays.

Invariant: a recording gives the same numbers as its function. What can't be recorded is called as it is.

A frame of a dream is some two thousand small operations, which Python can't hand over as fast as a GPU does them.
Source: Nguyen, Carilli, Eryilmaz et al. 2021, "Accelerating PyTorch with CUDA Graphs".
"""

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

import torch

_log = logging.getLogger(__name__)
_lock = threading.RLock()  # one recording at a time, and nothing else is played meanwhile


class Recorded:
    """`f`, a function of arrays on a CUDA device, recorded once for each set of shapes, in the second call with them:
    the first makes what `f` keeps for itself."""

    _pool: Any = None  # memory that all recordings share: they are played one after the other, and results are copied

    def __init__(self, f: Callable[..., Any]) -> None:
        self._f = f
        self._recordings: dict[tuple, _Recording | None] = {}  # None: it can't be recorded
        self._seen: set[tuple] = set()

    def __call__(self, *given: torch.Tensor) -> Any:
        key = tuple((array.shape, array.dtype) for array in given)
        with _lock:
            if key not in self._seen:
                self._seen.add(key)
                return self._f(*given)
            if key not in self._recordings:
                self._recordings[key] = self._record(given)
            recording = self._recordings[key]
            return recording.play(given) if recording else self._f(*given)

    def _record(self, given: tuple[torch.Tensor, ...]) -> "_Recording | None":
        if Recorded._pool is None:
            Recorded._pool = torch.cuda.graph_pool_handle()
        try:
            return _Recording(self._f, given, Recorded._pool)
        except RuntimeError as error:
            _log.debug("not recorded: %s", error)
            torch.cuda.synchronize()
            return None


class _Recording:
    def __init__(self, f: Callable[..., Any], given: tuple[torch.Tensor, ...], pool: Any) -> None:
        self._inputs = [
            torch.empty(array.shape, dtype=array.dtype, device=array.device).copy_(array) for array in given
        ]
        self._filled: list[tuple[weakref.ref, int] | None] = [None] * len(given)
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):  # once more, on a stream as a recording has it
            f(*self._inputs)
        torch.cuda.current_stream().wait_stream(beside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, pool=pool, capture_error_mode="thread_local"):
            self._result = f(*self._inputs)

    def play(self, given: tuple[torch.Tensor, ...]) -> Any:
        for i, (place, array) in enumerate(zip(self._inputs, given, strict=True)):
            version, filled = array._version, self._filled[i]
            if filled is None or filled[1] != version or filled[0]() is not array:  # a table stays where it is
                place.copy_(array)
                self._filled[i] = weakref.ref(array), version
        self._graph.replay()
        return _copied(self._result)


def _copied(result: Any) -> Any:
    """A result that the next playback does not change."""
    if isinstance(result, dict):
        return {name: part.clone() for name, part in result.items()}
    return tuple(part.clone() for part in result) if isinstance(result, (tuple, list)) else result.clone()
