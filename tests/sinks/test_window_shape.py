"""How large a window opens, and where the picture stands in it."""

import pytest

from kaleidocam.sinks.window_shape import inside, opening_size

SCREENS = [(1280, 800), (1366, 728), (1920, 1080), (1080, 1920), (3840, 2160), (800, 480)]
PICTURES = [(480, 270), (320, 240), (270, 480), (96, 96), (1280, 720), (1920, 1080), (3840, 2160), (8000, 100), (1, 1)]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("picture", PICTURES)
def test_a_window_is_of_use_fits_its_screen_and_keeps_the_picture_s_shape(picture, screen):
    size = opening_size(picture, screen)
    assert all(1 <= side <= 0.92 * free + 1 for side, free in zip(size, screen, strict=True))
    assert max(side / free for side, free in zip(size, screen, strict=True)) >= 0.59
    assert abs(size[0] * picture[1] - size[1] * picture[0]) <= max(picture)


def test_a_picture_between_is_shown_as_it_is():
    assert opening_size((1280, 720), (1920, 1080)) == (1280, 720)
    assert opening_size((480, 270), (1920, 1080)) == (1152, 648)
    assert opening_size((3840, 2160), (1920, 1080)) == (1766, 994)


@pytest.mark.parametrize(
    ("picture", "window", "stands"),
    [
        ((1280, 720), (1280, 720), (0, 0, 1280, 720)),
        ((640, 360), (1280, 1024), (0, 152, 1280, 720)),
        ((640, 360), (1920, 720), (320, 0, 1280, 720)),
        ((8000, 100), (300, 300), (0, 148, 300, 4)),
        ((8000, 10), (300, 300), (0, 149, 300, 1)),
    ],
)
def test_the_picture_stands_in_the_middle_in_its_shape(picture, window, stands):
    assert inside(picture, window) == stands
