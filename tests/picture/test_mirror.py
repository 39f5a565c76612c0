"""The fold: symmetric, turning, and made of nothing but the picture."""

import cv2
import numpy as np
import pytest

from kaleidocam.picture.mirror import HALVES, Mirror
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import choices

EVERY = list(choices("geometry"))


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 256, (18, 32, 3), dtype=np.uint8), (321, 181), interpolation=cv2.INTER_CUBIC)


def fold(image, segments, turn):
    return Mirror("kaleidoscope", segments, turn).fold(image)


def turned(image, degrees):
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
    return cv2.warpAffine(image, matrix, (width, height))


def inside(image):
    """A disc round the center, where a turned picture still has every pixel."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return np.hypot(x - image.shape[1] / 2 + 0.5, y - image.shape[0] / 2 + 0.5) < 85


@pytest.mark.parametrize("segments", [2, 3, 5, 6, 12])
def test_turning_by_a_segment_changes_nothing(picture, segments):
    folded = fold(picture, segments, 0.1)
    difference = np.abs(turned(folded, 360 / segments).astype(int) - folded)[inside(folded)]
    assert difference.mean() < 2
    other = np.abs(turned(picture, 360 / segments).astype(int) - picture)[inside(folded)]
    assert other.mean() > 20


@pytest.mark.parametrize("segments", [2, 5, 8])
def test_each_segment_is_mirrored(picture, segments):
    folded = fold(picture, segments, 0.2)
    assert np.abs(folded.astype(int) - folded[::-1]).max() <= 1  # rounding, at very few places


@pytest.mark.parametrize("segments", [0, 1])
def test_no_mirrors_no_change(segments):
    assert Mirror.of(Look(mirrors=segments), 0.3) is None
    assert Mirror.of(Look(mirrors=segments, geometry="quad"), 0.3) is not None  # it needs no number


def test_spin_shows_another_wedge(picture):
    assert np.abs(fold(picture, 6, 0.0).astype(int) - fold(picture, 6, 0.05)).mean() > 5
    np.testing.assert_array_equal(fold(picture, 6, 0.25), fold(picture, 6, 1.25))


def test_the_wedge_at_angle_zero_is_the_pictures_own(picture):
    folded = fold(picture, 6, 0.0)
    np.testing.assert_array_equal(folded[90, 200:300], picture[90, 200:300])  # along the axis to the right


@pytest.mark.parametrize("geometry", EVERY)
@pytest.mark.parametrize("size", [(320, 180), (321, 181)])
def test_folding_twice_is_folding_once(geometry, size):
    rng = np.random.default_rng(1)
    soft = cv2.resize(rng.integers(0, 256, (9, 16, 3), dtype=np.uint8), size, interpolation=cv2.INTER_CUBIC)
    mirror = Mirror(geometry, 5)
    once = mirror.fold(soft)
    assert once.shape == soft.shape and np.abs(once.astype(int) - soft).mean() > 8
    assert np.abs(mirror.fold(once).astype(int) - once).mean() < 1


@pytest.mark.parametrize("geometry", EVERY)
def test_turned_and_zoomed_the_symmetry_stays_where_it_is(picture, geometry):
    """Half-turned, zoomed, off the center: the result is symmetric to the same mirrors."""
    mirror = Mirror(geometry, 6, turn=0.13, zoom=1.7, center=(0.6, 0.55))
    folded = mirror.fold(picture)
    y, x = np.mgrid[:181, :321]
    near = np.hypot(x - 0.6 * 321, y - 0.55 * 181) < 80  # past the shorter side is what lies past the border
    again = mirror.untouched.fold(folded)
    assert np.abs(again.astype(int) - folded)[near].mean() < 1.5
    assert np.abs(folded.astype(int) - Mirror(geometry, 6).fold(picture)).mean() > 8


@pytest.mark.parametrize("geometry", HALVES)
def test_what_is_kept_is_kept_to_the_pixel(picture, geometry):
    folded = Mirror(geometry).fold(picture)
    kept = {
        "left": np.s_[:, :160],
        "right": np.s_[:, 160:],
        "top": np.s_[:90],
        "bottom": np.s_[90:],
        "quad": np.s_[:90, :160],
    }[geometry]
    np.testing.assert_array_equal(folded[kept][:90, :160], picture[kept][:90, :160])
    if geometry != "quad" and geometry in ("left", "right"):
        np.testing.assert_array_equal(folded[:, :160], folded[:, 160:320][:, ::-1])
    if geometry in ("top", "bottom", "quad"):
        np.testing.assert_array_equal(folded[:90], folded[90:180][::-1])


@pytest.mark.parametrize("geometry", HALVES)
@pytest.mark.parametrize("center", [(0.5, 0.5), (0.3, 0.7), (0.0, 1.0)])
def test_part_and_whole_belong_together(picture, geometry, center):
    mirror = Mirror(geometry, center=center)
    part = mirror.part(picture)
    np.testing.assert_array_equal(mirror.unfold(part, picture.shape), mirror.fold(picture))
    assert part.size < picture.size
    if center == (0.5, 0.5):
        assert part.size < picture.size * (0.26 if geometry == "quad" else 0.51)


@pytest.mark.parametrize(("geometry", "step"), [("square", (80, 0)), ("hexagon", (40, 0)), ("hexagon", (20, 34.64))])
def test_tiles_repeat(geometry, step):
    rng = np.random.default_rng(3)
    image = cv2.resize(rng.integers(0, 256, (20, 32, 3), dtype=np.uint8), (320, 200), interpolation=cv2.INTER_CUBIC)
    tiled = Mirror(geometry, tile=0.2).fold(image)  # 40 pixels; squares are mirrored, so they repeat after two
    moved = cv2.warpAffine(tiled, np.array([[1, 0, step[0]], [0, 1, step[1]]], float), (320, 200))
    inner = np.s_[60:140, 100:220]
    assert np.abs(moved[inner].astype(int) - tiled[inner]).mean() < 2.5
    assert (
        np.abs(
            cv2.warpAffine(tiled, np.array([[1, 0, 13.0], [0, 1, 9.0]]), (320, 200))[inner].astype(int) - tiled[inner]
        ).mean()
        > 10
    )
