"""What may be asked for of a performance while it runs: sizes and qualities."""

import pytest

from kaleidocam.errors import UserError
from kaleidocam.live.limits import check_quality, size_of, usual_sizes
from kaleidocam.settings.parameters import AUTO, QUALITIES


def test_sizes_to_choose_from_have_the_shape_of_the_show_and_of_a_projector():
    assert usual_sizes((1280, 720)) == ["640x360", "960x540", "1280x720", "1920x1080"]
    square = usual_sizes((480, 480))
    assert "480x480" in square and "1080x1080" in square and "1920x1080" in square
    tall = usual_sizes((1080, 1920))
    assert "1080x1920" in tall and all(int(w) <= int(h) for w, h in (text.split("x") for text in tall))
    for shape in ((1280, 720), (333, 251), (96, 7680)):
        for text in usual_sizes(shape):
            assert size_of(text, shape)


@pytest.mark.parametrize("text", ["", "big", "640", "640x", "2x2", "99999x720", "640x360x2", "-640x360", "nan"])
def test_what_is_no_size_is_told(text):
    with pytest.raises(UserError, match="the size: size is "):
        size_of(text, (640, 360))


def test_a_size_that_would_fill_the_memory_is_refused_but_not_the_one_that_it_began_with():
    with pytest.raises(
        UserError, match="a size of 7680x7680 would hold up the picture; up to as many pixels as 3840x2160"
    ):
        size_of("7680x7680", (640, 360))
    assert size_of("7680x4320", (7680, 4320)) == (7680, 4320)


def test_qualities():
    for quality in (AUTO, *QUALITIES):
        check_quality(quality)
    for wrong in ("", "BEST", "ultra", "best\n"):
        with pytest.raises(UserError, match="no quality") as refused:
            check_quality(wrong)
        assert "\n" not in str(refused.value)
