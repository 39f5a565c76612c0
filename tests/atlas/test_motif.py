"""Motifs grow from noise, each channel its own, whoever is rendered beside it."""

import numpy as np
import pytest

from kaleidocam.atlas.book import SMALL, read_index
from kaleidocam.atlas.motif import ALIVE, LEAST_NOISE, Motif, render
from kaleidocam.dream.gradient import Activations, Gradient, Motifs
from kaleidocam.dream.network import LAYERS, branches
from kaleidocam.dream.objective import parse
from kaleidocam.dream.weights import load

SIZE = 96


@pytest.fixture(scope="module")
def weights():
    return load("bundled")


@pytest.fixture(scope="module")
def see(weights):
    return Activations(list(LAYERS)[:6], weights, "float32")


@pytest.fixture(scope="module")
def spirals(weights, see):
    return render("mixed5", [74, 9, 100], Motifs("mixed5", branches("mixed5")[0], weights, "float32"), see, SIZE)


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
def test_a_motif_does_not_depend_on_its_neighbours(spirals, weights, see):
    measure = Motifs("mixed5", branches("mixed5")[0], weights, "float32")
    alone, = render("mixed5", [9], measure, see, SIZE)
    difference = alone.image.astype(int) - spirals[1].image
    assert np.abs(difference).mean() < 2  # the sums of a larger batch round otherwise
    again, = render("mixed5", [9], measure, see, SIZE)
    assert np.array_equal(alone.image, again.image)


def test_a_channel_that_the_gentle_recipe_leaves_asleep_is_woken_just_enough(weights, see, monkeypatch):
    """Channel 222 of mixed0 answers to noise already."""
    run, = [run for run in branches("mixed0") if 222 in run]
    measure = Motifs("mixed0", run, weights, "float32")
    woken, = render("mixed0", [222], measure, see, 128)
    monkeypatch.setattr("kaleidocam.atlas.motif.ALIVE", 0.0)  # so that none is asleep
    asleep, = render("mixed0", [222], measure, see, 128)
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
        assert layer["count"] == len(layer["rise"]) == LAYERS[name]
        risen = {channel for channel, rise in enumerate(layer["rise"]) if rise >= ALIVE}
        assert risen | set(layer["dead"]) == set(range(layer["count"]))
        assert len(layer["dead"]) < 0.15 * layer["count"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mixed0:40", "mixed1:77", "mixed2:200", "mixed3:600", "mixed4:245", "mixed5:700"])
def test_the_shipped_figures_are_those_of_a_rendering_here(name, weights, see):
    layer, channel = name.split(":")
    channel = int(channel)
    run = next(run for run in branches(layer) if channel in run)
    motif, = render(layer, [channel], Motifs(layer, run, weights), see, 128)
    of = read_index(SMALL)["layers"][layer]
    assert motif.alive == (channel not in of["dead"])
    assert motif.rise == pytest.approx(of["rise"][channel], rel=0.2)
