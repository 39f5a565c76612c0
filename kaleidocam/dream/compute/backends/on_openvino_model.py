"""Functions of arrays, each compiled by OpenVINO as one graph for each set of shapes.

Invariant: several threads may call a function at once; what it returns is theirs.
"""

import logging
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial, wraps
from typing import Any, Protocol

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_graph import Value
from kaleidocam.dream.compute.backends.on_openvino_shelf import Shelf, size_of
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.errors import one_line

log = logging.getLogger(__name__)

SETTLED = 60  # calls in a row by one number of threads, after which what is there for others is given back
KEPT = 24  # compiled sizes of a function; each holds the weights twice, for the way up and the way back


class Compiler(Protocol):
    """Compiles graphs, and says for how many threads."""

    @property
    def threads(self) -> int: ...

    @property
    def shelf(self) -> Shelf: ...

    def compile(self, model: ov.Model, rough: bool, threads: int) -> ov.CompiledModel:
        """`rough`: whether it computes in bfloat16."""

    def later(self, make: Callable[[], None]) -> None:
        """Has `make` called soon, on another thread."""


class Compiled:
    """A function of arrays, compiled when it meets new shapes; it keeps the last `KEPT`. While one is compiled, others
    are called."""

    def __init__(self, f: Callable, by: Compiler) -> None:
        self._f, self._by = f, by
        self._sizes: OrderedDict[tuple, _Size] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, *arrays: Any) -> Any:
        given = [np.asarray(array, order="C") for array in arrays]
        key = tuple((array.shape, array.dtype.str) for array in given)
        with self._lock:
            if key not in self._sizes:
                self._sizes[key] = _Size(self._f, key, self._by)
                while len(self._sizes) > KEPT:
                    self._sizes.popitem(last=False)
            self._sizes.move_to_end(key)
            size = self._sizes[key]
        return size(given)


class Beside:
    """What is compiled while the dream goes on, one after another, by a thread of its own behind the video's."""

    def __init__(self) -> None:
        self._open: list[Future] = []

    @property
    def busy(self) -> bool:
        """Whether something is being compiled. What failed is told, once; the dream goes on with what it has."""
        done, self._open = [one for one in self._open if one.done()], [one for one in self._open if not one.done()]
        for error in filter(None, (one.exception() for one in done)):
            log.warning(f"OpenVINO can't be compiled for another number of threads: {one_line(error)}")
        return bool(self._open)

    def begin(self, make: Callable[[], None]) -> None:
        self._open.append(_worker().submit(make))


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "compile", initializer=stand_behind)


class _Size:
    """A function of arrays of certain shapes, compiled for one number of threads or more."""

    def __init__(self, f: Callable, kinds: Sequence[tuple], by: Compiler) -> None:
        """`kinds`: the shape and the type of each array."""
        self._f, self._kinds, self._by = f, kinds, by
        self._graphs: dict[int, _Graph] = {}
        self._begun: set[int] = set()
        self._called = deque[int](maxlen=SETTLED)
        self._lock = threading.Lock()  # others wait for the first graph only

    def __call__(self, given: Sequence[np.ndarray]) -> Any:
        threads = self._by.threads
        with self._lock:
            if not self._graphs:
                self._make(threads)
            graph = self._graphs.get(threads)
            self._called.append(threads)
            spare: list[int] = []
            if graph and len(self._graphs) > 1 and self._called.count(threads) == SETTLED:
                spare = [other for other in self._graphs if other != threads]
            if graph is None:
                by, graph = next(iter(self._graphs.items()))
                if threads not in self._begun:
                    self._begun.add(threads)
                    self._by.later(lambda: self._make(threads))
            else:
                by = threads
        for other in spare:  # each holds the weights
            self.drop(other)
            self._by.shelf.gone(self, other)
        self._by.shelf.used(self, by, graph.size)
        return graph(given)

    def drop(self, threads: int) -> None:
        with self._lock:
            self._graphs.pop(threads, None)
            self._begun.discard(threads)
        self._by.later(give_back)

    def _make(self, threads: int) -> None:
        self._graphs[threads] = _Graph(self._f, self._kinds, partial(self._by.compile, threads=threads))


class _Graph:
    """A function of arrays of certain shapes, compiled."""

    def __init__(self, f: Callable, kinds: Sequence[tuple], compile_: Callable[..., ov.CompiledModel]) -> None:
        parameters = [ops.parameter(list(shape), np.dtype(kind)) for shape, kind in kinds]
        made = f(*(Value(parameter) for parameter in parameters))
        self._names = list(made) if isinstance(made, dict) else None
        self._alone = isinstance(made, Value)
        values = [made] if self._alone else list(made.values() if isinstance(made, dict) else made)
        model = ov.Model([ops.result(value.output) for value in values], parameters)
        constants = sum(of.data.nbytes for of in model.get_ops() if of.get_type_name() == "Constant")
        self.size = size_of(constants, sum(math.prod(shape) for shape, _ in kinds))
        self._compiled = compile_(model, any(value.rough for value in values))
        self._free: deque[ov.InferRequest] = deque()

    def __call__(self, given: Sequence[np.ndarray]) -> Any:
        try:
            request = self._free.pop()
        except IndexError:  # as many as threads call at once
            request = self._compiled.create_infer_request()
        for i, array in enumerate(given):
            request.get_input_tensor(i).data[...] = array
        request.infer()
        arrays = [tensor.data.copy() for tensor in request.output_tensors]
        self._free.append(request)
        if self._names is not None:
            return dict(zip(self._names, arrays, strict=True))
        return arrays[0] if self._alone else tuple(arrays)


def operation(f: Callable) -> Callable:
    """A backend's method that adds to a graph. Given arrays alone, it computes them at once, by a graph of its own."""

    @wraps(f)
    def either(self: Any, given: Any, *more: Any, **options: Any) -> Any:
        several = isinstance(given, (list, tuple))
        given = list(given) if several else [given]
        at = [i for i, of in enumerate(more) if isinstance(of, (np.ndarray, Value))]

        def added(*values: Value) -> Any:
            first, rest = values[: len(given)], dict(zip(at, values[len(given) :], strict=True))
            return f(
                self,
                list(first) if several else first[0],
                *(rest.get(i, of) for i, of in enumerate(more)),
                **options,
            )

        arrays = [*given, *(more[i] for i in at)]
        graph = next((of for of in arrays if isinstance(of, Value)), None)
        if graph is None:
            return self.compiled(added)(*arrays)
        return added(*(graph.like(of) for of in arrays))

    return either
