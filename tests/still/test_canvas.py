"""The canvas: the dream goes from size to size, the picture's detail stays."""

import cv2
import numpy as np
import pytest
from moving import texture

from kaleidocam.still import canvas as room
from kaleidocam.still.canvas import Canvas

ALL = (slice(None), slice(None))


@pytest.fixture
def picture():
    return cv2.resize(texture(1), (300, 200), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def dream():
    return cv2.resize(np.random.default_rng(0).normal(0, 0.2, (20, 30, 3)), (300, 200)).astype(np.float32)


def test_undreamed_it_is_the_picture(picture):
    canvas = Canvas.fresh(picture)
    assert np.array_equal(canvas.shown(), picture)
    assert np.array_equal(canvas.at(picture, (150, 100)).at(picture, (300, 200)).shown(), picture)


def test_the_dream_goes_over_and_detail_stays(picture, dream):
    canvas = Canvas.fresh(picture)
    canvas.add(ALL, dream)
    there = canvas.at(picture, (600, 400)).at(picture, (300, 200))
    assert np.abs(there.layer - canvas.layer).mean() < 0.01
    # With the whole picture carried down and up, detail is lost; with the dream alone it is not.
    down = Canvas.fresh(picture).at(picture, (150, 100), whole=True).at(picture, (300, 200), whole=True)
    assert np.abs(down.shown().astype(int) - picture).mean() > 1


def test_a_step_stays_within_what_a_picture_can_show(picture):
    canvas = Canvas.fresh(picture)
    canvas.add(ALL, np.full(picture.shape, 9, np.float32))
    assert canvas.image(ALL).max() <= 1 and canvas.shown().min() >= 254


def test_strength_and_color(picture, dream):
    canvas = Canvas.fresh(picture)
    canvas.add(ALL, dream)
    assert np.array_equal(canvas.shown(0.0), picture)
    gray = canvas.shown(1.0, 0.0).astype(int) - picture
    assert np.abs(gray - gray[..., :1])[(canvas.shown() > 5) & (canvas.shown() < 250)].mean() < 2


def test_large_ones_are_kept_in_half_the_memory(picture, dream, monkeypatch):
    fine = Canvas.fresh(picture)
    fine.add(ALL, dream)
    monkeypatch.setattr(room, "FINE_PIXELS", 1000)
    coarse = Canvas.fresh(picture)
    coarse.add(ALL, dream)
    assert coarse.layer.dtype == np.float16
    assert np.abs(coarse.shown().astype(int) - fine.shown()).max() <= 1
    assert np.abs(coarse.at(picture, (200, 133)).shown().astype(int) - fine.at(picture, (200, 133)).shown()).max() <= 1
