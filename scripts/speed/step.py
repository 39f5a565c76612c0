"""One step of the dream: compared with the tutorial's, with the machine's arithmetic, and by operation.

Invariant: both sides of a ratio are measured in one process, and so with the same oneDNN settings.
"""

import collections
import glob
import tempfile
from collections.abc import Callable

import numpy as np

from kaleidocam.dream.network.table import Conv, Pool
from kaleidocam.dream.objective import parse
from kaleidocam.picture.assembly import make_dreamer
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look, Machine
from speed.clock import alternate, timed

GRID = grid_of(Look(), (1280, 720))
SIDE = 2048  # of the matrices for measuring the machine
SMALL_OPERATIONS_MS = 0.3  # operations below it share one row of the table


def matmul(quick: bool) -> dict:
    """The machine's matrix-product rate, as a reference for the other figures."""
    rates = {}
    for dtype in ("float32", "bfloat16"):
        multiply = product(dtype)
        rates[f"{dtype} GFLOP/s"] = 2 * SIDE**3 / min(timed(multiply) for _ in range(6)) / 1e9
    return rates


def product(dtype: str) -> Callable:
    """Multiplies two SIDE×SIDE matrices of a type and waits for the result: 2·SIDE³ operations."""
    import tensorflow as tf

    a = tf.cast(tf.random.normal((SIDE, SIDE)), dtype)
    multiply = tf.function(lambda: tf.matmul(a, a))
    return lambda: multiply().numpy()


def step(quick: bool) -> dict:
    """One step compared with the plain tutorial step: the full Keras model, GradientTape under tf.function, same size
    and type."""
    look = Look(grid=GRID)
    ours = make_dreamer(look, Machine(precision="float32"))  # before TensorFlow: it turns oneDNN on
    import tensorflow as tf

    image = noise(look.grid)
    tutorial = plain_step(look.grid)
    theirs, mine = alternate(
        lambda: tutorial(tf.constant(image), tf.constant(0.01))[1].numpy(),
        lambda: ours(image, 1 / 30, look),
        rounds=8 if quick else 30,
    )
    return {"tutorial ms": theirs * 1e3, "ours ms (with jitter and bands)": mine * 1e3, "ratio": theirs / mine}


def arithmetic(quick: bool, precision: str) -> dict:
    """The rate of a step's arithmetic compared with a matrix product's, run alternately in `precision`."""
    look = Look(grid=GRID)
    ours = make_dreamer(look, Machine(precision=precision))  # before TensorFlow: it turns oneDNN on
    image = noise(look.grid)
    gradient, multiply = alternate(lambda: ours.measure(image), product(precision), rounds=12 if quick else 60)
    count = operations(look.channel, look.grid)
    done, own = count / gradient / 1e9, 2 * SIDE**3 / multiply / 1e9
    return {
        "gradient ms": gradient * 1e3,
        "gradient GFLOP": count / 1e9,
        "gradient GFLOP/s": done,
        "matrix product GFLOP/s": own,
        "share of it": done / own,
    }


def plain_step(size: tuple[int, int]):
    """The tutorial's step on whole frames of `size`, compiled: (image, step size) -> (value, image)."""
    import tensorflow as tf

    full = tf.keras.applications.InceptionV3(weights=None, include_top=False)
    model = tf.keras.Model(full.input, full.get_layer("mixed5").output)

    @tf.function(input_signature=[tf.TensorSpec((size[1], size[0], 3)), tf.TensorSpec(())])
    def plain(image, step_size):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(model(image[None])[..., 74])
        gradient = tape.gradient(value, image)
        gradient /= tf.math.reduce_std(gradient) + 1e-8
        return value, tf.clip_by_value(image + gradient * step_size, -1, 1)

    return plain


def noise(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (size[1], size[0], 3)).astype(np.float32)


def operations(channel: str, size: tuple[int, int]) -> float:
    """Additions and multiplications of an objective's convolutions, forward and back, at a `size` of image."""
    objective = parse(channel)
    pieces = objective.of.cut(objective.wanted)
    sizes, total = {"image": (size[1], size[0], 3)}, 0
    ends = {piece.node: len(piece.channels) for piece, _ in pieces.ends}
    for name in (*pieces.whole, *ends):
        node = objective.of.nodes[name]
        sources = node.sources if hasattr(node, "sources") else [node.source]
        rows, columns, channels = sizes[sources[0]]
        if isinstance(node, Conv | Pool):
            kernel = node.kernel if isinstance(node, Conv) else (node.size, node.size)
            rows, columns = (
                (x - k) // node.stride + 1 if node.padding == "VALID" else -(-x // node.stride)
                for x, k in zip((rows, columns), kernel, strict=True)
            )
        if isinstance(node, Conv):
            made = ends.get(name, node.channels) if name not in pieces.whole else node.channels
            total += 2 * 2 * rows * columns * kernel[0] * kernel[1] * channels * made
        sizes[name] = (rows, columns, node.channels)
    return total


def by_operation(quick: bool) -> dict:
    """Where a step's time goes: milliseconds of each kind of operation by TensorFlow's profiler (their sum exceeds the
    step's time if two cores work at once), and of the work after it in NumPy and OpenCV."""
    look, rounds = Look(grid=GRID), 5 if quick else 20
    ascent = make_dreamer(look, Machine(backend="tensorflow", precision="float32"))  # whose profiler is asked
    import tensorflow as tf
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    image = noise(look.grid)
    for _ in range(3):
        ascent(image, 1 / 30, look)
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        for _ in range(rounds):
            ascent.measure(image)
        tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        with open(glob.glob(f"{folder}/**/*.xplane.pb", recursive=True)[0], "rb") as file:
            space.ParseFromString(file.read())
    found, known = collections.Counter(), {op.removeprefix("_MklNative") for op in dir(tf.raw_ops)}
    for plane in space.planes:
        for event in (event for line in plane.lines for event in line.events):
            name = plane.event_metadata[event.metadata_id].name.split(":")[-1]
            name = name.removeprefix("_MklNative").replace("Fused", "")
            if name in known or name == "ParallelFor":
                found[name] += event.duration_ps / 1e9 / rounds
    table = {f"{name} ms": spent for name, spent in found.most_common() if spent >= SMALL_OPERATIONS_MS}
    table["all others ms"] = sum(spent for spent in found.values() if spent < SMALL_OPERATIONS_MS)
    whole, network = alternate(lambda: ascent(image, 1 / 30, look), lambda: ascent.measure(image), rounds=2 * rounds)
    return {
        "step ms": whole * 1e3,
        "of it in the network ms": network * 1e3,
        "of it jitter and band balance ms": (whole - network) * 1e3,
        **table,
    }
