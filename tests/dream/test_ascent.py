"""The step: it climbs, its jitter is undone, and poison does not pass."""

import numpy as np
import pytest

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.gradient import Gradient
from kaleidocam.dream.imaging import PROCESSOR
from kaleidocam.dream.objective import parse
from kaleidocam.dream.weights import load
from kaleidocam.settings import Look


@pytest.fixture
def image():
    return np.random.default_rng(2).uniform(-0.5, 0.5, (96, 128, 3)).astype(np.float32)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (5, 0), (-5, 3), (4, -7)])
def test_a_shift_moves_and_is_undone(image, x, y):
    moved = PROCESSOR.shifted(image, x, y)
    assert moved.shape == image.shape
    assert moved[20 + y, 30 + x] == pytest.approx(image[20, 30])
    back = PROCESSOR.shifted_back(moved, x, y)
    np.testing.assert_array_equal(back[10:-10, 10:-10], image[10:-10, 10:-10])
    assert (back == 0).all(axis=2).sum() == 128 * 96 - (128 - abs(x)) * (96 - abs(y))


def test_it_climbs(image):
    ascent = Ascent(Gradient(parse("mixed3:394"), load("bundled"), "float32"), 16)
    values, dreamed = [], image
    for _ in range(12):
        dreamed = ascent(dreamed, 1 / 15, Look())
        values.append(ascent.value)
    assert values[-1] > 3 * values[0]
    assert dreamed.min() >= -1 and dreamed.max() <= 1 and dreamed.dtype == np.float32


def test_a_step_is_rate_times_seconds(image):
    noise = np.random.default_rng(4).normal(size=image.shape).astype(np.float32)
    ascent = Ascent(lambda x: (noise, 0.0), 16)
    look = Look(rate=0.6, jitter=0, evenness=0, tilt=0)
    assert (ascent(image * 0, 0.1, look)).std() == pytest.approx(0.06, rel=0.15)


def test_jitter_stays_within_its_reach_and_covers_it():
    seen = []

    def measure(x):
        seen.append(np.unravel_index(np.argmax(x[..., 0]), x.shape[:2]))
        return np.ones_like(x), 0.0

    dot = np.zeros((96, 96, 3), np.float32)
    dot[48, 48] = 1
    ascent = Ascent(measure, 16)
    for _ in range(64):
        ascent(dot, 0.0, Look(jitter=1))
    offsets = np.array(seen) - 48
    assert np.abs(offsets).max() == 8
    assert len({tuple(o // 4) for o in offsets}) >= 16  # every quarter of the stride, both ways


def test_poison_does_not_reach_the_picture(image):
    ascent = Ascent(lambda x: (np.full_like(x, np.nan), float("nan")), 16)
    np.testing.assert_array_equal(ascent(image, 1 / 15, Look()), image)


def test_luma_only_leaves_the_pictures_colours():
    rng = np.random.default_rng(5)
    image = np.zeros((96, 96, 3), np.float32)
    ascent = Ascent(lambda im: (rng.normal(size=im.shape).astype(np.float32), 0.0), 8)
    step = ascent(image, 0.1, Look(luma=1.0, rate=1))
    assert np.abs(step - step.mean(-1, keepdims=True)).max() < 1e-6
    coloured = Ascent(lambda im: (rng.normal(size=im.shape).astype(np.float32), 0.0), 8)(image, 0.1, Look(rate=1))
    assert step.std() == pytest.approx(coloured.std(), rel=0.1)  # and it is as strong
