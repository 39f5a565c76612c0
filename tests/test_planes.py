"""Pictures as films store them: what their numbers mean, and what is done to them."""

import av
import cv2
import numpy as np
import pytest
from moving import texture

from kaleidocam.film.showing import SHOWN, shown, shown_size
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.laid import lay_over, mixed
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.planes import WEIGHTS, PixelFormat, Planes, on_both
from kaleidocam.settings.parameters import Look

FORMATS = [
    PixelFormat("yuv420p"),
    PixelFormat("yuv420p", matrix=6, full=True),
    PixelFormat("yuv422p", matrix=9),
    PixelFormat("yuv444p", matrix=4),
    PixelFormat("yuv420p10le"),
    PixelFormat("yuv422p10le", matrix=5, full=True),
]


def smooth(size=(160, 96), seed=0):
    """A picture whose colors change slowly, so that few samples of color lose little."""
    return cv2.resize(texture(seed, (10, 6)), size, interpolation=cv2.INTER_LINEAR)


def planes(form=FORMATS[0], image=None):
    image = smooth() if image is None else image
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    colors = {"dst_colorspace": form.matrix, "dst_color_range": form.colors["color_range"]}
    return Planes.of(frame.reformat(format=form.name, interpolation="BICUBIC", **colors), form)


def far(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.name}-{form.matrix}-{form.full}")
def test_the_numbers_mean_what_ffmpeg_takes_them_for(form):
    given = planes(form)
    whole = small_bgr(given, given.size)
    assert far(whole, given.bgr()) < 2 and far(whole, smooth()) < 3
    sizes = [plane.shape for plane in given.all]
    black, white = (
        Planes(*(np.full(size, round(v), given.y.dtype) for size, v in zip(sizes, color, strict=True)), form)
        for color in (form.black, form.white)
    )
    assert black.bgr().max() <= 1 and white.bgr().min() >= 253


@pytest.mark.parametrize("matrix", WEIGHTS)
def test_there_and_back(matrix):
    form = PixelFormat("yuv444p", matrix)
    color = np.array([200.0, 30.0, 90.0])  # R, G, B
    np.testing.assert_allclose(form.to_bgr @ [*(form.from_rgb @ color + form.black), 1], color[::-1], atol=1e-9)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: f"{form.name}-{form.matrix}-{form.full}")
def test_a_layer_lies_over_planes_as_over_bgr(form):
    given, layer = planes(form), (smooth((40, 24), 1)[..., ::-1] / 255 - 0.5).astype(np.float32)
    laid = lay_over(given, layer, 0.5, crispness=1.0)
    assert laid.y.dtype == given.y.dtype and laid.format == form
    wanted = lay_over(given.bgr(), layer, 0.5, crispness=1.0)
    assert far(laid.bgr(), wanted) < 3.5 < 10 < far(given.bgr(), wanted)
    for mine, theirs in zip(lay_over(given, layer, 0.0, 1.0).all, given.all, strict=True):
        np.testing.assert_array_equal(mine, theirs)  # number by number


def test_what_saturates_stays_in_range():
    for form, top in ((FORMATS[1], 255), (FORMATS[5], 1023)):
        bright = lay_over(planes(form), np.full((8, 8, 3), 2.0, np.float32), 1.0)
        assert bright.y.max() == top and lay_over(planes(form), np.full((8, 8, 3), -2.0, np.float32), 1.0).y.min() == 0


@pytest.mark.parametrize("fold", ["before", "inside", "after"])
@pytest.mark.parametrize(
    "mirrors", [{"geometry": "left"}, {"geometry": "quad", "center_x": 0.3}, {"mirrors": 5, "spin": 0.2}]
)
def test_mirrors_fold_planes_as_they_fold_bgr(fold, mirrors):
    look = Look(fold=fold, grid="96x96", strength=0.5, **mirrors)

    def finished(picture):
        eye = Eye((96, 96), Tracker())
        seen = eye.see(Frame(picture, 0.0, 0), look)
        layer = np.full((*seen.small.shape[:2], 3), 0.2, np.float32)
        return seen, Glass().show(seen, layer, look)

    (seen, one), (theirs, other) = finished(planes()), finished(planes().bgr())
    assert seen.small.shape == theirs.small.shape and far(seen.small, theirs.small) < 3
    assert isinstance(one.picture, Planes) and one.size == other.size and far(one.image, other.image) < 4


def test_wet_mixes_planes():
    one, other = planes(), planes(image=smooth(seed=1))
    half = mixed(one, other, 0.5)
    assert far(half.y, (one.y.astype(int) + other.y) // 2) <= 1
    with pytest.raises(TypeError, match="BGR"):
        on_both(one, smooth(), lambda a, b: a)


@pytest.mark.parametrize("how", SHOWN)
@pytest.mark.parametrize("size", [(160, 96), (161, 95), (3, 3)])
def test_before_and_after_in_planes(how, size):
    before, after = (planes(image=smooth(size, seed)) for seed in (0, 1))
    both = shown(how, before, after)
    assert both.size == shown_size(how, size)
    assert [p.shape[::-1] for p in both.all] == [both.format.plane_size(both.size, i) for i in range(3)]
    if size == (160, 96):
        assert far(both.bgr(), shown(how, before.bgr(), after.bgr())) < 1
        assert far(before.bgr(), smooth()) < 3  # what was given is untouched


def test_another_size_in_planes():
    given = planes()
    for size in ((80, 96), (321, 181)):
        there = fitted(given, size)
        assert there.size == size and [p.shape[::-1] for p in there.all] == [
            there.format.plane_size(size, i) for i in range(3)
        ]
        assert far(there.bgr(), fitted(given.bgr(), size)) < 4


def test_no_plane_of_ten_bits_gets_more_by_enlarging():
    steps = np.where(np.arange(32) % 8 < 4, 0, 1023).astype(np.uint16)
    given = Planes(np.tile(steps, (32, 1)), *(np.full((16, 16), 512, np.uint16),) * 2, FORMATS[4])
    assert fitted(given, (96, 96)).y.max() == 1023


def test_a_padded_copy_repeats_the_last_row_and_column():
    given = planes(image=smooth((33, 17)))
    made = Planes.of(given.frame((34, 18)), given.format)
    assert made.size == (34, 18) and (made.y[:, 33] == made.y[:, 32]).all() and (made.y[17] == made.y[16]).all()
    np.testing.assert_array_equal(made.y[:17, :33], given.y)
    np.testing.assert_array_equal(made.cb, given.cb)


def test_a_frame_computes_its_image_once_and_can_be_changed():
    frame = Frame(planes(), 1.5, 3)
    assert frame.size == (160, 96) and frame.image is frame.image
    assert (frame.at(2.0).seconds, frame.numbered(7).index, frame.at(2.0).picture) == (2.0, 7, frame.picture)
    assert frame.showing(frame.image).picture is frame.image
    with pytest.raises(AttributeError, match="nothing"):
        frame.nothing
