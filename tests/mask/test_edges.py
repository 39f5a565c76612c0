"""The edge of a mask: by how much it is moved and softened, and where it lies in a large picture."""

import cv2
import numpy as np
import pytest

from kaleidocam.mask.edges import moved, refined

SHAPE = (100, 160)


def disc(radius, shape=SHAPE, center=(80, 50)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return (np.hypot(x - center[0], y - center[1]) <= radius).astype(np.float32)


def test_nothing_is_done_where_nothing_is_asked():
    mask = disc(20)
    assert moved(mask, 0, 0) is mask


@pytest.mark.parametrize("grow", [-0.1, -0.03, 0.05, 0.2])
def test_it_grows_by_a_share_of_the_height(grow):
    area = (moved(disc(20), grow, 0) > 0.5).sum()
    assert np.sqrt(area / np.pi) == pytest.approx(20 + 100 * grow, abs=0.7)


@pytest.mark.parametrize("soft", [0.1, 0.3])
def test_a_soft_edge_is_as_wide_as_was_asked_and_lies_where_it_lay(soft):
    plain = np.full(SHAPE, 90, np.uint8)
    row = refined(moved(disc(40), 0, soft), np.repeat(np.repeat(plain, 2, 0), 2, 1))[100, 160:] / 255
    assert row[80] == pytest.approx(0.5, abs=0.06)
    between = np.flatnonzero((row > 0.02) & (row < 0.98))
    assert between[-1] - between[0] == pytest.approx(200 * soft, abs=10)
    assert (np.diff(row) <= 1e-6).all()


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("grow", [-0.2, 0.0, 0.2])
def test_nobody_stays_nobody_and_all_stays_all(level, grow):
    assert np.array_equal(moved(np.full(SHAPE, level, np.float32), grow, 0.2), np.full(SHAPE, level, np.float32))


@pytest.mark.parametrize("white", [255, 1023])
def test_the_edge_lies_where_the_picture_has_one(white):
    """A mask that is off by half a cell and soft: the picture says where it belongs."""
    exact = disc(160, (720, 1280), (640, 360))
    gray = (60 + exact * 130) * (white / 255)
    gray = gray.astype(np.uint8 if white == 255 else np.uint16)
    small = cv2.GaussianBlur(
        cv2.resize(disc(162, (720, 1280), (640, 360)), (320, 180), interpolation=cv2.INTER_AREA), (0, 0), 1
    )
    large = refined(small, gray, white)
    plain = cv2.resize(small, (1280, 720))
    assert large.shape == exact.shape and large.dtype == np.uint8
    assert np.abs(large / 255 - exact).mean() < 0.5 * np.abs(plain - exact).mean()
    assert large[360, 640] == 255 and large[10, 10] == 0


@pytest.mark.parametrize("size", [(101, 67), (320, 180), (33, 640)])
@pytest.mark.parametrize("level", [0, 255])
def test_all_or_nothing_stays_exactly_so_at_any_size(size, level):
    gray = np.random.default_rng(1).integers(0, 256, size[::-1], np.uint8)
    assert np.array_equal(refined(np.full((18, 32), level / 255, np.float32), gray), np.full(size[::-1], level))


def test_a_mask_as_large_as_the_picture_is_taken_as_it_is():
    mask = np.random.default_rng(2).random((40, 50)).astype(np.float32)
    assert np.array_equal(refined(mask, np.zeros((40, 50), np.uint8)), np.rint(mask * 255))


@pytest.mark.parametrize("size", [(1280, 720), (1278, 719), (960, 540), (640, 480)])
def test_what_lies_elsewhere_changes_nothing(size):
    """Only the part of the picture around the mask is looked at, and it is the same part of the whole."""
    picture = cv2.GaussianBlur(np.random.default_rng(5).integers(0, 256, (*size[::-1], 3), np.uint8), (0, 0), 4)
    near, far = (disc(12, (180, 320), center) for center in ((61, 47), (290, 160)))
    alone, both = refined(near, picture), refined(np.maximum(near, far), picture)
    half = size[0] // 2
    assert np.array_equal(alone[:, :half], both[:, :half]) and alone[:, :half].max() == 255
    assert not alone[:, half:].any() and both[:, half:].any()
    assert np.array_equal(alone, refined(near, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)))
