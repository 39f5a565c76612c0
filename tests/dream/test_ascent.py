"""The step: it climbs, its jitter is undone, and poison does not pass."""

import numpy as np
import pytest

from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.network.gradient import Gradient
from kaleidocam.dream.network.weights import load
from kaleidocam.dream.objective import parse
from kaleidocam.settings.parameters import Look


@pytest.fixture
def image():
    return np.random.default_rng(2).uniform(-0.5, 0.5, (96, 128, 3)).astype(np.float32)


def test_it_climbs(image):
    ascent = Ascent(Gradient(parse("mixed3:394"), load("bundled"), "float32"), 16)
    values, dreamed = [], image
    for _ in range(12):
        dreamed = np.clip(ascent(dreamed, 1 / 15, Look()), -1, 1)
        values.append(ascent.value)
    assert values[-1] > 3 * values[0]
    assert dreamed.shape == image.shape and dreamed.dtype == np.float32


def test_a_step_is_rate_times_seconds(image):
    rng = np.random.default_rng(4)
    ascent = Ascent(lambda x: (rng.normal(size=x.shape).astype(np.float32), 0.0), 16)
    look = Look(rate=0.6, jitter=0, evenness=0, tilt=0)
    assert (ascent(image * 0, 0.1, look)).std() == pytest.approx(0.06, rel=0.15)


@pytest.mark.parametrize("stride", [8, 16])
@pytest.mark.parametrize("size", [(96, 96), (101, 138)])
def test_jitter_moves_the_picture_within_its_reach_and_covers_it(size, stride):
    seen, shapes = [], set()

    def measure(x):
        seen.append(np.unravel_index(np.argmax(x[..., 0]), x.shape[:2]))
        shapes.add(x.shape[:2])
        return np.ones_like(x), 0.0

    dot = np.zeros((*size, 3), np.float32)
    dot[48, 48] = 1
    ascent = Ascent(measure, stride, exact=11)
    for _ in range(64):
        ascent(dot, 0.0, Look(jitter=1))
    offsets = np.array(seen) - np.array(seen).min(0)
    assert (stride - 1 <= offsets.max(0)).all() and offsets.max() <= stride
    assert len({tuple(o * 4 // (stride + 1)) for o in offsets}) == 16  # every quarter of the stride, both ways
    (shape,) = shapes  # one size, so that what compiles for a size does so once
    assert all((side - 11) % stride == 0 and side >= own + 8 + stride for side, own in zip(shape, size, strict=True))


def test_what_the_network_is_shown_beside_the_picture_is_undone():
    """A gradient that is the picture itself comes back as it lies, whatever the jitter."""
    picture = np.random.default_rng(6).normal(size=(100, 120, 3)).astype(np.float32)
    ascent, plain = Ascent(lambda x: (x, 0.0), 16), Ascent(lambda x: (x, 0.0), 1)
    still = plain(picture, 0.1, Look(jitter=0)) - picture
    for _ in range(4):
        np.testing.assert_allclose(ascent(picture, 0.1, Look(jitter=2)) - picture, still, atol=1e-5)


def test_poison_does_not_reach_the_picture(image):
    ascent = Ascent(lambda x: (np.full_like(x, np.nan), float("nan")), 16)
    np.testing.assert_array_equal(ascent(image, 1 / 15, Look()), image)


def test_every_size_has_deviations_of_its_own():
    """Scales by turns are balanced as each would be alone."""
    rng = np.random.default_rng(7)
    pictures = {size: rng.normal(size=(*size, 3)).astype(np.float32) for size in ((96, 128), (140, 180))}
    strength = {96: 1.0, 140: 50.0}
    both = Ascent(lambda x: (x * strength[96 if x.shape[0] < 140 else 140], 0.0), 8)
    look = Look(jitter=0)
    for _ in range(3):
        for size, picture in pictures.items():
            alone = Ascent(lambda x: (x, 0.0), 8)(picture, 0.1, look) - picture
            np.testing.assert_allclose(both(picture, 0.1, look) - picture, alone, atol=1e-4)
