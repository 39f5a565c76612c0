"""The layer: bounded, and without drift."""

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


@pytest.mark.parametrize(
    ("look", "seconds", "there"),
    [
        ({"drift_turn": 0.25}, 1.0, (80, 68)),  # clockwise: from the right of the center to below it
        ({"drift_turn": -0.25}, 1.0, (80, 28)),
        ({"drift_turn": 0.5}, 0.5, (80, 68)),
        ({"drift_x": 0.25}, 1.0, (140, 48)),  # a quarter of the width
        ({"drift_x": -0.5}, 0.5, (60, 48)),
        ({"drift_y": 0.25}, 1.0, (100, 72)),  # a quarter of the height
        ({"drift_zoom": 1.0}, 1.0, (120, 48)),  # twice as far from the center
        ({"drift_zoom": -1.0}, 1.0, (90, 48)),
        ({"drift_turn": 0.25, "drift_x": 0.25}, 1.0, (120, 68)),  # turned, then moved
        ({}, 1.0, (100, 48)),
        ({"drift_x": 0.25}, 0.0, (100, 48)),
    ],
)
def test_a_drift_takes_what_lies_right_of_the_center_to_where_it_must_be(look, seconds, there):
    layer = np.zeros((96, 160, 3), np.float32)
    layer[46:51, 98:103] = 1
    drift = layers.drift_of(Look(**look), seconds, (80, 48), layer.shape)
    after = layers.drifted(layer, drift)[there[1] - 14 : there[1] + 15, there[0] - 14 : there[0] + 15, 0]
    middle = np.mean(np.nonzero(after > 0.5), axis=1) - 14  # the border reflects, so it may stand elsewhere too
    assert middle == pytest.approx(0, abs=0.6)
    assert (drift is None) == (there == (100, 48))


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
        assert of == 128 or np.abs(x + layer).mean() > 0.65  # a white wall is a little less white, no gray one
    assert strength[level] > 0.8 * strength[128]


def test_a_tint_is_taken_out_of_each_region_by_itself():
    """One half too light and one as much too dark: their mean is right, and both are not."""
    x = np.zeros((96, 160, 3), np.float32)
    layer = np.full_like(x, 0.3)
    layer[:, 80:] = -0.3
    for frames in (21, 42):  # 0.7 seconds, and twice that
        after = layer
        for _ in range(frames):
            after = layers.bound(after, x, 1 / 30, 4.0)
        left = 0.5 ** (frames / 21)
        assert after[:, :40].mean() == pytest.approx(0.3 * left, rel=0.1)
        assert after[:, 120:].mean() == pytest.approx(-0.3 * left, rel=0.1)


def test_a_picture_that_is_white_here_and_black_there_has_headroom_in_both():
    x = to_network(np.full((96, 160, 3), 255, np.uint8))
    x[:, 80:] = -1
    pattern, layer = np.zeros_like(x), np.zeros_like(x)
    pattern[::8], pattern[4::8] = 0.04, -0.04
    for _ in range(90):
        layer = layers.bound(layer * np.float32(0.985) + pattern, x, 1 / 30, 1.0)
    white, black = (x + layer)[:, :40], (x + layer)[:, 120:]
    assert 0.65 < white.mean() < 0.9 and -0.9 < black.mean() < -0.65
    assert white.std() == pytest.approx(black.std(), rel=0.05)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_dream_as_strong_as_its_limit_is_held_back_to_half_of_it_at_any_frame_rate(fps):
    """In a fifth of a second, with nothing that makes it grow. It falls the slower the weaker it is."""
    layer = np.full((96, 160, 3), 0.4, np.float32)
    layer[:, ::2] *= -1
    for part in (0.5, 0.38):
        for _ in range(fps // 5):
            layer = layers.bound(layer, np.zeros_like(layer), 1 / fps, 0.4)
        assert np.abs(layer[20:-20, 20:-20]).mean() == pytest.approx(part * 0.4, rel=0.03)


def edge(contrast):
    """A gray picture (H, W, 3) in [-1, 1] with a step in its middle, of so many gray levels."""
    picture = np.full((96, 160, 3), 100, np.uint8)
    picture[:, 80:] += np.uint8(contrast)
    return to_network(picture)


RAMP = np.broadcast_to(np.linspace(-0.2, 0.2, 160, dtype=np.float32)[:, None], (96, 160, 3))


def steeper(contrast, seconds=1e6, share=1.0):
    """How many times as much a motif changes from one side of an outline to the other as it did."""
    after = layers.outlined(RAMP, edge(contrast), seconds, share)
    return (after - after[:, ::-1])[40, 81:86].mean() / (RAMP - RAMP[:, ::-1])[40, 81:86].mean()


def test_motifs_change_at_an_outline_and_not_beside_it():
    assert 1.8 < steeper(100) < 2  # what changed over the whole neighborhood now changes at the outline
    assert steeper(0) == pytest.approx(1) and steeper(4) < 1.02  # noise and shading are no outlines
    assert steeper(8) < 1.1 and steeper(30) > 1.5
    assert 1 < steeper(100, share=0.5) < 1.5
    after = layers.outlined(RAMP, edge(100), 1e6, 1.0)
    assert (after[40, 84] - after[40, 81]).mean() < 0.9 * (RAMP[40, 84] - RAMP[40, 81]).mean()
    np.testing.assert_allclose(after[:, :40], RAMP[:, :40], atol=1e-4)  # far from it nothing changes
    np.testing.assert_allclose(after[:, 120:], RAMP[:, 120:], atol=1e-4)


def test_outlines_are_drawn_at_the_same_pace_at_any_frame_rate():
    whole = steeper(100) - 1
    one, two, gone = ((steeper(100, seconds) - 1) / whole for seconds in (1 / 30, 1 / 15, 0.15))
    assert two == pytest.approx(1 - (1 - one) ** 2, rel=0.01) and 0.4 < gone < 0.6


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


@pytest.mark.parametrize("across", [False, True])
def test_fine_lines_get_stronger_in_both_directions_and_large_shapes_do_not(across):
    fine, large = np.zeros((96, 160, 3), np.float32), np.zeros((96, 160, 3), np.float32)
    fine[::2], large[:, :] = 0.1, np.sin(np.arange(96) / 15)[:, None, None]
    if across:
        fine, large = (np.ascontiguousarray(part.transpose(1, 0, 2)) for part in (fine, large))
    inner = np.s_[10:-10, 10:-10]
    for amount in (0.5, 1.0):
        assert layers.sharpened(fine, amount)[inner].std() == pytest.approx((1 + amount) * 0.05, rel=0.05)
    assert layers.sharpened(large, 1.0)[inner].std() == pytest.approx(large[inner].std(), rel=0.02)
    assert layers.sharpened(fine, 0.0) is fine
    colors = fine * np.float32((1, -0.299 / 0.587, 0))  # as light as each other
    np.testing.assert_allclose(layers.sharpened(colors, 1.0), colors, atol=1e-5)


def test_color_zero_is_light_and_dark_only():
    gray = layers.colored(np.random.default_rng(3).normal(size=(4, 4, 3)).astype(np.float32), 0.0)
    np.testing.assert_allclose(gray[..., 0], gray[..., 2], atol=1e-6)


def test_color_is_saturation_and_light_stays_as_it_is():
    """By the luma of BT.601, as in OpenCV's gray."""
    layer = np.random.default_rng(3).normal(size=(4, 4, 3)).astype(np.float32)
    assert layers.colored(layer, 1.0) is layer
    for color in (0.0, 0.5, 2.0):
        after = layers.colored(layer, color)
        light = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (layer, after)]
        np.testing.assert_allclose(light[1], light[0], atol=1e-5)
        apart = [picture[..., 0] - picture[..., 2] for picture in (layer, after)]
        np.testing.assert_allclose(apart[1], color * apart[0], atol=1e-5)
