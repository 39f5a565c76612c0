"""The gradient of an objective by the image, for any network and any backend.

Invariant: the same activations as the full network with the same weights, at a fraction of the work. No framework here:
each is behind `backends.base.Backend`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from kaleidocam.dream.compute.backends.base import Array, Backend, Kernel, Spec
from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.network.architecture import Cut
from kaleidocam.dream.network.table import IMAGE, Conv, Node, Pool
from kaleidocam.dream.network.weights import Weights
from kaleidocam.dream.objective import Objective

LEAK = 0.1  # slope below zero of the objective's own ReLU: an inactive channel still gives a direction
PICTURE, PICTURES = Spec((None, None, 3)), Spec((None, None, None, 3))
COLORS = ((-1.0,) * 3, (1.0,) * 3)  # black and white of the input images
LEAST_LENGTH = 1e-12  # least squared length of a guide's features, against division by zero


class Network:
    """A network, cut to an objective: (N, H, W, 3) in [-1, 1] -> {layer: activations before the last ReLU}.

    The activations of a layer are (N, h, w, n) float32 for its n requested channels, in ascending order.
    UserError where the weights do not reach as high as the objective.
    """

    def __init__(
        self, on: Backend, wanted: Mapping[str, tuple[int, ...]], weights: Weights, precision: str = "float32"
    ) -> None:
        of = weights.of
        of.require(wanted, weights)
        self._on, self._precision, self._of = on, precision, of
        self._cuts = {layer: of.cut({layer: channels}) for layer, channels in wanted.items()}
        self._whole = [of.nodes[name] for name in of.cut(wanted).whole]
        self._kernels = {
            node.name: self._kernel(weights, node.name, slice(None)) for node in self._whole if isinstance(node, Conv)
        }
        self._ends = {
            layer: [self._kernel(weights, piece.node, list(piece.channels)) for piece, _ in layer_cut.ends]
            for layer, layer_cut in self._cuts.items()
        }
        self._colors = None if (of.black, of.white) == COLORS else self._line(np.array(of.black), np.array(of.white))

    def _line(self, black: np.ndarray, white: np.ndarray) -> tuple[Array, Array]:
        """The factor and the offset, (3,) each, that map -1 to `black` and 1 to `white`."""
        return tuple(self._on.array(of.astype(np.float32)) for of in ((white - black) / 2, (white + black) / 2))

    def _kernel(self, weights: Weights, name: str, filters: slice | list[int]) -> Kernel:
        folded = weights[name]
        return self._on.kernel(folded.kernel[..., filters], folded.bias[filters], self._precision)

    def __call__(self, images: Array) -> dict[str, Array]:
        values = self._trunk(images)
        return {
            layer: self._on.unplaned(self._layer(layer_cut, self._ends[layer], values))
            for layer, layer_cut in self._cuts.items()
        }

    def filters(self, images: Array, at: Array) -> Array:
        """Like a call, but only the filters `at`, (n,) int32. The network must be cut to one branch of one layer."""
        ((layer, layer_cut),) = self._cuts.items()
        (kernel,) = self._ends[layer]
        return self._on.unplaned(self._layer(layer_cut, [self._on.picked(kernel, at)], self._trunk(images)))

    def _trunk(self, images: Array) -> dict[str, Array]:
        if self._colors:
            images = images * self._colors[0] + self._colors[1]
        values = {IMAGE: self._on.planes(images, self._precision)}
        for node in self._whole:
            values[node.name] = self._node(node, values)
        return values

    def _node(self, node: Node, values: dict[str, Array]) -> Array:
        on = self._on
        if isinstance(node, Conv):
            return on.relu(on.conv(values[node.source], self._kernels[node.name], node.stride, node.padding))
        if isinstance(node, Pool):
            return on.pool(values[node.source], node.kind, node.stride, node.padding, node.size)
        return on.beside([values[source] for source in node.sources])

    def _layer(self, layer_cut: Cut, kernels: Sequence[Kernel], values: dict[str, Array]) -> Array:
        """The last ReLU is omitted here. Max-pooling commutes with it, so pooled ends stay exact."""
        ends = []
        for (piece, pools), kernel in zip(layer_cut.ends, kernels, strict=True):
            conv = self._of.conv(piece.node)
            end = self._on.conv(values[conv.source], kernel, conv.stride, conv.padding)
            for pool in map(self._of.pool, pools):
                end = self._on.pool(end, pool.kind, pool.stride, pool.padding, pool.size)
            ends.append(end)
        return self._on.beside(ends)


class Gradient:
    """The direction in which an objective rises fastest, compiled once for all sizes or once per size.

    Call it with a float32 image (H, W, 3), RGB in [-1, 1]; it returns the gradient, same shape, float32, and the
    objective's value (mean activation, or mean squared activation, after the ReLU, as users of Keras would measure it).
    The first image of a size takes a little longer. Raises UserError where the weights do not reach the objective.
    `rising` is the same function on arrays of the backend.
    """

    def __init__(
        self,
        objective: Objective,
        weights: Weights,
        precision: str = "auto",
        *,
        leak: float = LEAK,
        guides: Mapping[str, np.ndarray] = MappingProxyType({}),
        on: Backend | None = None,
    ) -> None:
        """`weights`: of the objective's network. `precision`: "auto", "float32" or "bfloat16". `leak`: the slope below
        zero that the gradient sees; 0 is the network's own ReLU, as in the classic DeepDream. `guides`: the picture of
        each guide that the objective names, (h, w, 3) float32, RGB in [-1, 1]. `on`: the backend, by default the one
        that the environment selects."""
        if objective.of is not weights.of:
            raise ValueError(f"an objective of {objective.of.name} needs its weights, not those of {weights.of.name}")
        self.on = on or backend()
        self.precision = self.on.precision_for(precision)
        self.objective, self._leak = objective, leak
        self._network = Network(self.on, objective.wanted, weights, self.precision)
        self._features = {
            (term.layer, term.guide): self._features_of(term.layer, guides[term.guide])
            for term in objective.terms
            if term.guide is not None
        }
        self.rising = self.on.rising(self._score, [PICTURE])

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, float]:
        gradient, value = self.rising(self.on.array(image))
        return self.on.numpy(gradient), float(value)

    def _features_of(self, layer: str, guide: np.ndarray) -> Array:
        """The features of a layer at each place of a picture, (channels, places), each of unit length."""
        seen = self.on.numpy(self.on.relu(self._network(self.on.array(guide[None]))[layer]))
        places = seen.reshape(-1, seen.shape[-1])
        lengths = np.sqrt(np.maximum(np.square(places).sum(-1, keepdims=True), np.float32(LEAST_LENGTH)))
        return self.on.array((places / lengths).T)

    def _score(self, image: Array) -> tuple[Array, Array]:
        activations = self._network(image[None])
        return self._sum(activations, self._leak), self._sum(activations, 0.0)

    def _sum(self, activations: dict[str, Array], leak: float) -> Array:
        total = 0.0
        for term in self.objective.terms:
            of_layer = self.objective.wanted[term.layer]
            x = activations[term.layer]
            if term.channel is not None:
                at = of_layer.index(term.channel)
                x = x[..., at : at + 1]
            # With squares a leak would point the wrong way: an inactive channel would rise by becoming more negative.
            x = self.on.relu(x, 0.0 if term.squared else leak)
            if term.squared:
                x = x * x
            if term.guide is not None:
                x = self.on.highest(x @ self._features[term.layer, term.guide], -1)
            total = total + term.weight * self.on.mean(x, tuple(range(len(x.shape))))
        return total


class MotifGradients:
    """The gradients of many channels at once, each by its own picture. `branch`: a run of channels of `layer` that a
    single convolution makes (see `Architecture.branches`).

    Call it with float32 images (N, H, W, 3), RGB in [-1, 1], and the numbers of the N channels in the layer. It returns
    the gradients, same shape, float32, and the channels' mean activations after the ReLU, (N,).
    """

    def __init__(
        self, layer: str, branch: range, weights: Weights, precision: str = "auto", *, on: Backend | None = None
    ) -> None:
        self._on = on or backend()
        self._branch = branch
        self._network = Network(self._on, {layer: tuple(branch)}, weights, self._on.precision_for(precision))
        self._rising = self._on.rising(self._score, [PICTURES, Spec((None,), whole=True), Spec((None, None))])

    def __call__(self, images: np.ndarray, channels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        at = np.array([self._branch.index(channel) for channel in channels], np.int32)
        count = len(at)
        if self._on.fixed:  # for few different sizes: pad to the next power of two
            more = (0, (1 << (count - 1).bit_length()) - count)
            images, at = np.pad(images, (more, (0, 0), (0, 0), (0, 0))), np.pad(at, (more,))
        own = np.eye(len(at), dtype=np.float32)  # pairs each image with its own channel
        gradients, values = self._rising(*(self._on.array(of) for of in (images, at, own)))
        return self._on.numpy(gradients)[:count], self._on.numpy(values)[:count]

    def _score(self, images: Array, at: Array, own: Array) -> tuple[Array, Array]:
        seen = self._on.sum(self._network.filters(images, at) * own[:, None, None, :], (3,))
        leaky = self._on.mean(self._on.relu(seen, LEAK), (1, 2))
        return self._on.sum(leaky, (0,)), self._on.mean(self._on.relu(seen), (1, 2))


class Activations:
    """The mean activations of all channels of some layers.

    Call it with float32 images (N, H, W, 3), RGB in [-1, 1]; it returns {layer: mean activations after the ReLU,
    (N, channels)}, float32.
    """

    def __init__(
        self, layers: Sequence[str], weights: Weights, precision: str = "auto", *, on: Backend | None = None
    ) -> None:
        self._on = on or backend()
        wanted = {layer: tuple(range(weights.of.layers[layer])) for layer in layers}
        self._network = Network(self._on, wanted, weights, self._on.precision_for(precision))
        self._compiled = self._on.compiled(self._means, [PICTURES])

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        return {layer: self._on.numpy(means) for layer, means in self._compiled(self._on.array(images)).items()}

    def _means(self, images: Array) -> dict[str, Array]:
        return {layer: self._on.mean(self._on.relu(x), (1, 2)) for layer, x in self._network(images).items()}
