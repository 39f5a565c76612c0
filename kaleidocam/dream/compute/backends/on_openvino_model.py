"""Functions of arrays, each compiled by OpenVINO as one graph for each set of shapes.

Invariant: several threads may call a function at once; what it returns is theirs.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from kaleidocam.dream.compute.backends.on_openvino_graph import Value

KEPT = 24  # compiled sizes of a function; each holds the weights twice, for the way up and the way back
Compile = Callable[[ov.Model, bool], ov.CompiledModel]
"""Compiles a graph; whether it computes in bfloat16."""


class Compiled:
    """A function of arrays, compiled when it meets new shapes; it keeps the last `KEPT`. While one is compiled, others
    are called."""

    def __init__(self, f: Callable, compile_: Compile) -> None:
        self._f, self._compile = f, compile_
        self._sizes: OrderedDict[tuple, _Size] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, *arrays: Any) -> Any:
        given = [np.asarray(array, order="C") for array in arrays]
        key = tuple((array.shape, array.dtype.str) for array in given)
        with self._lock:
            size = self._sizes.setdefault(key, _Size())
            self._sizes.move_to_end(key)
            while len(self._sizes) > KEPT:
                self._sizes.popitem(last=False)
        with size.lock:  # who wants the same one waits
            size.graph = size.graph or _Graph(self._f, given, self._compile)
        return size.graph(given)


class _Size:
    """A place for a graph, which one thread compiles."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.graph: _Graph | None = None


class _Graph:
    """A function of arrays of certain shapes, compiled."""

    def __init__(self, f: Callable, given: Sequence[np.ndarray], compile_: Compile) -> None:
        parameters = [ops.parameter(list(array.shape), array.dtype) for array in given]
        made = f(*(Value(parameter) for parameter in parameters))
        self._names = list(made) if isinstance(made, dict) else None
        self._alone = isinstance(made, Value)
        values = [made] if self._alone else list(made.values() if isinstance(made, dict) else made)
        model = ov.Model([ops.result(value.output) for value in values], parameters)
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
