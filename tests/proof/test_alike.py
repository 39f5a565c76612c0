"""Which looks are close, of dreams that are known to be."""

import numpy as np
from proof import alike

from kaleidocam.dream.network.gradient import Activations
from kaleidocam.dream.network.weights import load


def stripes(angle, seed):
    """A picture and its dream: stripes at an angle over noise."""
    before = np.random.default_rng(seed).integers(90, 160, (252, 448, 3), dtype=np.uint8)
    y, x = np.mgrid[:252, :448]
    wave = 40 * np.sin((x * np.cos(angle) + y * np.sin(angle)) / 3)[..., None]
    return before, np.clip(before + wave, 0, 255).astype(np.uint8)


def test_the_same_dream_over_two_pictures_is_alike_and_another_is_not():
    seen = Activations(alike.LAYERS, load("bundled"), "float32")
    made = {"across": stripes(0.0, 1), "across again": stripes(0.0, 2), "down": stripes(np.pi / 2, 3)}
    looks = {name: alike.features([alike.dream_alone(*pair)], seen) for name, pair in made.items()}
    closest, *_, farthest = alike.neighbors(looks)
    assert {closest.name, closest.nearest} == {"across", "across again"}
    assert farthest.name == "down"
    assert closest.distance < 0.2 * farthest.distance


def test_the_picture_under_the_dream_is_taken_out():
    before, after = stripes(0.0, 1)
    plain = np.full_like(before, 100)
    on_gray = alike.dream_alone(plain, np.clip(plain + after.astype(int) - before, 0, 255).astype(np.uint8))
    assert np.abs(alike.dream_alone(before, after) - on_gray).max() < 0.05
    assert np.abs(alike.dream_alone(plain, plain)).max() < 0.01
