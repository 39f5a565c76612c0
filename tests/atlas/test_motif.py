"""MotifGradients grow from noise, each channel its own, whoever is rendered beside it."""

from dataclasses import replace

import numpy as np
import pytest

from kaleidocam.atlas.book import SMALL, read_index
from kaleidocam.atlas.motif import ALIVE, CLEAR, LEAST_NOISE, Motif, render
from kaleidocam.dream.network.gradient import Activations, Gradient, MotifGradients
from kaleidocam.dream.network.inception import INCEPTION_V3
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse

SIZE = 96


@pytest.fixture(scope="module")
def weights():
    return load("bundled")


@pytest.fixture(scope="module")
def see(weights):
    return Activations(list(INCEPTION_V3.layers)[:6], weights, "float32")


@pytest.fixture(scope="module")
def spirals(weights, see):
    return render(
        "mixed5",
        [74, 9, 100],
        MotifGradients("mixed5", INCEPTION_V3.branches("mixed5")[0], weights, "float32"),
        see,
        SIZE,
    )


@pytest.mark.slow
def test_a_motif_excites_its_own_channel_more_than_the_others(spirals, weights):
    pictures = [motif.image[..., ::-1].astype(np.float32) / 127.5 - 1 for motif in spirals]
    for motif in spirals:
        assert motif.image.shape == (SIZE, SIZE, 3) and motif.image.dtype == np.uint8
        measure = Gradient(parse(f"mixed5:{motif.channel}"), weights, "float32")
        values = [measure(picture)[1] for picture in pictures]
        assert int(np.argmax(values)) == [m.channel for m in spirals].index(motif.channel)
        assert motif.alive and motif.value > ALIVE * motif.noise


@pytest.mark.slow
def test_a_motif_does_not_depend_on_its_neighbors(spirals, weights, see):
    measure = MotifGradients("mixed5", INCEPTION_V3.branches("mixed5")[0], weights, "float32")
    (alone,) = render("mixed5", [9], measure, see, SIZE)
    difference = alone.image.astype(int) - spirals[1].image
    assert np.abs(difference).mean() < 2  # the sums of a larger batch round otherwise
    (again,) = render("mixed5", [9], measure, see, SIZE)
    assert np.array_equal(alone.image, again.image)


@pytest.mark.slow
def test_a_motif_has_the_colors_of_nature(weights, see, monkeypatch):
    """Channel 51 of mixed0 sees red spots: light and dark are most of them, where the network's own colors are not."""
    (run,) = [run for run in INCEPTION_V3.branches("mixed0") if 51 in run]
    measure = MotifGradients("mixed0", run, weights, "float32")
    (natural,) = render("mixed0", [51], measure, see, SIZE)
    assert light_share(natural.image) > 0.8
    monkeypatch.setattr("kaleidocam.atlas.motif.CLEAR", replace(CLEAR, natural=0.0))
    (prism,) = render("mixed0", [51], measure, see, SIZE)
    assert light_share(prism.image) < 0.6 < light_share(natural.image) - 0.2


def light_share(image):
    """Of the picture's variance, what light and dark alone have."""
    return np.var(image.mean(2)) / np.var(image.astype(np.float64), axis=(0, 1)).mean()


def test_every_octave_of_a_recipe_is_climbed_at_its_size(monkeypatch):
    sizes = []

    def measure(images, channels):
        sizes.append(images.shape[1])
        return np.ones_like(images), np.zeros(len(images))

    recipe = replace(CLEAR, octaves=((0.5, 2), (0.75, 1), (1.0, 1)))
    monkeypatch.setattr("kaleidocam.atlas.motif.CLEAR", recipe)
    monkeypatch.setattr("kaleidocam.atlas.motif.ALIVE", 0.0)  # so that none is asleep
    render("mixed0", [0], measure, lambda images: {"mixed0": np.zeros((len(images), 256))}, SIZE)
    whole = SIZE + 2 * SIZE // 8
    assert sizes == [whole // 2, whole // 2, whole * 3 // 4, whole]


def test_a_channel_that_the_gentle_recipe_leaves_asleep_is_woken_just_enough(weights, see, monkeypatch):
    """Channel 1 of mixed0 answers to noise already."""
    (run,) = [run for run in INCEPTION_V3.branches("mixed0") if 1 in run]
    measure = MotifGradients("mixed0", run, weights, "float32")
    (woken,) = render("mixed0", [1], measure, see, 128)
    monkeypatch.setattr("kaleidocam.atlas.motif.ALIVE", 0.0)  # so that none is asleep
    (asleep,) = render("mixed0", [1], measure, see, 128)
    assert asleep.rise < ALIVE <= woken.rise < 1.5 * ALIVE
    assert not np.array_equal(asleep.image, woken.image)


def test_what_is_beneath_the_notice_of_noise_needs_a_real_motif():
    def motif(noise, value):
        return Motif(0, np.zeros((1, 1, 3), np.uint8), noise, value, seen=np.zeros(1))

    assert motif(1.0, 5.0).alive and not motif(1.0, 4.9).alive
    assert not motif(0.0, 0.0).alive and motif(0.0, ALIVE * LEAST_NOISE).alive


def test_every_channel_of_the_shipped_atlas_rose_fivefold_or_is_listed_as_dead():
    index = read_index(SMALL)
    assert sum(layer["count"] for layer in index["layers"].values()) == 3136
    for name, layer in index["layers"].items():
        assert layer["count"] == len(layer["rise"]) == INCEPTION_V3.layers[name]
        risen = {channel for channel, rise in enumerate(layer["rise"]) if rise >= ALIVE}
        assert risen | set(layer["dead"]) == set(range(layer["count"]))
        assert len(layer["dead"]) < 0.15 * layer["count"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mixed0:40", "mixed1:77", "mixed2:200", "mixed3:600", "mixed4:245", "mixed5:691"])
def test_the_shipped_figures_are_those_of_a_rendering_here(name, weights, see):
    """None of them is near ALIVE: a last digit, which differs from processor to processor, tips a weak channel over."""
    layer, channel = name.split(":")
    channel = int(channel)
    run = next(run for run in INCEPTION_V3.branches(layer) if channel in run)
    (motif,) = render(layer, [channel], MotifGradients(layer, run, weights), see, 128)
    of = read_index(SMALL)["layers"][layer]
    assert motif.alive == (channel not in of["dead"])
    assert motif.rise == pytest.approx(of["rise"][channel], rel=0.2)
