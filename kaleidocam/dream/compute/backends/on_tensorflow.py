"""The network in TensorFlow: the default, and the fastest on a processor.

Invariant: as `base.Backend`. Compiled functions take any size, except on a GPU, where XLA compiles each size.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import reduce
from typing import Any

from kaleidocam.dream.compute.backends.base import AMPERE, Spec, windows
from kaleidocam.dream.compute.backends.processor import computes_bfloat16
from kaleidocam.dream.compute.backends.registry import no_gpu
from kaleidocam.dream.compute.libraries import JAXLIB, load
from kaleidocam.dream.compute.quiet import quiet
from kaleidocam.dream.compute.threads import cores_here
from kaleidocam.errors import UserError

PROFILER = "python/profiler/internal/_pywrap_profiler_plugin.so"

# Set before the import. oneDNN is off by default on processors without AVX-512, but is 10 to 20 % faster there too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Else TensorFlow imports all of Keras, only to find its path. That takes a third of the start, and is not needed here.
_legacy = os.environ.get(LEGACY := "TF_USE_LEGACY_KERAS")
os.environ[LEGACY] = "1"

with quiet():
    load("tensorflow", ("libtensorflow_framework.*", "libtensorflow_cc.*", PROFILER))
    load(*JAXLIB)  # where JAX is installed, TensorFlow Lite imports it
    import tensorflow as tf

    tf.config.list_physical_devices()  # finds GPUs; it prints a warning where there is none

os.environ.pop(LEGACY)
if _legacy is not None:
    os.environ[LEGACY] = _legacy

import numpy as np  # noqa: E402


def start(device: str) -> "OnTensorFlow":
    return OnTensorFlow(device)


class OnTensorFlow:
    name, version, alone = "tensorflow", tf.__version__, False
    crews: tuple[int, ...] = ()

    def __init__(self, device: str) -> None:
        gpus = tf.config.list_physical_devices("GPU")
        if device == "gpu" and not gpus:
            raise no_gpu(self.name)
        self.gpu = bool(gpus) and device != "cpu"
        self.fixed = self.holds = self.gpu
        details = tf.config.experimental.get_device_details(gpus[0]) if self.gpu else {}
        self.device = details.get("device_name", gpus[0].name) if self.gpu else "cpu"
        self._halves = details.get("compute_capability", (AMPERE,))[0] >= AMPERE if self.gpu else computes_bfloat16()
        if gpus and not self.gpu:
            tf.config.set_visible_devices([], "GPU")
        for gpu in gpus if self.gpu else ():
            tf.config.experimental.set_memory_growth(gpu, True)  # else it takes all the memory
        tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 means float32

    def precision_for(self, choice: str) -> str:
        if choice != "auto":
            return choice
        return "bfloat16" if self._halves else "float32"

    def fix_threads(self, count: int) -> None:
        if self.gpu:
            tf.config.experimental.enable_op_determinism()
        try:
            tf.config.threading.set_intra_op_parallelism_threads(count)
        except RuntimeError as error:  # TensorFlow has started; 0 means a thread for each core
            now = tf.config.threading.get_intra_op_parallelism_threads() or cores_here()
            if now != count:
                raise UserError(
                    f"this process computes with {now} threads, but the film needs {count}; use a new process"
                ) from error

    def work_with(self, threads: int) -> bool:
        return True

    def share_cores(self, at_once: int) -> None:
        try:
            tf.config.threading.set_intra_op_parallelism_threads(max(1, cores_here() // at_once))
        except RuntimeError:
            return

    def array(self, values: np.ndarray) -> tf.Tensor:
        return tf.convert_to_tensor(values)

    def numpy(self, array: tf.Tensor) -> np.ndarray:
        return array.numpy()

    def rising(self, f: Callable, specs: Sequence[Spec]) -> Callable:
        def trace(first: tf.Tensor, *more: tf.Tensor) -> tuple[tf.Tensor, Any]:
            with tf.GradientTape() as tape:
                tape.watch(first)
                score, other = f(first, *more)
            return tape.gradient(score, first), other

        return self.compiled(trace, specs)

    def compiled(self, f: Callable, specs: Sequence[Spec] | None = None) -> Callable:
        if self.gpu or specs is None:
            return tf.function(f, autograph=False, jit_compile=self.gpu)
        # On a processor a trace for any size is as fast as one for a fixed size, and a new size needs no new trace.
        signature = [tf.TensorSpec(spec.shape, tf.int32 if spec.whole else tf.float32) for spec in specs]
        with quiet():
            return tf.function(f, input_signature=signature, autograph=False).get_concrete_function()

    def apart(self) -> AbstractContextManager:
        return tf.init_scope()

    def planes(self, images: tf.Tensor, precision: str) -> tf.Tensor:
        return tf.cast(images, precision)

    def unplaned(self, planes: tf.Tensor) -> tf.Tensor:
        return tf.cast(planes, tf.float32)

    def kernel(self, kernel: np.ndarray, bias: np.ndarray, precision: str) -> tuple[np.ndarray, np.ndarray, str]:
        return kernel, bias, precision  # constants of the graph, created during the trace

    def picked(self, kernel: tuple, at: tf.Tensor) -> tuple:
        kernel, bias, precision = kernel
        return (
            tf.gather(tf.constant(kernel, precision), at, axis=-1),
            tf.gather(tf.constant(bias, precision), at),
            precision,
        )

    def conv(self, planes: tf.Tensor, kernel: tuple, stride: int, padding: str) -> tf.Tensor:
        kernel, bias, precision = kernel
        kernel, bias = (part if tf.is_tensor(part) else tf.constant(part, precision) for part in (kernel, bias))
        return tf.nn.bias_add(tf.nn.conv2d(planes, kernel, stride, padding), bias)

    def pool(self, planes: tf.Tensor, kind: str, stride: int, padding: str, size: int) -> tf.Tensor:
        if kind == "MAX" and self.gpu:
            return reduce(tf.maximum, windows(planes, stride, size))
        return (tf.nn.max_pool2d if kind == "MAX" else tf.nn.avg_pool2d)(planes, size, stride, padding)

    def beside(self, planes: Sequence[tf.Tensor]) -> tf.Tensor:
        return tf.concat(planes, -1)

    def relu(self, array: tf.Tensor, leak: float = 0.0) -> tf.Tensor:
        return tf.nn.leaky_relu(array, leak) if leak else tf.nn.relu(array)

    def sum(self, array: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
        return tf.reduce_sum(array, axes)

    def mean(self, array: tf.Tensor, axes: tuple[int, ...]) -> tf.Tensor:
        return tf.reduce_mean(array, axes)

    def highest(self, array: tf.Tensor, axis: int) -> tf.Tensor:
        return tf.reduce_max(array, axis)

    def turned(self, array: tf.Tensor) -> tf.Tensor:
        return tf.transpose(array, (1, 0, 2))

    def sampled(self, picture: tf.Tensor, x: tf.Tensor, y: tf.Tensor, *, cubic: bool, mirrored: bool) -> None:
        return None

    def take(self, array: tf.Tensor, at: tf.Tensor, axis: int) -> tf.Tensor:
        return tf.gather(array, at, axis=axis)

    def joined(self, arrays: Sequence[tf.Tensor], axis: int) -> tf.Tensor:
        return tf.concat(arrays, axis)

    def reshaped(self, array: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
        return tf.reshape(array, shape)

    def clip(self, array: tf.Tensor, low: Any, high: Any) -> tf.Tensor:
        return tf.clip_by_value(array, low, high)

    def floor(self, array: tf.Tensor) -> tf.Tensor:
        return tf.floor(array)

    def whole(self, array: tf.Tensor) -> tf.Tensor:
        return tf.cast(array, tf.int32)

    def real(self, array: tf.Tensor) -> tf.Tensor:
        return tf.cast(array, tf.float32)
