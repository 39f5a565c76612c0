"""A second network, as VGG is built, from its table and its numbers alone: parsed, dreamed, and cut as the first."""

from dataclasses import replace

import numpy as np
import pytest

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.network.architecture import Architecture
from kaleidocam.dream.network.gradient import Activations, Gradient, MotifGradients
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.table import IMAGE, Table
from kaleidocam.dream.network.weights import Weights, fold, load
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

THREE = (3, 3)
OBJECTIVE = "two:3 + 0.5*three^2 - 0.25*both:6 + one:1"


def small() -> Architecture:
    """Two blocks of 3×3 convolutions with a 2×2 max-pool behind each, then two branches, one of which pools."""
    t = Table()
    one = t.conv("one", t.conv("one/first", IMAGE, 4, THREE), 6, THREE)
    t.conv("two", t.pool("one/pool", one, "MAX", 2, "VALID", size=2), 8, THREE)
    t.conv("three", "two", 5, THREE)
    pooled = t.pool("both/pool", "two", "MAX", 2, "VALID", size=2)
    t.concat("both", t.conv("both/conv", "two", 4, (2, 2), 2, "VALID"), pooled)
    return Architecture("Small", t.nodes, t.layers(["one", "two", "three", "both"]), (0, -10, 5), (255, 245, 260))


SMALL = small()


@pytest.fixture(scope="module")
def stored():
    """Kernels and biases as a file has them: no batch norm."""
    rng, given, channels = (
        np.random.default_rng(11),
        {},
        {IMAGE: 3} | {n.name: n.channels for n in SMALL.nodes.values()},
    )
    for conv in SMALL.convolutions:
        shape = (*conv.kernel, channels[conv.source], conv.channels)
        scale = 1 / 128 if conv.source == IMAGE else 1  # its colors go from 0 to 255
        given[conv.position, "kernel"] = rng.normal(0, scale * np.sqrt(2 / np.prod(shape[:3])), shape)
        given[conv.position, "bias"] = rng.normal(0, 0.1, conv.channels)
    return given


@pytest.fixture(scope="module")
def weights(stored):
    return fold(stored, SMALL, "the test's weights")


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(3).uniform(-1, 1, (18, 22, 3)).astype(np.float32)


class Reference:
    """The same network written down a second time, in NumPy and in float64."""

    def __init__(self, stored):
        self._parts = [[stored[i, part] for part in ("kernel", "bias")] for i in range(len(SMALL.convolutions))]

    def _conv(self, x, number, stride=1, same=True):
        kernel, bias = self._parts[number]
        rows, columns = kernel.shape[:2]
        x = np.pad(x, ((1, 1), (1, 1), (0, 0))) if same else x
        windows = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), (0, 1))[::stride, ::stride]
        return np.maximum(np.einsum("hwcij,ijco->hwo", windows, kernel) + bias, 0)

    def __call__(self, image):
        """{layer: activations, (h, w, channels)}"""
        x = (image.astype(np.float64) + 1) / 2 * 255 + (0, -10, 5)
        one = self._conv(self._conv(x, 0), 1)
        two = self._conv(self._pool(one), 2)
        beside = [self._conv(two, 4, stride=2, same=False), self._pool(two)]
        return {"one": one, "two": two, "three": self._conv(two, 3), "both": np.concatenate(beside, -1)}

    def _pool(self, x):
        height, width = (side // 2 * 2 for side in x.shape[:2])
        return x[:height, :width].reshape(height // 2, 2, width // 2, 2, -1).max((1, 3))

    def objective(self, image):
        """What OBJECTIVE says."""
        seen = self(image)
        single = seen["two"][..., 3].mean() - 0.25 * seen["both"][..., 6].mean() + seen["one"][..., 1].mean()
        return single + 0.5 * np.square(seen["three"]).mean()


def test_the_table_says_how_layers_lie_in_the_image():
    assert [SMALL.stride(layer) for layer in SMALL.layers] == [1, 2, 2, 4] and SMALL.exact == 0
    assert SMALL.smallest("both") == 4
    assert SMALL.branches("both") == [range(4), range(4, 12)]
    assert parse(OBJECTIVE, SMALL).stride == 4


def test_its_activations_and_its_gradient_are_those_of_the_formulas(on, stored, weights, image):
    reference = Reference(stored)
    seen = Activations(list(SMALL.layers), weights, "float32", on=on)(image[None])
    for layer, truth in reference(image).items():
        np.testing.assert_allclose(seen[layer][0], truth.mean((0, 1)), rtol=1e-4, atol=1e-5, err_msg=layer)
    gradient, value = Gradient(parse(OBJECTIVE, SMALL), weights, "float32", leak=0, on=on)(image)
    assert value == pytest.approx(reference.objective(image), rel=1e-4)
    step, rng = 1e-6, np.random.default_rng(5)
    at = [tuple(rng.integers(0, side) for side in image.shape) for _ in range(60)]
    slopes = []
    for place in at:
        both = [image.astype(np.float64) for _ in range(2)]
        both[0][place] += step
        both[1][place] -= step
        slopes.append((reference.objective(both[0]) - reference.objective(both[1])) / (2 * step))
    assert np.abs(slopes).max() > 0
    np.testing.assert_allclose([gradient[place] for place in at], slopes, atol=1e-3 * np.abs(slopes).max())


def test_it_dreams(on, weights):
    picture = np.random.default_rng(4).uniform(-0.5, 0.5, (96, 101, 3)).astype(np.float32)
    objective = parse("both:5 + three:1", SMALL)
    ascent = Ascent(Gradient(objective, weights, "float32", on=on), objective.stride, exact=objective.of.exact)
    before, dreamed = ascent.measure(picture), picture
    for _ in range(6):
        dreamed = np.clip(ascent(dreamed, 1 / 15, Look()), -1, 1)
    assert ascent.measure(dreamed) > 1.2 * before > 0


def test_its_motifs_are_its_own(on, weights, image):
    gradients, values = MotifGradients("both", SMALL.branches("both")[1], weights, "float32", on=on)(image[None], [7])
    alone, worth = Gradient(parse("both:7", SMALL), weights, "float32", on=on)(image)
    np.testing.assert_allclose(gradients[0], alone, atol=1e-4 * np.abs(alone).max())
    assert values[0] == pytest.approx(worth, rel=1e-4)


def test_a_guide_leads_it(on, weights, image):
    gradient, value = Gradient(parse("two@a", SMALL), weights, "float32", guides={"a": image[::-1].copy()}, on=on)(
        image
    )
    assert value > 0 and gradient.any()


def test_an_objective_of_another_network_is_refused(weights):
    with pytest.raises(UserError, match="no layer 'four'; the layers are one, two, three, both"):
        parse("four:74", SMALL)
    with pytest.raises(UserError, match="mixed5 is a layer of InceptionV3, and the weights are Small's"):
        parse("mixed5:74", SMALL)
    with pytest.raises(UserError, match="no channel 8 in two; its channels are 0 to 7"):
        parse("two:8", SMALL)
    with pytest.raises(ValueError, match="an objective of InceptionV3 needs its weights, not those of Small"):
        Gradient(parse("mixed5:74"), weights)


def test_a_layer_above_the_weights_is_refused(weights):
    lower = Weights(SMALL, {name: weights[name] for name in ("one/first", "one")})
    with pytest.raises(UserError, match="two can't be dreamed with these weights, which end at one; use a lower layer"):
        Gradient(parse("two:3", SMALL), lower)


def test_its_weights_come_from_a_file(stored, weights, tmp_path):
    path = tmp_path / "small.npz"
    np.savez(path, **{f"{position:02d}/{part}": of for (position, part), of in stored.items()})
    read = load(str(path), SMALL)
    assert list(read) == list(weights) and read.of is SMALL
    np.testing.assert_array_equal(read["both/conv"].kernel, weights["both/conv"].kernel)
    with pytest.raises(UserError, match="hold no InceptionV3"):
        load(str(path))
    with pytest.raises(UserError, match="no weights 'bundled'; give the path of an .npz or .h5 file"):
        load("bundled", SMALL)


def test_a_gamma_is_folded(stored):
    conv = replace(INCEPTION_V3.convolutions[0], norm=replace(INCEPTION_V3.convolutions[0].norm, scaled=True))
    one = Architecture("One", {conv.name: conv}, {conv.name: conv.channels})
    rng = np.random.default_rng(2)
    norm = {part: rng.uniform(0.5, 1.5, 32) for part in ("gamma", "beta", "moving_mean", "moving_variance")}
    given = {(0, "kernel"): rng.normal(size=(3, 3, 3, 32))} | {(0, part): of for part, of in norm.items()}
    folded = fold(given, one, "the test's")[conv.name]
    x = rng.normal(size=32)  # what the convolution gives
    normed = (x - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + conv.norm.epsilon)
    scale = folded.kernel[0, 0, 0] / given[0, "kernel"][0, 0, 0]
    np.testing.assert_allclose(scale * x + folded.bias, norm["gamma"] * normed + norm["beta"], rtol=1e-4, atol=1e-5)


def test_no_layer_ends_in_an_average():
    t = Table()
    t.pool("mean", t.conv("one", IMAGE, 4), "AVG", 1, "SAME")
    with pytest.raises(ValueError, match="mean averages, so no layer of Wrong can end in it"):
        Architecture("Wrong", t.nodes, t.layers(["mean"])).branches("mean")
