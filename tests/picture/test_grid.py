"""The grid has the shape of the picture, whatever that is, unless it is pinned."""

import math

import pytest

from kaleidocam.picture.grid import LEAST_SIDE, MOST_SIDE, grid_of, of_area
from kaleidocam.settings.parameters import LARGEST_SIDE, SMALLEST_GRID, Look

SIZES = [
    (1280, 720),
    (1920, 1080),
    (3840, 2160),
    (1080, 1920),
    (640, 480),
    (480, 640),
    (1000, 1000),
    (4000, 1000),
    (160, 96),
    (96, 96),
    (333, 517),
    (2048, 858),
    (7680, 4320),
]


@pytest.mark.parametrize("detail", [0.25, 0.5, 1, 1.37, 4])
@pytest.mark.parametrize("size", SIZES)
def test_the_grid_has_the_pictures_shape(size, detail):
    width, height = grid_of(Look(detail=detail), size)
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
    assert width % 2 == height % 2 == 0
    assert SMALLEST_GRID <= min(width, height) <= max(width, height) <= LARGEST_SIDE


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((1280, 720), (576, 324)),
        ((720, 1280), (324, 576)),
        ((480, 270), (480, 270)),
        ((320, 180), (480, 270)),
        ((1920, 1080), (704, 396)),
        ((960, 960), (432, 432)),
        ((7680, 4320), (1280, 720)),
    ],
)
def test_how_fine_it_is(size, grid):
    assert grid_of(Look(), size) == grid


def test_it_grows_with_the_picture_but_less():
    sides = [math.sqrt(math.prod(grid_of(Look(), (16 * n, 9 * n)))) for n in (10, 40, 80, 160, 320, 480)]
    assert sides == sorted(sides) and sides[0] == pytest.approx(LEAST_SIDE) and sides[-1] == pytest.approx(MOST_SIDE)
    assert sides[3] / sides[2] == pytest.approx(math.sqrt(2), rel=0.01)


def test_detail_is_a_scale_of_its_sides():
    for detail in (0.5, 2, 4):
        assert grid_of(Look(detail=detail), (1280, 720)) == (576 * detail, 324 * detail)


@pytest.mark.parametrize("size", [(1080, 1920), (320, 180)])
def test_a_pinned_grid_stays_as_it_is(size):
    assert grid_of(Look(grid=(320, 180), detail=3), size) == (320, 180)


def test_a_very_long_picture_keeps_what_the_network_can_see():
    assert grid_of(Look(detail=0.25), (4000, 1000)) == (384, 96)
    assert grid_of(Look(), (200, 20_000)) == (96, 7680)
    assert of_area((20_000, 1000), 1e9) == (7680, 384)
