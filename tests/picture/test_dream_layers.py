"""The dreams of a look together: the network is asked by turns, each lies where it belongs, under its own mirrors."""

from collections import Counter

import numpy as np
import pytest

from kaleidocam.dream.base import Plain
from kaleidocam.frame import Frame
from kaleidocam.mask.masks import Masks
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look

SIDE, FPS, CADENCE = 96, 30, 10
STEPS = {"mixed3:1": 0.4, "mixed3:2": -0.4}  # which way a channel dreams
PICTURE = np.random.default_rng(2).integers(90, 160, (SIDE, SIDE, 3), dtype=np.uint8)
QUIET = {"burst": 0, "cadence": CADENCE, "outline": 0.0, "scales": 1, "palette": "prism", "half_life": 60.0}
BOTH = Look(channel="mixed3:1", layer_channel="mixed3:2", **QUIET)


class Left:
    """A mask of the left half."""

    def of(self, sight):
        mask = np.zeros((SIDE, SIDE), np.float32)
        mask[:, : SIDE // 2] = 1
        return mask

    def state(self):
        return {}

    def restore(self, state):
        pass


class Gray(Left):
    """A mask that is a shade below the half everywhere."""

    def of(self, sight):
        return np.full((SIDE, SIDE), 0.4, np.float32)


def dreamed(look, seconds=1.0, mask=Left):
    """The last layer, and how often each channel was asked."""
    asked = Counter()

    def step(image, seconds, look):
        asked[look.channel] += 1
        return np.clip(image + np.float32(STEPS[look.channel] * seconds), -1, 1)

    def another():
        return Plain(step)

    eye = Eye((SIDE, SIDE), Tracker(), masks=Masks(lambda name: mask()))
    dream = Dream((SIDE, SIDE), another(), another=another)
    for i in range(round(seconds * FPS) + 1):
        layer = dream.advance(eye.see(Frame(PICTURE, i / FPS, i), look), look)
    return layer, asked


def test_two_dreams_ask_the_network_as_often_as_one():
    (_, alone), (_, both) = (dreamed(BOTH.model_copy(update={"layer_amount": share}), 4) for share in (0.0, 0.5))
    assert alone["mixed3:1"] == pytest.approx(4 * CADENCE, abs=2)
    assert sum(both.values()) == pytest.approx(4 * CADENCE, abs=3)
    assert abs(both["mixed3:1"] - both["mixed3:2"]) <= 1


def test_a_dream_that_is_covered_everywhere_leaves_the_network_to_the_other():
    _, asked = dreamed(BOTH, 4)
    assert asked["mixed3:1"] <= 2 and asked["mixed3:2"] == pytest.approx(4 * CADENCE, abs=2)


def test_a_masked_layer_lies_on_its_mask():
    layer, _ = dreamed(BOTH.model_copy(update={"layer_mask": "people"}))
    assert layer[:, :40].mean() < -0.05 and layer[:, 56:].mean() > 0.05


def test_the_subject_s_dream_lies_on_the_subject_and_the_layer_over_both():
    steps = {"subject_channel": "mixed3:2", "layer_channel": ""}
    layer, _ = dreamed(BOTH.model_copy(update=steps))
    assert layer[:, :40].mean() < -0.05 and layer[:, 56:].mean() > 0.05
    layer, _ = dreamed(BOTH.model_copy(update=steps | {"layer_channel": "mixed3:1"}))
    assert layer.mean() > 0.05 and layer.std() < 0.02


def test_shades_of_an_exact_mask_stay_shades_where_its_edge_is_softened():
    subject = {"subject_channel": "mixed3:2", "layer_channel": "", "mask": "luma"}
    hard, soft = (dreamed(BOTH.model_copy(update=subject | {"subject_soft": by}), mask=Gray)[0] for by in (0.0, 0.05))
    assert np.abs(hard - soft).max() < 0.01


def test_only_the_layer_is_under_its_own_mirrors():
    def looks(**mirrors):
        return BOTH.model_copy(update={"channel": "mixed3:2", "layer_channel": "mixed3:1", **mirrors})

    def symmetric(layer):
        return np.abs(layer - layer[:, ::-1]).mean() < 1e-5

    STEPS["mixed3:1"], before = np.linspace(-0.4, 0.4, SIDE)[None, :, None].astype(np.float32), STEPS["mixed3:1"]
    try:
        assert symmetric(dreamed(looks(layer_geometry="left"))[0])
        assert not symmetric(dreamed(looks())[0])
    finally:
        STEPS["mixed3:1"] = before


def test_a_film_goes_on_with_its_layers():
    """`tests/film/test_subject_film.py` does so from whole states; here one of an earlier version has none of them."""
    eye, dream = Eye((SIDE, SIDE), Tracker()), Dream((SIDE, SIDE), Plain(lambda image, seconds, look: image))
    dream.advance(eye.see(Frame(PICTURE, 0.0, 0), BOTH), BOTH)
    earlier = {name: value for name, value in dream.state().items() if name not in ("chorus", "turn")}
    other = Dream((SIDE, SIDE), Plain(lambda image, seconds, look: image))
    other.restore(earlier)
    assert other.state()["chorus"]["parts"] == {} and other.layer.shape == (SIDE, SIDE, 3)
