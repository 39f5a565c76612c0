"""A layer laid over a full-size picture, without touching what it does not cover; two pictures put together."""

import cv2
import numpy as np
import pytest

from kaleidocam.picture import laid
from kaleidocam.planes import PixelFormat, Planes


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)


def test_an_empty_layer_leaves_the_picture_untouched(image):
    np.testing.assert_array_equal(laid.lay_over(image, np.zeros((45, 80, 3), np.float32), 1.0), image)


@pytest.mark.parametrize("strength", [1.0, 2.0])  # in bytes, and not
@pytest.mark.parametrize("size", [(320, 192), (640, 384)])
def test_a_crisp_edge_is_narrower_and_has_no_halo(strength, size):
    picture, layer = np.full((*size[::-1], 3), 128, np.uint8), np.full((96, 160, 3), -0.4, np.float32)
    layer[:, 80:] = 0.4
    soft, crisp = (laid.lay_over(picture, layer, strength, by)[size[1] // 2, :, 0].astype(int) for by in (0.0, 2.0))
    assert np.abs(np.diff(crisp)).max() > 1.4 * np.abs(np.diff(soft)).max()
    assert crisp.min() >= soft.min() and crisp.max() <= soft.max()


def test_edges_get_narrower_by_degrees():
    picture, layer = np.full((384, 640, 3), 128, np.uint8), np.full((96, 160, 3), -0.4, np.float32)
    layer[:, 80:] = 0.4
    steps = [
        np.abs(np.diff(laid.lay_over(picture, layer, 1.0, by)[192, :, 0].astype(int))).max() for by in (0, 0.3, 0.8, 2)
    ]
    assert np.diff(steps).min() > 2


def test_a_layer_that_is_not_enlarged_is_left_as_it_is(image):
    layer = np.random.default_rng(3).uniform(-0.3, 0.3, image.shape).astype(np.float32)
    np.testing.assert_array_equal(laid.lay_over(image, layer, 1.0, 2.0), laid.lay_over(image, layer, 1.0))


def test_a_layer_is_added_in_its_own_colors():
    red = np.zeros((48, 64, 3), np.float32)
    red[..., 0] = 0.2
    result = laid.lay_over(np.full((96, 128, 3), 100, np.uint8), red, 1.0)
    np.testing.assert_array_equal(result[50, 50], [100, 100, 126])  # BGR: 0.2 of 127.5 gray levels on red


def test_real_detail_stays_sharp_at_any_size():
    rng = np.random.default_rng(5)
    picture = cv2.resize(rng.integers(60, 190, (360, 640, 3), dtype=np.uint8), (1280, 720))
    layer = cv2.GaussianBlur(rng.normal(0, 0.3, (90, 160, 3)).astype(np.float32), (0, 0), 2)
    difference = laid.lay_over(picture, layer, 1.0).astype(int) - picture
    assert cv2.Laplacian(difference.astype(np.float32), cv2.CV_32F).std() < 3  # nothing but a smooth layer was added


@pytest.mark.parametrize("strength, off", [(1.0, 1), (2.0, 2)])
def test_a_strong_layer_is_laid_over_as_a_weak_one(strength, off):
    """Whether the layer fits into bytes or not, the result is the saturated sum, but for its finer steps."""
    rng = np.random.default_rng(11)
    picture, layer = rng.integers(0, 256, (96, 160, 3), dtype=np.uint8), rng.uniform(-0.9, 0.9, (96, 160, 3))
    layer = layer.astype(np.float32)
    expected = np.clip(picture + np.rint(layer[..., ::-1] * 127.5 * strength), 0, 255)
    np.testing.assert_allclose(laid.lay_over(picture, layer, strength), expected, atol=off)


def drawn(kind, seed):
    """A picture of 96x64: BGR, or planes of a format."""
    rng = np.random.default_rng(seed)
    if kind == "bgr":
        return rng.integers(0, 256, (64, 96, 3), dtype=np.uint8)
    form = PixelFormat(kind)
    sizes = (form.plane_size((96, 64), plane)[::-1] for plane in range(3))
    return Planes(
        *(rng.integers(0, form.highest + 1, size).astype(f"uint{16 if form.bits > 8 else 8}") for size in sizes), form
    )


def parts_of(picture):
    return picture.all if isinstance(picture, Planes) else (picture,)


KINDS = ("bgr", "yuv420p", "yuv444p", "yuv420p10le")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strip", [1, 1 << 10, 1 << 18])
def test_two_pictures_are_put_together_by_shares(monkeypatch, kind, strip):
    monkeypatch.setattr(laid, "STRIP", strip)
    over, under = drawn(kind, 1), drawn(kind, 2)
    share = np.zeros((64, 96), np.uint8)
    share[:, 32:64], share[:, 64:] = 255, 51
    for one, other, mixed in zip(*map(parts_of, (over, under, laid.blended(over, under, share))), strict=True):
        third = one.shape[1] // 3
        assert mixed.dtype == one.dtype and mixed.shape == one.shape
        assert np.array_equal(mixed[:, : third - 1], other[:, : third - 1])
        assert np.array_equal(mixed[:, third + 1 : 2 * third - 1], one[:, third + 1 : 2 * third - 1])
        rest = np.s_[:, 2 * third + 1 :]
        np.testing.assert_allclose(mixed[rest], 0.2 * one[rest] + 0.8 * other[rest], atol=1.01)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_put_together_with_itself_is_itself(kind):
    picture, share = drawn(kind, 3), np.random.default_rng(4).integers(0, 256, (64, 96), dtype=np.uint8)
    for before, after in zip(*map(parts_of, (picture, laid.blended(picture, picture, share))), strict=True):
        assert np.abs(before.astype(int) - after).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strip", [1, 1 << 10, 1 << 18])
@pytest.mark.parametrize("middle", [0, 255])
def test_a_layer_is_laid_by_shares(monkeypatch, kind, strip, middle):
    """Where it is laid whole or not at all, number by number so; between, between."""
    monkeypatch.setattr(laid, "STRIP", strip)
    picture, layer = drawn(kind, 1), np.random.default_rng(2).uniform(-0.5, 0.5, (18, 32, 3)).astype(np.float32)
    share = np.full((64, 96), 255 - middle, np.uint8)
    share[16:48, 32:64], share[16:48, 64:80] = middle, 51
    pictures = picture, laid.lay_over(picture, layer, 1.0, 1.0), laid.lay_over(picture, layer, 1.0, 1.0, share)
    for clean, dreamed, partly in zip(*map(parts_of, pictures), strict=True):
        of = cv2.resize(share, clean.shape[1::-1])
        assert partly.dtype == clean.dtype and partly.shape == clean.shape
        assert np.array_equal(partly[of == 0], clean[of == 0])
        assert np.array_equal(partly[of == 255], dreamed[of == 255])
        between = of == 51
        aim = 0.2 * dreamed[between] + 0.8 * clean[between].astype(float)
        inside = (dreamed[between] > 0) & (dreamed[between] < dreamed.max())  # what saturates is laid unsaturated
        np.testing.assert_allclose(partly[between][inside], aim[inside], atol=1.51)
