"""VGG16: the real reading code, on weights made here, held against keras.applications."""

import h5py
import numpy as np
import pytest
import tensorflow as tf

from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.network import weights
from kaleidocam.dream.network.gradient import Activations, Gradient
from kaleidocam.dream.network.known import NETWORKS
from kaleidocam.dream.network.vgg16 import VGG16
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError
from kaleidocam.picture.assembly import make_dreamer
from kaleidocam.settings.parameters import Look, Machine

LAYERS = ("block1_conv2", "block2_conv2", "block3_conv1")


@pytest.fixture(autouse=True)
def nothing_kept():
    weights.load.cache_clear()
    yield
    weights.load.cache_clear()


@pytest.fixture(scope="module")
def numbers():
    """Kernel and bias of the convolutions up to block3_conv1, as a weight file has them: the colors are BGR."""
    rng = np.random.default_rng(6)
    found = {}
    for conv in VGG16.convolutions[:5]:
        below = 3 if conv.position == 0 else VGG16.convolutions[conv.position - 1].channels
        scale = (2 / (9 * below)) ** 0.5
        found[conv.name] = rng.normal(0, scale, (3, 3, below, conv.channels)), rng.normal(0, 0.1, conv.channels)
    return {name: tuple(part.astype(np.float32) for part in parts) for name, parts in found.items()}


@pytest.fixture(scope="module", params=["{0}/{0}_W_1:0 {0}/{0}_b_1:0", "{0}/{0}/kernel:0 {0}/{0}/bias:0"])
def file(request, numbers, tmp_path_factory):
    """Written as Keras 1 did, whose file keras.applications still fetches, and as later ones do."""
    path = tmp_path_factory.mktemp("vgg16") / "weights.h5"
    with h5py.File(path, "w") as opened:
        for name, parts in numbers.items():
            for place, part in zip(request.param.format(name).split(), parts, strict=True):
                opened[place] = part
    return path


@pytest.fixture(scope="module")
def theirs(numbers):
    """keras.applications' VGG16 with these numbers, up to block3_conv1."""
    full = tf.keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 96, 3))
    for name, parts in numbers.items():
        full.get_layer(name).set_weights(parts)
    return tf.keras.Model(full.input, [full.get_layer(name).output for name in LAYERS])


@pytest.mark.slow
def test_the_same_activations_as_kerass_own(file, theirs):
    levels = np.random.default_rng(7).uniform(0, 255, (1, 64, 96, 3)).astype(np.float32)
    expected = theirs(tf.keras.applications.vgg16.preprocess_input(levels.copy()))
    seen = Activations(LAYERS, weights.load(str(file)), "float32", on=backend("tensorflow", "cpu"))
    found = seen(levels / 127.5 - 1)
    for name, of in zip(LAYERS, expected, strict=True):
        mean = of.numpy().mean((1, 2))
        np.testing.assert_allclose(found[name], mean, atol=2e-4 * np.abs(mean).max())


def test_its_table_is_kerass(theirs):
    with_its_name = {layer.name: layer for layer in theirs.layers}
    for conv in VGG16.convolutions[:5]:
        assert with_its_name[conv.name].get_weights()[0].shape[3] == conv.channels
    assert VGG16.stride("block5_conv3") == 16 and len(VGG16.convolutions) == 13


def test_a_file_says_itself_whose_it_is(file):
    loaded = weights.load(str(file))
    assert loaded.of is VGG16 and list(loaded) == [conv.name for conv in VGG16.convolutions[:5]]
    assert weights.load("bundled").of is NETWORKS[0]


@pytest.mark.slow
def test_it_dreams(file):
    """A step of a look raises its objective."""
    look = Look(channel="block2_conv2:7", grid=(128, 96))
    dreamer = make_dreamer(look, Machine(weights=str(file), precision="float32"))
    image = np.random.default_rng(8).uniform(-0.5, 0.5, (96, 128, 3)).astype(np.float32)
    values = []
    for _ in range(6):
        image = dreamer(image, 0.1, look)
        values.append(dreamer.value)
    assert values[-1] > 1.2 * values[0]


def test_an_objective_says_which_network_it_is_of():
    assert parse("0.5*block3_conv1:4 + block2_conv2").of is VGG16
    assert parse("mixed4:2").of is NETWORKS[0]
    with pytest.raises(UserError, match="block3_conv1 is a layer of VGG16, .* are InceptionV3's; give --weights vgg16"):
        parse("block3_conv1:4", NETWORKS[0])
    with pytest.raises(UserError, match="mixed4 is a layer of InceptionV3, .* VGG16's; give --weights bundled"):
        parse("block3_conv1:4 + mixed4:2")


def test_weights_of_its_lower_part_say_how_to_get_all(file):
    loaded = weights.load(str(file))
    with pytest.raises(UserError, match="block4_conv1 can't be dreamed .* end at block3_conv1; use --weights vgg16"):
        VGG16.require(parse("block4_conv1:0").wanted, loaded)


def test_it_is_fetched_by_its_name(file, monkeypatch):
    asked = []
    monkeypatch.setattr(weights, "_fetched", lambda download: asked.append(download.name) or file)
    assert weights.load("vgg16").of is VGG16 and asked == [VGG16.download.name]


def test_a_gradient_by_it_is_of_an_image_s_own_shape(file):
    loaded = weights.load(str(file))
    gradient = Gradient(parse("block2_conv2:7", loaded.of), loaded, "float32", on=backend("tensorflow", "cpu"))
    assert gradient(np.zeros((96, 101, 3), np.float32))[0].shape == (96, 101, 3)
