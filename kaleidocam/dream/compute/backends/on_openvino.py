"""The network in OpenVINO: on processors, and on Intel's GPUs.

Invariant: as `base.Backend`. Arrays are NumPy's, in this machine's memory; a function is a graph, built and compiled
once for each set of shapes.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np

from kaleidocam.dream.compute.backends.base import Spec
from kaleidocam.dream.compute.backends.processor import computes_bfloat16
from kaleidocam.dream.compute.backends.registry import no_gpu
from kaleidocam.dream.compute.quiet import quiet
from kaleidocam.dream.compute.threads import cores_here
from kaleidocam.errors import UserError

CONVERTERS = "openvino.tools.ovc"  # a part that is not needed here; its import reports the use to Intel, unasked
sys.modules.setdefault(CONVERTERS, None)  # type: ignore[arg-type]  # None: its import fails, which OpenVINO expects

with quiet():
    import openvino as ov
    from openvino import opset13 as ops

    from kaleidocam.dream.compute.backends import on_openvino_layers as layers
    from kaleidocam.dream.compute.backends import on_openvino_pools as pools
    from kaleidocam.dream.compute.backends.on_openvino_graph import Value, masked, reshaped, slope, summed
    from kaleidocam.dream.compute.backends.on_openvino_model import Beside, Compiled, operation
    from kaleidocam.dream.compute.backends.on_openvino_shapes import NCHW, NHWC
    from kaleidocam.dream.compute.backends.on_openvino_shelf import Shelf

if sys.modules[CONVERTERS] is None:
    del sys.modules[CONVERTERS]

HINTS = {False: "f32", True: "bf16"}


def start(device: str) -> "OnOpenVINO":
    return OnOpenVINO(device)


class OnOpenVINO:
    name, version = "openvino", ov.__version__.split("-")[0]
    holds, alone, fixed = False, False, True

    def __init__(self, device: str) -> None:
        """ "auto" is the processor: the dream has never been seen on one of Intel's GPUs, so it must be asked for."""
        self._core = ov.Core()
        self.gpu = device == "gpu"
        if self.gpu and "GPU" not in (one.split(".")[0] for one in self._core.available_devices):
            raise no_gpu(self.name)
        self._device = "GPU" if self.gpu else "CPU"
        self.device = self._core.get_property("GPU", "FULL_DEVICE_NAME") if self.gpu else "cpu"
        self._halves = "BF16" in self._core.get_property(self._device, "OPTIMIZATION_CAPABILITIES")
        self._threads, self._at_once, self._begun = cores_here(), 1, False
        self._crew: int | None = None  # threads that work now, where not all do
        self._compiling, self.shelf = Beside(), Shelf()

    def precision_for(self, choice: str) -> str:
        """float32 where OpenVINO would compute in it though it is asked for bfloat16. On GPUs it would take float16,
        in which gradients vanish."""
        wants = computes_bfloat16() if choice == "auto" else choice == "bfloat16"
        return "bfloat16" if wants and self._halves and not self.gpu else "float32"

    def fix_threads(self, count: int) -> None:
        if self._begun and self._threads != count and not self.gpu:
            raise UserError(
                f"this process computes with {self._threads} threads, but the film needs {count}; use a new process"
            )
        self._threads = count

    def share_cores(self, at_once: int) -> None:
        self._at_once = at_once

    def array(self, values: np.ndarray) -> np.ndarray:
        return values

    def numpy(self, array: np.ndarray) -> np.ndarray:
        return np.array(array)

    def rising(self, f: Callable, specs: Sequence[Spec]) -> Callable:
        def trace(first: Value, *more: Value) -> tuple[Value, Any]:
            first.rising = True
            score, other = f(first, *more)
            gradient = Value(slope(score, first))
            gradient.rough = score.rough
            return gradient, other

        return self.compiled(trace, specs)

    def compiled(self, f: Callable, specs: Sequence[Spec] | None = None) -> Callable:
        return Compiled(f, self)

    @property
    def crews(self) -> tuple[int, ...]:
        """All cores; all but one, which the video has then; half of them. OpenVINO splits each operation evenly, so a
        thread that must wait for its core holds up all."""
        cores = self._threads
        return () if self.gpu else tuple(dict.fromkeys(max(1, count) for count in (cores, cores - 1, cores // 2)))

    def work_with(self, threads: int) -> bool:
        self._crew = threads
        return not self._compiling.busy

    @property
    def threads(self) -> int:
        return self._crew or self._threads

    def later(self, make: Callable[[], None]) -> None:
        self._compiling.begin(make)

    def compile(self, model: ov.Model, rough: bool, threads: int) -> ov.CompiledModel:
        self._begun = True
        settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[rough]}
        if not self.gpu:
            settings |= {
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": self._at_once,
                "ENABLE_CPU_PINNING": False,  # the video's threads need the cores too
            }
        return self._core.compile_model(model, self._device, settings)

    def apart(self) -> nullcontext:
        return nullcontext()

    @operation
    def planes(self, images: Value, precision: str) -> Value:
        planes = Value(ops.transpose(images.output, NCHW), (images, lambda g: ops.transpose(g, NHWC).output(0)))
        planes.rough = precision == "bfloat16"
        return planes

    @operation
    def unplaned(self, planes: Value) -> Value:
        return Value(ops.transpose(planes.output, NHWC), (planes, lambda g: ops.transpose(g, NCHW).output(0)))

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> layers.Kernel:
        return layers.Kernel(kernel.transpose(3, 2, 0, 1), bias)

    def picked(self, kernel: layers.Kernel, at: Any) -> layers.Kernel:
        if isinstance(at, Value):
            return layers.Kernel(kernel.weights, kernel.bias, at)
        return layers.Kernel(kernel.weights[at], kernel.bias[at])

    @operation
    def conv(self, planes: Value, kernel: layers.Kernel, stride: int, padding: str) -> Value:
        return layers.convolution(planes, kernel, stride, padding)

    @operation
    def pool(self, planes: Value, kind: str, stride: int, padding: str, size: int) -> Value:
        if kind == "MAX":
            return pools.max_pool(planes, stride, size)
        return pools.average_pool(planes, stride, padding, size)

    def beside(self, planes: Sequence[Any]) -> Any:
        return self.joined(planes, 1)

    @operation
    def relu(self, array: Value, leak: float = 0.0) -> Value:
        if not leak:
            made = ops.relu(array.output).output(0)
            active = Value(made, (array, lambda g: masked(g, made)))
            active.before = array
            return active
        above = ops.greater(array.output, np.float32(0))

        def leaky(x: ov.Output) -> ov.Output:
            return ops.select(above, x, ops.multiply(x, np.float32(leak))).output(0)

        return Value(leaky(array.output), (array, leaky))

    @operation
    def sum(self, array: Value, axes: tuple[int, ...]) -> Value:
        kept = [1 if axis in axes else side for axis, side in enumerate(array.shape)]

        def rule(g: ov.Output) -> ov.Output:
            return ops.broadcast(ops.reshape(g, np.array(kept), False), np.array(array.shape)).output(0)

        return Value(summed(array.output, axes), (array, rule))

    def mean(self, array: Any, axes: tuple[int, ...]) -> Any:
        count = np.prod([array.shape[axis] for axis in axes])
        return self.sum(array, axes) * np.float32(1 / count)

    @operation
    def highest(self, array: Value, axis: int) -> Value:
        kept = ops.reduce_max(array.output, np.array([axis]), True).output(0)
        equal = ops.convert(ops.equal(array.output, kept), "f32")
        shares = ops.divide(equal, ops.reduce_sum(equal, np.array([axis]), True))

        def rule(g: ov.Output) -> ov.Output:
            return ops.multiply(ops.unsqueeze(g, np.array([axis])), shares).output(0)

        return Value(ops.squeeze(kept, np.array([axis])), (array, rule))

    @operation
    def turned(self, array: Value) -> Value:
        return Value(ops.transpose(array.output, np.array([1, 0, 2], np.int64)), of=[array])

    def sampled(self, picture: Value, x: Value, y: Value, *, cubic: bool, mirrored: bool) -> None:
        return None

    @operation
    def take(self, array: Value, at: Value, axis: int) -> Value:
        return Value(ops.gather(array.output, at.output, np.int64(axis)), of=[array])

    @operation
    def joined(self, arrays: Sequence[Value], axis: int) -> Value:
        sides = np.array([array.shape[axis] for array in arrays])

        @cache
        def split(g: ov.Output) -> Any:
            return ops.variadic_split(g, np.int64(axis), sides)

        made = ops.concat([array.output for array in arrays], axis)
        return Value(made, *((array, lambda g, i=i: split(g).output(i)) for i, array in enumerate(arrays)))

    @operation
    def reshaped(self, array: Value, shape: tuple[int, ...]) -> Value:
        return reshaped(array, shape)

    @operation
    def clip(self, array: Value, low: Any, high: Any) -> Value:
        if isinstance(low, Value) or isinstance(high, Value):
            capped = ops.minimum(array.output, array.like(high).output)
            return Value(ops.maximum(capped, array.like(low).output), of=[array])
        return Value(ops.clamp(array.output, float(low), float(high)), of=[array])

    @operation
    def floor(self, array: Value) -> Value:
        return Value(ops.floor(array.output), of=[array])

    @operation
    def whole(self, array: Value) -> Value:
        return Value(ops.convert(array.output, "i32"), of=[array])

    @operation
    def real(self, array: Value) -> Value:
        return Value(ops.convert(array.output, "f32"), of=[array])
