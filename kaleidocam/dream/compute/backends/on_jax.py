"""The network in JAX: on CUDA, on TPUs, or on the processor.

Invariant: as `base.Backend`. XLA compiles each function once for each set of shapes.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import reduce
from typing import Any

import numpy as np

from kaleidocam.dream.compute.backends.base import AMPERE, Spec, windows
from kaleidocam.dream.compute.backends.registry import does_not_start, no_gpu
from kaleidocam.dream.compute.libraries import JAXLIB, load
from kaleidocam.dream.compute.quiet import quiet
from kaleidocam.dream.compute.threads import cores_here
from kaleidocam.errors import UserError

THREADS = "PJRT_NPROC"  # number of JAX's threads on a processor; JAX reads it once, at its start
FLAGS, REPEATABLE = "XLA_FLAGS", "--xla_gpu_deterministic_ops=true"
MEMORY = "XLA_PYTHON_CLIENT_PREALLOCATE"

os.environ.setdefault(MEMORY, "false")  # else JAX reserves three quarters of the GPU's memory

with quiet():
    load(*JAXLIB)
    import jax
    from jax import lax
    from jax import numpy as jnp

ORDER = ("NHWC", "HWIO", "NHWC")


def start(device: str) -> "OnJax":
    return OnJax(device)


class OnJax:
    name, version, alone, fixed = "jax", jax.__version__, False, True
    crews: tuple[int, ...] = ()

    def __init__(self, device: str) -> None:
        self._wanted = device
        self._found: jax.Device | None = None
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")  # else it starts on the GPU too
        jax.config.update("jax_default_matmul_precision", "highest")  # no TF32: float32 means float32
        if device == "gpu":
            self._device  # noqa: B018 — fails at once where there is no GPU

    @property
    def _device(self) -> jax.Device:
        """Found when it is first needed: this starts JAX, and fixes the number of its threads."""
        if self._found is None:
            try:
                with quiet():
                    self._found = jax.devices()[0]
            except RuntimeError as error:
                raise does_not_start(self.name, error) from error
            if self._wanted == "gpu" and self._found.platform == "cpu":
                raise no_gpu(self.name)
        return self._found

    @property
    def gpu(self) -> bool:
        return self._device.platform != "cpu"

    @property
    def holds(self) -> bool:
        return self.gpu

    @property
    def device(self) -> str:
        return self._device.device_kind

    def precision_for(self, choice: str) -> str:
        if choice != "auto":
            return choice
        # On a processor XLA gains nothing from bfloat16: 9 steps a second instead of 10.
        halves = self.gpu and float(getattr(self._device, "compute_capability", AMPERE)) >= AMPERE
        return "bfloat16" if halves else "float32"

    def fix_threads(self, count: int) -> None:
        if self._found is None:
            os.environ[THREADS] = str(count)
            os.environ[FLAGS] = f"{os.environ.get(FLAGS, '')} {REPEATABLE}".strip()
        elif not self.gpu and (now := int(os.environ.get(THREADS, cores_here()))) != count:
            raise UserError(f"this process computes with {now} threads, but the film needs {count}; use a new process")

    def work_with(self, threads: int) -> bool:
        return True

    def share_cores(self, at_once: int) -> None:
        """Nothing to do: JAX shares its threads by itself."""

    def array(self, values: np.ndarray) -> jax.Array:
        return jax.device_put(values, self._device)

    def numpy(self, array: jax.Array) -> np.ndarray:
        return np.array(array)

    def rising(self, f: Callable, specs: Sequence[Spec]) -> Callable:
        return jax.jit(jax.grad(f, has_aux=True))

    def compiled(self, f: Callable, specs: Sequence[Spec] | None = None) -> Callable:
        return jax.jit(f)

    def apart(self) -> AbstractContextManager:
        return jax.ensure_compile_time_eval()

    def planes(self, images: jax.Array, precision: str) -> jax.Array:
        return images.astype(precision)

    def unplaned(self, planes: jax.Array) -> jax.Array:
        return planes.astype(jnp.float32)

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> tuple[jax.Array, jax.Array]:
        return self.array(kernel).astype(precision), self.array(bias).astype(precision)

    def picked(self, kernel: tuple, at: jax.Array) -> tuple:
        return jnp.take(kernel[0], at, -1), jnp.take(kernel[1], at)

    def conv(self, planes: jax.Array, kernel: tuple, stride: int, padding: str) -> jax.Array:
        filters, bias = kernel
        return lax.conv_general_dilated(planes, filters, (stride, stride), padding, dimension_numbers=ORDER) + bias

    def pool(self, planes: jax.Array, kind: str, stride: int, padding: str, size: int) -> jax.Array:
        if kind == "MAX":
            # Of equal pixels the first gets the gradient, as in other frameworks; jnp.maximum would give each a half.
            return reduce(lambda a, b: jnp.where(a >= b, a, b), windows(planes, stride, size))
        window, strides = (1, size, size, 1), (1, stride, stride, 1)
        total = lax.reduce_window(planes, 0.0, lax.add, window, strides, padding)
        within = lax.reduce_window(
            jnp.ones((1, *planes.shape[1:3], 1), planes.dtype), 0.0, lax.add, window, strides, padding
        )
        return total / within

    def beside(self, planes: Sequence[jax.Array]) -> jax.Array:
        return jnp.concatenate(planes, -1)

    def relu(self, array: jax.Array, leak: float = 0.0) -> jax.Array:
        return jax.nn.leaky_relu(array, leak) if leak else jax.nn.relu(array)

    def sum(self, array: jax.Array, axes: tuple[int, ...]) -> jax.Array:
        return array.sum(axes)

    def mean(self, array: jax.Array, axes: tuple[int, ...]) -> jax.Array:
        return array.mean(axes)

    def highest(self, array: jax.Array, axis: int) -> jax.Array:
        return array.max(axis)

    def turned(self, array: jax.Array) -> jax.Array:
        return jnp.swapaxes(array, 0, 1)

    def sampled(self, picture: jax.Array, x: jax.Array, y: jax.Array, *, cubic: bool, mirrored: bool) -> None:
        return None

    def take(self, array: jax.Array, at: jax.Array, axis: int) -> jax.Array:
        return jnp.take(array, at, axis)

    def joined(self, arrays: Sequence[jax.Array], axis: int) -> jax.Array:
        return jnp.concatenate(arrays, axis)

    def reshaped(self, array: jax.Array, shape: tuple[int, ...]) -> jax.Array:
        return array.reshape(shape)

    def clip(self, array: jax.Array, low: Any, high: Any) -> jax.Array:
        return jnp.clip(array, low, high)

    def floor(self, array: jax.Array) -> jax.Array:
        return jnp.floor(array)

    def whole(self, array: jax.Array) -> jax.Array:
        return array.astype(jnp.int32)

    def real(self, array: jax.Array) -> jax.Array:
        return array.astype(jnp.float32)
