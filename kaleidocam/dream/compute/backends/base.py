"""The contract of a backend: what a framework does for the network and for the dream's pictures.

Invariant: the meaning of an operation is defined here once; a backend only translates it to its framework. All backends
give the same numbers up to the last digits of the number format.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

AMPERE = 8  # compute capability from which NVIDIA's GPUs compute in bfloat16; older ones emulate it, slower

Array = Any
"""An array of the framework, on its device; it supports + - * / ** @ and slices like NumPy's arrays."""

Kernel = Any
"""A convolution's kernel and bias in the framework's format."""


@dataclass(frozen=True)
class Spec:
    """An argument of a compiled function. `shape`: None for a side of any length. `whole`: int32, else float32."""

    shape: tuple[int | None, ...]
    whole: bool = False


def windows(planes: Array, stride: int, size: int) -> list[Array]:
    """The pixels of all `size` by `size` windows inside (N, H, W, C): an array for each position within the window.
    Their maximum is max-pooling whose gradient needs no scatter operation. XLA's scatter is slow on a processor; on a
    GPU it is either serial or in no fixed order."""
    ends = [(side - size) // stride * stride + 1 for side in planes.shape[1:3]]
    places = [(i, j) for i in range(size) for j in range(size)]
    return [planes[:, i : i + ends[0] : stride, j : j + ends[1] : stride] for i, j in places]


class Backend(Protocol):
    """A framework on one device of this machine. One object per process and device.

    `name`: as in --backend; `version`: of the framework; `device`: its name, for people; `gpu`: whether it is an
    accelerator; `holds`: whether arrays stay on it between operations, so that pictures should stay there. `alone`:
    only one thread at a time may use it. `fixed`: each new shape is compiled again, so there should be few shapes.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def device(self) -> str: ...

    @property
    def gpu(self) -> bool: ...

    @property
    def holds(self) -> bool: ...

    @property
    def alone(self) -> bool: ...

    @property
    def fixed(self) -> bool: ...

    def __hash__(self) -> int: ...

    def precision_for(self, choice: str) -> str:
        """The precision for `choice` ("auto", "float32" or "bfloat16"): "auto" is bfloat16 where the device computes
        in it, else float32."""

    def fix_threads(self, count: int) -> None:
        """From now on this process computes with `count` threads, and equal inputs give equal results to the last
        digit. UserError where it already computes with another number and can't change that."""

    @property
    def crews(self) -> tuple[int, ...]:
        """Numbers of threads between which it can change at any time; which is the best shows beside other work. The
        first is what it begins with. Fewer than two: it can't change."""

    def work_with(self, threads: int) -> bool:
        """From now on it computes with `threads`, one of `crews`; what must be compiled anew for that is compiled
        beside, and until then the old number goes on. Returns whether nothing is being compiled."""

    def share_cores(self, at_once: int) -> None:
        """From now on `at_once` calls run at the same time, each from its own thread, and share the cores. Where this
        can no longer be changed, they are slower."""

    def array(self, values: np.ndarray) -> Array:
        """Uploads numbers to the device; their format stays."""

    def numpy(self, array: Array) -> np.ndarray:
        """Downloads numbers from the device; the result is writable."""

    def rising(
        self, f: Callable[..., tuple[Array, Array]], specs: Sequence[Spec]
    ) -> Callable[..., tuple[Array, Array]]:
        """`f` maps arrays, described by `specs`, to (a score, anything else). Returns a compiled function of the same
        arrays: (the gradient of the score by the first array, that anything else)."""

    def compiled(self, f: Callable[..., Any], specs: Sequence[Spec] | None = None) -> Callable[..., Any]:
        """`f`, a function of arrays, compiled; without `specs` once for each set of shapes. Its result is an array, or
        a tuple or dict of arrays."""

    def apart(self) -> AbstractContextManager[Any]:
        """Within it, arrays outlast the function that is being compiled."""

    def planes(self, images: Array, precision: str) -> Array:
        """Images (N, H, W, 3) float32 in the network's format: the framework's order of axes, and `precision`."""

    def unplaned(self, planes: Array) -> Array:
        """Converts planes back to (N, h, w, C) float32."""

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> Kernel:
        """From `kernel` (rows, columns, in, out) and `bias` (out,), float32."""

    def picked(self, kernel: Kernel, at: Array) -> Kernel:
        """The kernel with only the filters `at`, (n,) int32."""

    def conv(self, planes: Array, kernel: Kernel, stride: int, padding: str) -> Array:
        """Convolution plus bias. `padding` is "VALID", or with a stride of 1 "SAME": zeros around the picture."""

    def pool(self, planes: Array, kind: str, stride: int, padding: str, size: int) -> Array:
        """Pools windows of `size` by `size`. `kind` "MAX" has only "VALID" padding. "AVG" is the mean of the pixels
        inside the picture; its `padding` is as in `conv`, "SAME" only with an odd size."""

    def beside(self, planes: Sequence[Array]) -> Array:
        """Planes concatenated along their channels."""

    def relu(self, array: Array, leak: float = 0.0) -> Array:
        """`leak`: the slope below zero."""

    def sum(self, array: Array, axes: tuple[int, ...]) -> Array: ...

    def mean(self, array: Array, axes: tuple[int, ...]) -> Array: ...

    def highest(self, array: Array, axis: int) -> Array: ...

    def turned(self, array: Array) -> Array:
        """(a, b, c) as (b, a, c)."""

    def sampled(self, picture: Array, x: Array, y: Array, *, cubic: bool, mirrored: bool) -> Array | None:
        """`picture` (H, W, C) at the places (h, w) of `x` and `y`, in pixels, cubic (Keys 1981, slope -0.75) or linear;
        places beyond the border are mirrored at its pixels, or get these. None where the framework has no such
        operation: then it is made of others."""

    def take(self, array: Array, at: Array, axis: int) -> Array:
        """The entries `at` of an axis, int32: (n,), or for `axis` 0 any shape."""

    def joined(self, arrays: Sequence[Array], axis: int) -> Array: ...

    def reshaped(self, array: Array, shape: tuple[int, ...]) -> Array: ...

    def clip(self, array: Array, low: float, high: float) -> Array: ...

    def floor(self, array: Array) -> Array: ...

    def whole(self, array: Array) -> Array:
        """As int32."""

    def real(self, array: Array) -> Array:
        """As float32."""
