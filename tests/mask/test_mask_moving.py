"""What moves: found, let go, and not taken for the camera's shake or its noise."""

import cv2
import numpy as np
import pytest

from kaleidocam.frame import Frame
from kaleidocam.mask.moving import camera_of
from kaleidocam.motion.flow import Tracker
from kaleidocam.motion.warp import positions
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look

SIZE, FPS = (192, 108), 30
LOOK = Look(mask="motion")
GROUND = cv2.resize(
    np.random.default_rng(1).integers(40, 210, (40, 64, 3), np.uint8), (232, 148), interpolation=cv2.INTER_CUBIC
)


def film(frames, *, still=0, after=99, shake=0.0, noise=0.0, turn=0.0, gone=False):
    """A ball on a ground stands for `still` frames, and goes until the frame `after`; the camera shakes by so many
    pixels, turns by degrees a frame, and has noise. Each with where the ball is."""
    random = np.random.default_rng(7)
    for i in range(frames):
        x, y = 40 + 3 * min(max(0, i - still), after - still), 54
        picture, where = GROUND.copy(), np.zeros(GROUND.shape[:2], np.uint8)
        if not gone:
            for drawn, color in ((picture, (30, 50, 230)), (where, 255)):
                cv2.circle(drawn, (20 + x, 20 + y), 16, color, -1)
            cv2.circle(picture, (20 + x, 20 + y), 7, (240, 230, 40), -1)
        way = cv2.getRotationMatrix2D((116, 74), turn * i, 1)
        way[:, 2] += np.array([-20, -20]) + random.normal(0, 1, 2) * shake
        picture, where = (cv2.warpAffine(each, way, SIZE, borderMode=cv2.BORDER_REFLECT) for each in (picture, where))
        noisy = picture + random.normal(0, noise, picture.shape)
        yield Frame(noisy.clip(0, 255).astype(np.uint8), i / FPS, i), where > 128


def masks(clip):
    eye = Eye(SIZE, Tracker())
    for frame, where in clip:
        yield eye.see(frame, LOOK).masks["motion"], where


HOW = [{}, {"noise": 6}, {"shake": 0.8}, {"shake": 0.8, "noise": 6}, {"turn": 0.3}]


@pytest.mark.parametrize("how", HOW)
def test_what_moves_is_found_and_nothing_else(how):
    *_, (mask, where) = masks(film(16, **how))
    beyond = ~cv2.dilate(where.astype(np.uint8), np.ones((31, 61))).astype(bool)
    assert mask[where].mean() > 0.75 and mask[beyond].mean() < 0.02


@pytest.mark.parametrize("how", HOW)
def test_where_nothing_moves_nothing_is_found(how):
    for mask, _ in masks(film(12, still=99, **how)):
        assert mask.mean() < 0.02 and (mask > 0.5).mean() < 0.01


def test_what_stands_again_is_let_go_slowly():
    """At 30 frames a second it stands from the 12th frame on: half a second later a little is left, two later none."""
    levels = [mask[where].mean() for mask, where in masks(film(60, after=12))]
    assert levels[12] > 0.75 and 0.02 < levels[27] < 0.5 and levels[59] < 0.02
    assert np.abs(np.diff(levels[13:])).max() < 0.15


def test_a_cut_moves_nothing():
    eye = Eye(SIZE, Tracker())
    for frame, _ in film(6):
        eye.see(frame, LOOK)
    seen = eye.see(Frame(255 - frame.image[::-1], 1.0, 6), LOOK)
    assert seen.motion.cut and seen.masks["motion"].max() == 0


@pytest.mark.parametrize("elsewhere", [0.0, 0.35])
def test_the_cameras_motion_is_that_of_most_of_the_picture(elsewhere):
    shape = (96, 160)
    turned = np.float32([[1.01, -0.02, 1.5], [0.02, 1.01, -0.7]])
    flow = cv2.transform(positions(shape), turned) - positions(shape)
    moved = flow.copy()
    moved[:, : round(elsewhere * shape[1])] += (6, -3)
    np.testing.assert_allclose(camera_of(moved, np.ones(shape, np.float32)), flow, atol=0.1)
