"""The cut network gives keras.applications' own numbers, branch by branch."""

import re

import numpy as np
import pytest
import tensorflow as tf

from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.network.gradient import LEAK, PICTURES, Gradient, Network
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.table import Pool
from kaleidocam.dream.network.weights import Folded, Weights, load
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import SMALLEST_GRID

SIZE = (171, 139)  # width, height: odd, unequal, and large enough for mixed10


@pytest.fixture(scope="module")
def keras_model():
    """keras.applications' own network with every mixed layer as an output, and random weights of a sane scale."""
    model = tf.keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(SIZE[1], SIZE[0], 3))
    rng = np.random.default_rng(7)
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.Conv2D):
            shape = layer.kernel.shape
            layer.set_weights([rng.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape)])
        elif isinstance(layer, tf.keras.layers.BatchNormalization):
            n = layer.beta.shape[0]
            layer.set_weights([rng.normal(0, 0.1, n), rng.normal(0, 0.1, n), rng.uniform(0.7, 1.3, n)])
    return tf.keras.Model(model.input, {name: model.get_layer(name).output for name in INCEPTION_V3.layers})


def number_of(layer):
    """conv2d -> 0, conv2d_17 -> 17."""
    return int((re.findall(r"\d+$", layer.name.removeprefix("conv2d")) or [0])[0])


@pytest.fixture(scope="module")
def same_weights(keras_model):
    """The same numbers, folded by the formula, in our own order."""
    of_kind = {
        kind: [la for la in keras_model.layers if isinstance(la, kind)]
        for kind in (tf.keras.layers.Conv2D, tf.keras.layers.BatchNormalization)
    }
    by_number = {kind: sorted(layers, key=number_of) for kind, layers in of_kind.items()}
    folded = {}
    for conv, k, b in zip(INCEPTION_V3.convolutions, *by_number.values(), strict=True):
        beta, mean, variance = (w.astype(np.float64) for w in b.get_weights())
        scale = 1 / np.sqrt(variance + 1e-3)
        folded[conv.name] = Folded(
            (k.get_weights()[0] * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)
        )
    return Weights(INCEPTION_V3, folded)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(3).uniform(-1, 1, (1, SIZE[1], SIZE[0], 3)).astype(np.float32)


@pytest.fixture(scope="module")
def truth(keras_model, image):
    return {name: value.numpy() for name, value in keras_model(image).items()}


def branch_ends(layer):
    """An end of every branch of a mixed layer: by turns, from layer to layer too, its first channel and its last."""
    first, ends, turn = 0, [], list(INCEPTION_V3.layers).index(layer)
    for i, source in enumerate(INCEPTION_V3.nodes[layer].sources):
        count = INCEPTION_V3.nodes[source].channels
        ends.append(first if (i + turn) % 2 else first + count - 1)
        first += count
    return ends


def seen(wanted, weights, image, on=None):
    """{layer: activations after the ReLU}, by the default backend or another."""
    on = on or backend()
    network = Network(on, wanted, weights)
    compiled = on.compiled(lambda images: network(images), [PICTURES])
    return {layer: np.maximum(on.numpy(of), 0) for layer, of in compiled(on.array(image)).items()}


@pytest.mark.slow
@pytest.mark.parametrize("layer", INCEPTION_V3.layers)
def test_every_branch_equals_keras(layer, same_weights, image, truth):
    assert truth[layer].std(axis=(0, 1, 2)).astype(bool).mean() > 0.5  # most channels have something to compare
    for channel in branch_ends(layer):
        ours = seen({layer: (channel,)}, same_weights, image)[layer][..., 0]
        theirs = truth[layer][..., channel]
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(truth[layer]).max()), (layer, channel)


@pytest.mark.slow
def test_all_layers_equal_keras(on, same_weights, image, truth):
    ours = seen({layer: tuple(range(count)) for layer, count in INCEPTION_V3.layers.items()}, same_weights, image, on)
    for layer in INCEPTION_V3.layers:
        assert ours[layer].shape == truth[layer].shape
        assert np.abs(ours[layer] - truth[layer]).max() <= 1e-5 * max(1, np.abs(truth[layer]).max())


def test_channels_across_branches_come_in_order(same_weights, image, truth):
    channels = (3, 64, 200, 255)
    ours = seen({"mixed0": channels}, same_weights, image)["mixed0"]
    np.testing.assert_allclose(ours, truth["mixed0"][..., channels], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("power", "squared", "leak"),
    [
        ("", tf.identity, 0.0),  # as Keras's own ReLU
        ("^2", tf.square, LEAK),  # it has no part in squares
    ],
)
def test_the_gradient_equals_keras(on, keras_model, same_weights, image, truth, power, squared, leak):
    awake = truth["mixed3"].mean((0, 1, 2)).argsort()[-3:]
    x, off = tf.constant(image), []
    for channel in awake:
        with tf.GradientTape() as tape:
            tape.watch(x)
            seen = {layer: squared(output) for layer, output in keras_model(x).items()}
            value = 0.7 * tf.reduce_mean(seen["mixed3"][..., channel]) + 0.3 * tf.reduce_mean(seen["mixed5"])
        theirs = tape.gradient(value, x).numpy()[0]
        objective = parse(f"0.7*mixed3:{channel}{power} + 0.3*mixed5{power}")
        ours, our_value = Gradient(objective, same_weights, "float32", leak=leak, on=on)(image[0])
        assert our_value == pytest.approx(float(value), rel=1e-5)
        off.append(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))
    # Max-pooling gives its gradient to one of two nearly equal values, and a last bit decides to which: processors
    # differ in a few such places, each of which shows in one channel or another.
    assert max(off) <= 5e-3 and min(off) <= 1e-4, off


def test_a_channel_that_sleeps_still_has_a_direction(same_weights, image):
    name = INCEPTION_V3.nodes["mixed0"].sources[0]
    kernel, bias = same_weights[name].kernel, same_weights[name].bias - 100
    asleep = Weights(INCEPTION_V3, {**same_weights, name: Folded(kernel, bias)})
    direction, value = Gradient(parse("mixed0:3"), asleep, "float32")(image[0])
    assert value == 0 and np.abs(direction).max() > 0
    direction, value = Gradient(parse("mixed0:3^2"), asleep, "float32")(image[0])
    assert value == 0 and not direction.any(), "squared it sleeps on"


def test_along_the_gradient_squares_rise_as_it_says():
    """Finite differences, in the bundled network: what is added along the gradient, times its length, is the rise."""
    x = np.random.default_rng(5).uniform(-0.5, 0.5, (112, 128, 3)).astype(np.float32)
    measure = Gradient(parse("mixed3^2 + 0.5*mixed5:74^2 + mixed4^2"), load("bundled"), "float32")
    gradient, _ = measure(x)
    length = np.linalg.norm(gradient)
    step = 0.02 / length * gradient
    assert measure(x + step)[1] - measure(x - step)[1] == pytest.approx(2 * 0.02 * length, rel=0.02)


def test_only_what_is_needed_runs():
    assert not [name for name in INCEPTION_V3.cut({"mixed5": (74,)}).whole if name.startswith(("mixed5", "mixed6"))]
    pooled = INCEPTION_V3.cut({"mixed3": (480,)})
    assert not [name for name in pooled.whole if name.startswith("mixed2")]
    assert isinstance(INCEPTION_V3.nodes[pooled.ends[0][1][0]], Pool) and pooled.ends[0][0].channels == (0,)


def test_bfloat16_points_the_same_way():
    x = np.random.default_rng(5).uniform(-1, 1, (128, 128, 3)).astype(np.float32)
    exact, _ = Gradient(parse("mixed3:10"), load("bundled"), "float32")(x)
    rough, _ = Gradient(parse("mixed3:10"), load("bundled"), "bfloat16")(x)
    assert np.corrcoef(exact.ravel(), rough.ravel())[0, 1] > 0.9


def test_a_layer_above_the_weights_is_refused():
    with pytest.raises(UserError, match="mixed7 can't be dreamed .* end at mixed5; use --weights imagenet"):
        Gradient(parse("mixed7:3"), load("bundled"))


def test_one_gradient_serves_every_size(same_weights):
    x = np.random.default_rng(6).uniform(-1, 1, (SMALLEST_GRID, SMALLEST_GRID, 3)).astype(np.float32)
    used, fresh = (Gradient(parse("mixed3:10"), same_weights, "float32") for _ in range(2))
    used(np.zeros((120, 160, 3), np.float32))
    np.testing.assert_allclose(used(x)[0], fresh(x)[0], rtol=1e-4, atol=1e-9)
