"""The layer: bounded, without drift, and laid over without touching what it does not cover."""

import cv2
import numpy as np
import pytest

from kaleidocam.dream.compute.imaging import to_network
from kaleidocam.picture import layer as layers
from kaleidocam.settings.parameters import Look


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)


def test_to_network_turns_colors_and_range(image):
    image[0, 0] = (255, 0, 128)  # blue, green, red
    np.testing.assert_allclose(to_network(image)[0, 0], [128 / 127.5 - 1, -1, 1], atol=1e-6)


def test_fade_halves_in_a_half_life():
    np.testing.assert_allclose(layers.fade(np.ones((2, 2, 3), np.float32), 0.5, 0.5), 0.5)


def test_the_bound_holds(image):
    x = to_network(image)
    wild = np.random.default_rng(1).normal(0, 5, x.shape).astype(np.float32)
    bounded = layers.bound(wild, x, 1 / 30, 0.4)
    assert np.abs(bounded).max() <= 0.4 + 1e-6  # float32
    assert (x + bounded).min() >= -1.000001 and (x + bounded).max() <= 1.000001


def test_a_tint_is_taken_out_but_detail_stays():
    x = np.zeros((96, 160, 3), np.float32)
    detail = np.random.default_rng(2).normal(0, 0.1, x.shape).astype(np.float32)
    layer = detail + np.float32(0.3)
    for _ in range(90):
        layer = layers.bound(layer, x, 1 / 30, 2.0)
    assert abs(layer.mean()) < 0.03
    assert np.corrcoef(layer.ravel(), detail.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("level", [255, 0])
def test_white_and_black_dream_as_strongly_as_gray(level):
    """A pattern that pulls as far up as down grows both ways also where the picture is all but white or black."""
    pattern, strength = np.zeros((96, 160, 3), np.float32), {}
    pattern[::8], pattern[4::8] = 0.04, -0.04
    for of in (level, 128):
        x = to_network(np.full((96, 160, 3), of, np.uint8))
        layer = np.zeros_like(x)
        for _ in range(90):
            layer = layers.bound(layer * np.float32(0.985) + pattern, x, 1 / 30, 1.0)
        assert np.abs(x + layer).max() <= 1.000001
        strength[of] = layer.std()
    assert strength[level] > 0.8 * strength[128]


@pytest.mark.parametrize("size", [(45, 80), (63, 112)])
def test_a_drift_is_the_same_at_another_size(size):
    shape, look = (90, 160), Look(drift_zoom=0.4, drift_turn=0.1, drift_x=0.2)
    drift = layers.drift_of(look, 0.5, (70, 40), shape)
    smooth = cv2.GaussianBlur(np.random.default_rng(3).normal(size=(*shape, 3)), (0, 0), 8).astype(np.float32) * 20
    small = cv2.resize(smooth, size[::-1], interpolation=cv2.INTER_AREA)
    there = layers.drifted(small, layers.drift_at(drift, shape, size))
    expected = cv2.resize(layers.drifted(smooth, drift), size[::-1], interpolation=cv2.INTER_AREA)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(there - expected)[inner].mean() < 0.05 * np.abs(expected - small)[inner].mean()


def test_an_empty_layer_leaves_the_picture_untouched(image):
    np.testing.assert_array_equal(layers.lay_over(image, np.zeros((45, 80, 3), np.float32), 1.0), image)


@pytest.mark.parametrize("strength", [1.0, 2.0])  # in bytes, and not
@pytest.mark.parametrize("size", [(320, 192), (640, 384)])
def test_a_crisp_edge_is_narrower_and_has_no_halo(strength, size):
    picture, layer = np.full((*size[::-1], 3), 128, np.uint8), np.full((96, 160, 3), -0.4, np.float32)
    layer[:, 80:] = 0.4
    soft, crisp = (layers.lay_over(picture, layer, strength, by)[size[1] // 2, :, 0].astype(int) for by in (0.0, 2.0))
    assert np.abs(np.diff(crisp)).max() > 1.4 * np.abs(np.diff(soft)).max()
    assert crisp.min() >= soft.min() and crisp.max() <= soft.max()


def test_a_layer_that_is_not_enlarged_is_left_as_it_is(image):
    layer = np.random.default_rng(3).uniform(-0.3, 0.3, image.shape).astype(np.float32)
    np.testing.assert_array_equal(layers.lay_over(image, layer, 1.0, 2.0), layers.lay_over(image, layer, 1.0))


def test_a_layer_is_added_in_its_own_colors():
    red = np.zeros((48, 64, 3), np.float32)
    red[..., 0] = 0.2
    result = layers.lay_over(np.full((96, 128, 3), 100, np.uint8), red, 1.0)
    np.testing.assert_array_equal(result[50, 50], [100, 100, 126])  # BGR: 0.2 of 127.5 gray levels on red


def test_real_detail_stays_sharp_at_any_size():
    rng = np.random.default_rng(5)
    picture = cv2.resize(rng.integers(60, 190, (360, 640, 3), dtype=np.uint8), (1280, 720))
    layer = cv2.GaussianBlur(rng.normal(0, 0.3, (90, 160, 3)).astype(np.float32), (0, 0), 2)
    difference = layers.lay_over(picture, layer, 1.0).astype(int) - picture
    assert cv2.Laplacian(difference.astype(np.float32), cv2.CV_32F).std() < 3  # nothing but a smooth layer was added


def test_color_zero_is_light_and_dark_only():
    gray = layers.colored(np.random.default_rng(3).normal(size=(4, 4, 3)).astype(np.float32), 0.0)
    np.testing.assert_allclose(gray[..., 0], gray[..., 2], atol=1e-6)


@pytest.mark.parametrize("strength, off", [(1.0, 1), (2.0, 2)])
def test_a_strong_layer_is_laid_over_as_a_weak_one(strength, off):
    """Whether the layer fits into bytes or not, the result is the saturated sum, but for its finer steps."""
    rng = np.random.default_rng(11)
    picture, layer = rng.integers(0, 256, (96, 160, 3), dtype=np.uint8), rng.uniform(-0.9, 0.9, (96, 160, 3))
    layer = layer.astype(np.float32)
    expected = np.clip(picture + np.rint(layer[..., ::-1] * 127.5 * strength), 0, 255)
    np.testing.assert_allclose(layers.lay_over(picture, layer, strength), expected, atol=off)
