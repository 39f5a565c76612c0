"""Many channels at once, whole layers at a glance, and guides: the same numbers as one by one."""

import numpy as np
import pytest

from kaleidocam.dream.compute.backends.registry import backend
from kaleidocam.dream.network.gradient import Activations, Gradient, MotifGradients, Network
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.errors import UserError

LAYERS = INCEPTION_V3.layers
REACHED = [layer for layer in LAYERS if layer <= "mixed5" and len(layer) == 6]


@pytest.fixture(scope="module")
def weights():
    return load("bundled")


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(5).uniform(-1, 1, (3, 112, 120, 3)).astype(np.float32)


@pytest.mark.parametrize("layer", LAYERS)
def test_branches_are_all_channels_in_order(layer):
    assert [channel for run in INCEPTION_V3.branches(layer) for channel in run] == list(range(LAYERS[layer]))


@pytest.mark.slow
@pytest.mark.parametrize("layer", REACHED)
def test_each_picture_climbs_its_own_channel(layer, weights, images):
    for number, run in enumerate(INCEPTION_V3.branches(layer)):
        channels = [run[-1], run[0], run[len(run) // 2]]
        gradients, values = MotifGradients(layer, run, weights, "float32")(images, channels)
        assert gradients.shape == images.shape
        each = list(zip(channels, images, gradients, values, strict=True))
        for channel, image, gradient, value in each if number == 0 else [each[number % len(each)]]:
            alone, worth = Gradient(parse(f"{layer}:{channel}"), weights, "float32")(image)
            assert np.abs(alone).max() > 0
            assert np.abs(gradient - alone).max() <= 1e-4 * np.abs(alone).max(), (layer, channel)
            assert value == pytest.approx(worth, rel=1e-4, abs=1e-6)


def test_a_channel_of_another_branch_is_refused(weights, images):
    with pytest.raises(ValueError):
        MotifGradients("mixed5", INCEPTION_V3.branches("mixed5")[0], weights)(images[:1], [700])


@pytest.mark.slow
def test_all_activations_are_those_of_the_objectives(weights, images):
    means = Activations(REACHED, weights, "float32")(images)
    assert {layer: of.shape for layer, of in means.items()} == {layer: (3, LAYERS[layer]) for layer in REACHED}
    for name in ("mixed0:0", "mixed3:500", "mixed5:767"):
        layer, channel = name.split(":")
        _, worth = Gradient(parse(name), weights, "float32")(images[1])
        assert means[layer][1, int(channel)] == pytest.approx(worth, rel=1e-4, abs=1e-6)


def test_layers_above_the_weights_are_refused(weights):
    with pytest.raises(UserError, match="end at mixed5"):
        Activations(["mixed6"], weights)
    with pytest.raises(UserError, match="end at mixed5"):
        MotifGradients("mixed6", INCEPTION_V3.branches("mixed6")[0], weights)


@pytest.mark.slow
def test_without_a_leak_a_sleeping_channel_gives_no_direction(weights):
    blank = np.zeros((100, 100, 3), np.float32)
    asleep = next(n for n in range(768) if Gradient(parse(f"mixed5:{n}"), weights, "float32")(blank)[1] == 0)
    objective = parse(f"mixed5:{asleep}")
    assert np.abs(Gradient(objective, weights, "float32", leak=0)(blank)[0]).max() == 0
    assert np.abs(Gradient(objective, weights, "float32")(blank)[0]).max() > 0


def test_a_guide_s_value_is_the_likeness_of_its_features(weights, images):
    """Worked out a second time, in NumPy, from a layer's own activations."""
    picture, guide = images[0], images[1]
    objective = parse("mixed2@guide.png")
    _, worth = Gradient(objective, weights, "float32", guides={"guide.png": guide})(picture)
    seen, wanted = (places(image, weights) for image in (picture, guide))
    wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
    assert worth == pytest.approx((seen @ wanted.T).max(1).mean(), rel=1e-3)


def places(image, weights):
    on = backend()
    seen = on.numpy(Network(on, {"mixed2": tuple(range(LAYERS["mixed2"]))}, weights)(on.array(image[None]))["mixed2"])
    return np.maximum(seen, 0).reshape(-1, seen.shape[-1])


@pytest.mark.slow
def test_towards_a_guide_a_picture_becomes_more_like_it_than_towards_another(weights):
    """Stripes and dots as guides: each grows its own."""
    y, x = np.mgrid[:128, :128].astype(np.float32)
    stripes = np.repeat(np.sin(x / 4)[..., None], 3, -1)
    dots = np.repeat(np.sign(np.sin(x / 4) * np.sin(y / 4) - 0.4)[..., None], 3, -1)
    guides = {"stripes": stripes, "dots": dots}
    towards = {name: Gradient(parse(f"mixed1@{name}"), weights, "float32", guides=guides) for name in guides}
    start = np.random.default_rng(2).uniform(-0.1, 0.1, (128, 128, 3)).astype(np.float32)
    grown = {}
    for name, gradient in towards.items():
        image = start.copy()
        for _ in range(12):
            direction, _ = gradient(image)
            image = np.clip(image + 0.1 * direction / direction.std(), -1, 1)
        grown[name] = image
    likeness = {(guide, of): towards[guide](grown[of])[1] for guide in guides for of in guides}
    own = likeness["stripes", "stripes"] * likeness["dots", "dots"]
    others = likeness["stripes", "dots"] * likeness["dots", "stripes"]
    assert own > 1.2 * others
