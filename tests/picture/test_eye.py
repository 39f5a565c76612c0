"""What the eye makes of a frame: time, and the picture as it lies under the mirrors."""

import cv2
import numpy as np
import pytest

from kaleidocam.frame import Frame
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look

SIDE = 96
MIDDLE = np.s_[24:72, 24:72]  # the tile round the center, which no mirror repeats
TILED = Look(geometry="square", tile=0.6, fold="before")


def picture():
    rng = np.random.default_rng(7)
    return cv2.resize(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def seen(look, at=(0.0,)):
    """What lies under the mirrors at the last of these seconds."""
    eye = Eye((SIDE, SIDE), Tracker())
    for i, seconds in enumerate(at):
        last = eye.see(Frame(picture(), seconds, i), look)
    return last


@pytest.mark.parametrize(("angle", "quarters"), [(0, 0), (90, 1), (180, 2), (270, 3), (-90, 3), (360, 0)])
def test_an_angle_turns_the_picture_by_so_many_degrees(angle, quarters):
    """Counterclockwise, by quarters that can be had without any reckoning."""
    under = seen(TILED.model_copy(update={"angle": float(angle)})).picture
    np.testing.assert_allclose(under[MIDDLE].astype(int), np.rot90(picture(), quarters)[MIDDLE].astype(int), atol=1)


def test_a_spin_of_a_quarter_a_second_adds_to_the_angle():
    look = TILED.model_copy(update={"spin": 0.25, "angle": 90.0})
    for at, quarters in (((0.0,), 1), ((0.0, 1.0), 2), ((5.0, 5.5, 7.0), 3), ((0.0, 4.0), 1)):
        under = seen(look, at).picture
        np.testing.assert_allclose(under[MIDDLE].astype(int), np.rot90(picture(), quarters)[MIDDLE].astype(int), atol=1)


def test_time_passes_from_frame_to_frame_and_never_backwards():
    assert [seen(Look(), at).elapsed for at in ((3.0,), (3.0, 3.5), (3.0, 3.5, 3.25))] == [0.0, 0.5, 0.0]
