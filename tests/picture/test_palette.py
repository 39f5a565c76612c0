"""A palette turns a step's colors, fades, and forgets a scene at a cut."""

import cv2
import numpy as np
import pytest

from kaleidocam.picture.palette import NAMED, PRISM, Palette, colors_of, of_picture, turned
from kaleidocam.settings.parameters import Look

NOISE = np.random.default_rng(0).normal(size=(60, 80, 3)).astype(np.float32)
GRAY = np.array([0.299, 0.587, 0.114])


def light_and_dark(direction):
    """The share of the variance that is in gray."""
    centered = direction - direction.mean((0, 1))
    return 3 * np.square(centered @ GRAY).mean() / np.square(centered).sum(-1).mean()


def red_and_gray():
    """A picture that is light and dark, and red or not: never blue or green."""
    rng = np.random.default_rng(1)
    gray, red = rng.uniform(60, 130, (64, 64)), rng.uniform(0, 90, (64, 64))
    return np.dstack([gray, gray, gray + red]).astype(np.uint8)


def at(palette, look, small=None, seconds=0.1, cut=False):
    palette.pass_time(red_and_gray() if small is None else small, seconds, cut, look)
    return palette.now.copy()


def no_picture(path):
    raise AssertionError(path)


def test_a_turned_direction_is_as_strong_and_has_nature_s_colors():
    natural = turned(NOISE, NAMED["natural"])
    assert np.linalg.norm(natural) == pytest.approx(np.linalg.norm(NOISE), rel=1e-5)
    assert light_and_dark(natural) > 0.9 > 0.5 > light_and_dark(NOISE)


def test_prism_and_no_amount_leave_a_direction_as_it_is():
    for look in (Look(palette="prism"), Look(palette="natural", palette_amount=0)):
        palette = Palette(no_picture)
        at(palette, look)
        np.testing.assert_array_equal(palette(NOISE, look), NOISE)


def test_a_scene_s_palette_is_its_own_colors():
    look = Look(palette="scene", palette_amount=1)
    palette = Palette(no_picture)
    at(palette, look)
    colored = palette(NOISE, look)
    assert np.corrcoef(colored[..., 1].ravel(), colored[..., 2].ravel())[0, 1] > 0.9  # green goes with blue
    assert np.corrcoef(colored[..., 0].ravel(), colored[..., 2].ravel())[0, 1] < 0.95  # and red need not


def test_a_picture_s_palette_is_read_once():
    asked = []
    palette = Palette(lambda path: asked.append(path) or red_and_gray())
    look = Look(palette="red.png", palette_amount=1)
    for _ in range(3):
        now = at(palette, look, np.zeros((9, 16, 3), np.uint8))
    np.testing.assert_allclose(now, colors_of(red_and_gray()))
    assert asked == ["red.png"]


def test_luma_takes_the_colors_out_of_any_palette():
    look = Look(palette="scene", luma=1)
    palette = Palette(no_picture)
    at(palette, look)
    step = palette(NOISE, look)
    assert np.abs(step - step.mean(-1, keepdims=True)).max() < 1e-5
    assert np.linalg.norm(step) == pytest.approx(np.linalg.norm(NOISE), rel=1e-5)


def test_a_change_fades_within_the_morph():
    palette = Palette(no_picture)
    before, look = at(palette, Look(palette="prism")), Look(palette="natural", palette_amount=1, morph=1)
    half = [at(palette, look) for _ in range(5)][-1]
    np.testing.assert_allclose(half, (before + NAMED["natural"]) / 2)
    np.testing.assert_allclose([at(palette, look) for _ in range(5)][-1], NAMED["natural"])


def test_a_scene_is_averaged_over_time_and_begins_anew_at_a_cut():
    green = red_and_gray()[..., [0, 2, 1]]
    look, palette = Look(palette="scene", palette_amount=1), Palette(no_picture)
    first = at(palette, look)
    passing = at(palette, look, green)
    assert 0 < np.abs(passing - first).max() < 0.2 * np.abs(colors_of(green) - first).max()
    np.testing.assert_allclose(at(palette, look, green, cut=True), colors_of(green))


def test_its_memory_is_complete():
    look, palette, again = Look(palette="scene"), Palette(no_picture), Palette(no_picture)
    at(palette, Look(palette="prism"))
    at(palette, look)
    again.restore(palette.state())
    green = red_and_gray()[..., [0, 2, 1]]
    np.testing.assert_array_equal(at(again, look, green), at(palette, look, green))


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_one_color_has_a_palette_all_the_same(level):
    colors = colors_of(np.full((30, 50, 3), level, np.uint8))
    assert np.isfinite(colors).all() and np.linalg.eigvalsh(colors)[-1] == pytest.approx(1)


def test_a_still_has_its_photo_s_colors():
    picture = cv2.resize(red_and_gray(), (300, 200))
    np.testing.assert_allclose(
        of_picture(picture, Look(palette="scene", palette_amount=1), no_picture), colors_of(picture)
    )
    assert np.array_equal(of_picture(picture, Look(palette="prism"), no_picture), PRISM)
