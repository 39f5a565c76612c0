"""The contract of a backend: what a framework does for the network and for the dream's pictures.

Invariant: what an operation means is written here once; a backend only says it in its framework's words. Every one of
them gives the same numbers up to the last digits of its number format.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

AMPERE = 8  # compute capability from which NVIDIA's GPUs compute in bfloat16; others emulate it, slower

Array = Any
"""An array of the framework's own on its device; it knows + - * / ** @ and slices, as NumPy's do."""

Kernel = Any
"""A convolution's numbers as the framework wants them."""


@dataclass(frozen=True)
class Spec:
    """An argument of a compiled function: its shape, None where a side may be any; floats, or whole numbers."""

    shape: tuple[int | None, ...]
    whole: bool = False


def windows(planes: Array, stride: int, size: int) -> list[Array]:
    """The pixels of each `size` by `size` window that lies within (N, H, W, C), place by place. Their maximum is
    max-pooling whose gradient needs no scattering, which XLA does slowly on a processor, and on a GPU in any order or
    one by one."""
    ends = [(side - size) // stride * stride + 1 for side in planes.shape[1:3]]
    places = [(i, j) for i in range(size) for j in range(size)]
    return [planes[:, i : i + ends[0] : stride, j : j + ends[1] : stride] for i, j in places]


class Backend(Protocol):
    """A framework on one device of this machine. One object a process and device.

    `name` as --backend has it; `version` of the framework; `device`, for people; `gpu`: whether that is no processor,
    so that pictures had better stay on it. `alone`: only one thread at a time may use it. `fixed`: each shape is
    compiled anew, so there had better be few.
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
    def alone(self) -> bool: ...

    @property
    def fixed(self) -> bool: ...

    def __hash__(self) -> int: ...

    def precision_for(self, choice: str) -> str:
        """What `choice` ("auto", "float32" or "bfloat16") means here: "auto" is bfloat16 where the device computes in
        it, else float32."""

    def fix_threads(self, count: int) -> None:
        """From now on this process computes by so many threads, and the same thing twice is the same to the last digit.
        UserError where it has computed by another number already and can't change that."""

    def share_cores(self, at_once: int) -> None:
        """So many calls at once, from as many threads, share the cores from now on; where that can't be changed any
        more they are slower."""

    def array(self, values: np.ndarray) -> Array:
        """Brings numbers to the device, in the format that they have."""

    def numpy(self, array: Array) -> np.ndarray:
        """Fetches numbers from the device; they may be written into."""

    def rising(
        self, f: Callable[..., tuple[Array, Array]], specs: Sequence[Spec]
    ) -> Callable[..., tuple[Array, Array]]:
        """`f` gives (what is to rise, anything) of arrays as `specs` say. Compiled: from the same arrays to
        (the gradient of the one by the first of them, the other)."""

    def compiled(self, f: Callable[..., Any], specs: Sequence[Spec] | None = None) -> Callable[..., Any]:
        """`f`, of arrays alone, compiled; without `specs` once for each set of shapes. Its result is an array, or a
        tuple or dict of them."""

    def planes(self, images: Array, precision: str) -> Array:
        """Images (N, H, W, 3) float32 as the network computes: in the framework's order of axes and in `precision`."""

    def unplaned(self, planes: Array) -> Array:
        """Planes as (N, h, w, C) float32."""

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> Kernel:
        """(rows, columns, in, out) and (out,), float32."""

    def picked(self, kernel: Kernel, at: Array) -> Kernel:
        """Only the filters `at`, (n,) int32."""

    def conv(self, planes: Array, kernel: Kernel, stride: int, padding: str) -> Array:
        """Convolution plus bias. `padding` is "VALID", or "SAME" with a stride of 1: zeros round about."""

    def pool(self, planes: Array, kind: str, stride: int, padding: str, size: int) -> Array:
        """Of `size` by `size` pixels. `kind` is "MAX", with "VALID" padding alone, or "AVG" of what lies within the
        picture, whose `padding` is as that of a convolution, "SAME" with an odd size."""

    def beside(self, planes: Sequence[Array]) -> Array:
        """Planes put together along their channels."""

    def relu(self, array: Array, leak: float = 0.0) -> Array:
        """`leak`: the slope below zero."""

    def sum(self, array: Array, axes: tuple[int, ...]) -> Array: ...

    def mean(self, array: Array, axes: tuple[int, ...]) -> Array: ...

    def highest(self, array: Array, axis: int) -> Array: ...

    def running_sum(self, array: Array, axis: int) -> Array:
        """Of each place all up to and with it."""

    def take(self, array: Array, at: Array, axis: int) -> Array:
        """The places `at`, (n,) or for `axis` 0 of any shape, int32, of an axis."""

    def joined(self, arrays: Sequence[Array], axis: int) -> Array: ...

    def reshaped(self, array: Array, shape: tuple[int, ...]) -> Array: ...

    def clip(self, array: Array, low: float, high: float) -> Array: ...

    def floor(self, array: Array) -> Array: ...

    def whole(self, array: Array) -> Array:
        """As int32."""

    def real(self, array: Array) -> Array:
        """As float32."""
