"""Compares the installed backends, and the dream on a device with the device's own rates.

Invariant: they run alternately in one process, and each step is waited for; backends not installed are left out.
"""

import os
from collections.abc import Callable

import numpy as np

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.assembly import backend_of, imaging_of
from kaleidocam.dream.compute.backends.base import Array, Backend
from kaleidocam.dream.compute.backends.registry import BACKENDS, DEFAULT, installed
from kaleidocam.dream.compute.device import OnDevice
from kaleidocam.picture.assembly import make_dreamer, make_eye, make_measure
from kaleidocam.picture.dream import Dream
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.aisle import Aisle
from speed.clock import alternate, timed
from speed.step import GRID, SIDE, noise, operations

FULL = (1920, 1080)
LARGE_SIDE = 8192  # of a GPU's matrices, for which SIDE is too fast to measure
STREAM = 64 * 2**20  # floats to read and write for measuring the memory rate
CHANNEL = 74  # of mixed5
FULL_RATE = 60.0  # frames a second that a full-size dream must keep up with
HERE = [name for name in BACKENDS if installed(name)]


def backends(quick: bool) -> dict:
    """A step of each backend, in float32 and in its default precision, and its ratio to TensorFlow's."""
    look, results = Look(grid=GRID), {}
    for precision in ("float32", "auto"):
        ascents = {name: make_dreamer(look, Machine(backend=name, precision=precision)) for name in HERE}
        steps = [_step(ascent, name, look) for name, ascent in ascents.items()]
        times = alternate(*steps, rounds=6 if quick else 25)
        for name, seconds in zip(HERE, times, strict=True):
            meant = backend_of(Machine(backend=name)).precision_for(precision)
            results[f"{name}, {precision} ({meant}) ms"] = seconds * 1e3
            results[f"{name}, {precision}, ratio to {DEFAULT}"] = times[HERE.index(DEFAULT)] / seconds
    return results


def _step(ascent: Ascent, name: str, look: Look) -> Callable:
    imaging, image = imaging_of(Machine(backend=name)), noise(look.grid)
    return lambda: imaging.numpy(ascent(imaging.array(image), 1 / 30, look))


def on_device(backend: str, quick: bool) -> dict:
    """A frame of a dream that stays on the backend's device, from the upload of the frame to the download of the layer:
    in full HD on a GPU, else on the grid of a film at 1280x720; and the device's own rates."""
    machine = Machine(backend=backend)
    on = backend_of(machine)
    look = Look(grid=FULL if on.gpu else GRID, cadence=240)
    gradient = make_measure(look.channel, machine)[0]
    imaging = imaging_of(machine) if on.gpu else OnDevice(on)
    ascent = Ascent(gradient.rising, gradient.objective.stride, imaging, exact=gradient.objective.of.exact)
    dream, eye = Dream(look.grid, ascent, imaging), make_eye(machine)
    with Aisle(size=look.grid, fps=FULL_RATE) as aisle:
        seen = [eye.see(aisle.read(), look) for _ in range(8 if quick else 20)]
    for one in seen[:3]:
        dream.advance(one, look)
    frame = float(np.median([timed(lambda one=one: dream.advance(one, look)) for one in seen[3:]]))
    image = imaging.array(noise(look.grid))
    alone = float(np.median([timed(lambda: float(gradient.rising(image)[1])) for _ in range(5 if quick else 20)]))
    count, product, stream = operations(look.channel, look.grid), *_rates(on, gradient.precision)
    return {
        f"grid {look.grid[0]}x{look.grid[1]} on {on.device}, {gradient.precision}, ms a frame": frame * 1e3,
        "fps": 1 / frame,
        "gradient ms": alone * 1e3,
        "gradient GFLOP/s": count / alone / 1e9,
        "matrix product GFLOP/s": product / 1e9,
        "share of it": count / alone / product,
        "memory GB/s": stream / 1e9,
    }


def _rates(on: Backend, precision: str) -> tuple[float, float]:
    """Operations a second of a matrix product, and bytes a second of reading and writing."""
    side = LARGE_SIDE if on.gpu else SIDE
    square = np.random.default_rng(0).uniform(-1, 1, (side, side)).astype(np.float32)
    rows, kernel = on.array(square[None, :, None]), on.kernel(square[None, None], np.zeros(side, np.float32), precision)

    def product(x: Array) -> Array:  # a 1×1 convolution is a matrix product
        return on.sum(on.unplaned(on.conv(on.planes(x, precision), kernel, 1, "VALID")), (0, 1, 2, 3))

    product, twice = on.compiled(product), on.compiled(lambda x: x * 1.5)
    long = on.array(np.ones(STREAM, np.float32))
    multiplied, streamed = alternate(lambda: float(product(rows)), lambda: float(twice(long)[0]), rounds=6)
    return 2 * side**3 / multiplied, 2 * 4 * STREAM / streamed


def keras_layers(backend: str, quick: bool) -> dict:
    """The gradient through keras.applications' own layers on this backend, with the network cut off above the layer,
    compared with ours; float32."""
    os.environ["KERAS_BACKEND"] = backend
    look = Look(grid=GRID)
    ours = make_measure(look.channel, Machine(backend=backend, precision="float32"))[0]
    import keras

    full = keras.applications.InceptionV3(weights=None, include_top=False)
    theirs = KERAS_GRADIENTS[backend](keras.Model(full.input, full.get_layer("mixed5").output))
    image = noise(look.grid)
    keras_seconds, seconds = alternate(lambda: theirs(image[None]), lambda: ours(image), rounds=5 if quick else 20)
    return {"Keras's layers, ms": keras_seconds * 1e3, "ours, ms": seconds * 1e3, "ratio": keras_seconds / seconds}


def _in_tensorflow(model) -> Callable:
    import tensorflow as tf

    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_mean(model(x)[..., CHANNEL])
        return tape.gradient(value, x)

    return lambda image: gradient(tf.constant(image)).numpy()


def _in_torch(model) -> Callable:
    import torch

    model.trainable = False

    def gradient(image):
        x = torch.from_numpy(image).requires_grad_()
        return torch.autograd.grad(model(x)[..., CHANNEL].mean(), x)[0].numpy()

    return gradient


def _in_jax(model) -> Callable:
    import jax

    weights = [[v.value for v in some] for some in (model.trainable_variables, model.non_trainable_variables)]
    gradient = jax.jit(jax.grad(lambda x: model.stateless_call(*weights, x)[0][..., CHANNEL].mean()))
    return lambda image: np.asarray(gradient(image))


KERAS_GRADIENTS = {"tensorflow": _in_tensorflow, "torch": _in_torch, "jax": _in_jax}
"""The gradient function of a Keras model for (1, H, W, 3), compiled if Keras's backend compiles."""
