"""The gradient of an objective by the image, in TensorFlow: the one file that knows how the network runs.

Invariant: the same activations as keras.applications.InceptionV3 with the same weights, at a fraction of the work.
"""

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kaleidocam.dream.quiet import quiet

# Before the import: oneDNN is off by default on processors without AVX-512, where it is 10 to 20 % faster too.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Else TensorFlow imports the whole of Keras, a third of its start, only to find where it lies; nothing here needs it.
_legacy = os.environ.get(LEGACY := "TF_USE_LEGACY_KERAS")
os.environ[LEGACY] = "1"

with quiet():
    import tensorflow as tf

    tf.config.list_physical_devices()  # looks for GPUs, and complains where there is none

os.environ.pop(LEGACY)
if _legacy is not None:
    os.environ[LEGACY] = _legacy

import numpy as np  # noqa: E402

from kaleidocam.dream.network import IMAGE, LAYERS, TRUNK, Concat, Conv, Cut, Piece, Pool, cut, require  # noqa: E402
from kaleidocam.dream.objective import Objective  # noqa: E402
from kaleidocam.dream.threads import cores_here  # noqa: E402
from kaleidocam.dream.weights import Weights  # noqa: E402
from kaleidocam.errors import UserError  # noqa: E402

LEAK = 0.1  # slope below zero of the objective's own ReLU: a channel that sleeps still gives a direction
BFLOAT16_CPU_FLAGS = {"amx_bf16", "avx512_bf16"}  # processors that compute in bfloat16; others emulate it, slower


def precision_for(choice: str) -> str:
    """What `choice` ("auto", "float32" or "bfloat16") means here: "auto" is bfloat16 where this machine computes in
    it, else float32."""
    if choice != "auto":
        return choice
    try:
        with open("/proc/cpuinfo") as file:
            flags = next((set(line.split()) for line in file if line.startswith("flags")), set())
    except OSError:  # no such file on macOS and Windows
        flags = set()
    return "bfloat16" if flags & BFLOAT16_CPU_FLAGS or tf.config.list_physical_devices("GPU") else "float32"


def fix_threads(count: int) -> None:
    """From now on this process computes by so many threads: the last digits of its results depend on the number.
    UserError where it has computed by another already."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
    except RuntimeError as error:  # TensorFlow has begun; with 0 it took a thread for each core
        now = tf.config.threading.get_intra_op_parallelism_threads() or cores_here()
        if now != count:
            raise UserError(f"this process dreams by {now} threads, the film was begun by {count}") from error


def share_cores(at_once: int) -> None:
    """So many calls at once, from as many threads, share the cores from now on; where TensorFlow has begun in another
    way, that stays, and they are slower."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores_here() // at_once))
    except RuntimeError:
        return


class Network:
    """The trunk, cut to an objective: (1, H, W, 3) in [-1, 1] -> {layer: activations before the last ReLU}.

    The activations of a layer are (1, h, w, n) for the n channels asked of it, in ascending order.
    UserError where the weights do not reach as high as the objective.
    """

    def __init__(self, wanted: dict[str, tuple[int, ...]], weights: Weights, dtype: tf.DType = tf.float32) -> None:
        self._cuts = {layer: cut({layer: channels}) for layer, channels in wanted.items()}
        self._whole = cut(wanted).whole
        require(wanted, weights)
        self._weights, self._dtype = weights, dtype

    def __call__(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        values = self._trunk(image)
        return {layer: self._layer(layer_cut, values) for layer, layer_cut in self._cuts.items()}

    def filters(self, images: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
        """As a call, of a network that was cut to one branch of one layer, but only the filters `at`, (n,) int32."""
        ((piece, pools),) = next(iter(self._cuts.values())).ends
        return self._end(piece, pools, self._trunk(images), at)

    def _trunk(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        values = {IMAGE: tf.cast(image, self._dtype)}
        for name in self._whole:
            values[name] = self._node(TRUNK[name], values)
        return values

    def _node(self, node: Conv | Pool | Concat, values: dict[str, tf.Tensor]) -> tf.Tensor:
        if isinstance(node, Conv):
            return tf.nn.relu(self._conv(node, values, slice(None)))
        if isinstance(node, Pool):
            pool = tf.nn.max_pool2d if node.kind == "MAX" else tf.nn.avg_pool2d
            return pool(values[node.source], 3, node.stride, node.padding)
        return tf.concat([values[source] for source in node.sources], -1)

    def _conv(
        self, conv: Conv, values: dict[str, tf.Tensor], filters: slice | list[int], at: tf.Tensor | None = None
    ) -> tf.Tensor:
        folded = self._weights[conv.name]
        kernel = tf.constant(folded.kernel[..., filters], self._dtype)
        bias = tf.constant(folded.bias[filters], self._dtype)
        if at is not None:
            kernel, bias = tf.gather(kernel, at, axis=-1), tf.gather(bias, at)
        return tf.nn.bias_add(tf.nn.conv2d(values[conv.source], kernel, conv.stride, conv.padding), bias)

    def _layer(self, layer_cut: Cut, values: dict[str, tf.Tensor]) -> tf.Tensor:
        return tf.concat([self._end(piece, pools, values) for piece, pools in layer_cut.ends], -1)

    def _end(
        self, piece: Piece, pools: tuple[str, ...], values: dict[str, tf.Tensor], at: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Max-pooling commutes with the ReLU that is left out here, so pooled ends stay exact."""
        x = self._conv(TRUNK[piece.node], values, list(piece.channels), at)
        for pool in pools:
            x = tf.nn.max_pool2d(x, 3, TRUNK[pool].stride, TRUNK[pool].padding)
        return x


class Gradient:
    """The direction in which an objective rises fastest, compiled once for images of every size.

    Call it with a float32 image (H, W, 3), RGB in [-1, 1]; it returns the gradient, same shape, float32, and the
    objective's value (mean activation after the ReLU, as users of Keras would measure it).
    The first image of a size takes a little longer. Raises UserError where the objective lies above the weights.
    """

    def __init__(
        self, objective: Objective, weights: Weights, precision: str = "auto", *, leak: float = LEAK,
        guides: Mapping[str, np.ndarray] = MappingProxyType({})
    ) -> None:
        """`precision` is "auto", "float32" or "bfloat16". `leak`: the slope below zero that the gradient sees; 0 is the
        network's own ReLU, as in the classic DeepDream. `guides`: the picture of each guide that the objective names,
        (h, w, 3) float32, RGB in [-1, 1]."""
        self.precision = precision_for(precision)
        self._objective, self._leak = objective, leak
        self._network = Network(objective.wanted, weights, tf.as_dtype(self.precision))
        self._features = {(term.layer, term.guide): self._features_of(term.layer, guides[term.guide])
                          for term in objective.terms if term.guide is not None}
        spec = tf.TensorSpec((None, None, 3), tf.float32)  # as quick as a fixed size, and no retracing for another
        with quiet():
            self._compiled = tf.function(self._trace, input_signature=[spec], autograph=False).get_concrete_function()

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, float]:
        gradient, value = self._compiled(tf.convert_to_tensor(image))
        return gradient.numpy(), float(value)

    def _features_of(self, layer: str, guide: np.ndarray) -> tf.Tensor:
        """What a layer sees at each place of a picture, (channels, places), each of unit length."""
        seen = tf.nn.relu(tf.cast(self._network(guide[None])[layer], tf.float32))
        return tf.transpose(tf.math.l2_normalize(tf.reshape(seen, (-1, seen.shape[-1])), -1))

    def _trace(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            activations = {layer: tf.cast(x, tf.float32) for layer, x in self._network(image[None]).items()}
            leaky = self._sum(activations, lambda x: tf.nn.leaky_relu(x, self._leak))
        return tape.gradient(leaky, image), self._sum(activations, tf.nn.relu)

    def _sum(self, activations: dict[str, tf.Tensor], activate) -> tf.Tensor:
        total = tf.constant(0.0)
        for term in self._objective.terms:
            of_layer = self._objective.wanted[term.layer]
            x = activations[term.layer]
            if term.channel is not None:
                at = of_layer.index(term.channel)
                x = x[..., at : at + 1]
            x = activate(x)
            if term.guide is not None:
                x = tf.reduce_max(x @ self._features[term.layer, term.guide], -1)
            total += term.weight * tf.reduce_mean(x)
        return total


class Motifs:
    """The gradients of many channels at once, each by a picture of its own: `branch` is a run of channels of `layer`
    that one convolution makes (see `network.branches`).

    Call it with float32 images (N, H, W, 3), RGB in [-1, 1], and the N channels' numbers in the layer; it returns the
    gradients, same shape, float32, and the channels' mean activations after the ReLU, (N,).
    """

    def __init__(self, layer: str, branch: range, weights: Weights, precision: str = "auto") -> None:
        wanted = {layer: tuple(branch)}
        require(wanted, weights)
        self._branch = branch
        self._network = Network(wanted, weights, tf.as_dtype(precision_for(precision)))
        spec = [tf.TensorSpec((None, None, None, 3), tf.float32), tf.TensorSpec((None,), tf.int32)]
        with quiet():
            self._compiled = tf.function(self._trace, input_signature=spec, autograph=False).get_concrete_function()

    def __call__(self, images: np.ndarray, channels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        at = np.array([self._branch.index(channel) for channel in channels], np.int32)
        gradients, values = self._compiled(tf.convert_to_tensor(images), tf.convert_to_tensor(at))
        return gradients.numpy(), values.numpy()

    def _trace(self, images: tf.Tensor, at: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            every = tf.cast(self._network.filters(images, at), tf.float32)  # each image by each channel
            own = tf.linalg.diag_part(tf.transpose(every, (1, 2, 0, 3)))  # (h, w, N)
            leaky = tf.reduce_sum(tf.reduce_mean(tf.nn.leaky_relu(own, LEAK), (0, 1)))
        return tape.gradient(leaky, images), tf.reduce_mean(tf.nn.relu(own), (0, 1))


class Activations:
    """What every channel of some layers sees in a picture.

    Call it with float32 images (N, H, W, 3), RGB in [-1, 1]; it returns {layer: mean activations after the ReLU,
    (N, channels)}, float32.
    """

    def __init__(self, layers: Sequence[str], weights: Weights, precision: str = "auto") -> None:
        wanted = {layer: tuple(range(LAYERS[layer])) for layer in layers}
        require(wanted, weights)
        self._network = Network(wanted, weights, tf.as_dtype(precision_for(precision)))
        spec = [tf.TensorSpec((None, None, None, 3), tf.float32)]
        with quiet():
            self._compiled = tf.function(self._trace, input_signature=spec, autograph=False).get_concrete_function()

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        return {layer: means.numpy() for layer, means in self._compiled(tf.convert_to_tensor(images)).items()}

    def _trace(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {layer: tf.reduce_mean(tf.nn.relu(tf.cast(x, tf.float32)), (1, 2))
                for layer, x in self._network(images).items()}
