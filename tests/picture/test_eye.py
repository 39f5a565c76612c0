"""What the eye makes of a frame: time, and the picture as it lies under the mirrors."""

import cv2
import numpy as np
import pytest

from kaleidocam.frame import Frame, Joint
from kaleidocam.mask.masks import Masks
from kaleidocam.mask.steady import Steady
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


class Bright:
    """Finds what is bright: a mask that shows whether it lies as its picture does."""

    size = (SIDE, SIDE)

    def __call__(self, small):
        return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255


def masked(look, joints=(Joint.ON,) * 3, every=0.0):
    """What the eye sees in the last of these frames, of a picture that is black and white."""
    black_and_white = np.where(picture()[..., :1] > 128, np.uint8(255), np.uint8(0)).repeat(3, 2)
    eye = Eye((SIDE, SIDE), Tracker(), masks=Masks(lambda name: Steady(Bright(), every)))
    for i, joint in enumerate(joints):
        last = eye.see(Frame(black_and_white, i / 2, i), look.model_copy(update={"subject": "dream"}), joint)
    return last


@pytest.mark.parametrize("fold", ["after", "before", "inside"])
@pytest.mark.parametrize(
    "mirrors",
    [
        {},
        {"mirrors": 6},
        {"mirrors": 5, "spin": 0.1, "zoom": 1.3},
        {"geometry": "left", "center_x": 0.4},
        {"geometry": "quad", "angle": 30.0},
        {"geometry": "hexagon", "tile": 0.7},
    ],
    ids=str,
)
def test_a_mask_lies_under_the_mirrors_as_the_picture_does(fold, mirrors):
    under = masked(Look(fold=fold, **mirrors))
    bright = cv2.cvtColor(under.small, cv2.COLOR_BGR2GRAY) / 255
    assert under.shown.mask.shape == bright.shape
    apart = np.abs(under.shown.mask - bright)
    assert apart.mean() < 0.06 and np.median(apart) < 0.01


def test_a_mask_begins_anew_where_another_source_begins():
    looked_once = masked(Look(), every=60.0)
    again = masked(Look(), (Joint.ON, Joint.ON, Joint.CUT), every=60.0)
    assert looked_once.motion.cut is False and again.motion.cut is True
    np.testing.assert_array_equal(again.shown.mask, masked(Look(), (Joint.CUT,)).shown.mask)


def test_an_eye_that_has_no_subject_loads_no_network(monkeypatch):
    def make(name):
        raise AssertionError("a network was asked for")

    eye = Eye((SIDE, SIDE), Tracker(), masks=Masks(make))
    assert eye.see(Frame(picture(), 0.0, 0), Look()).shown is None


def test_an_eye_goes_on_from_a_state_of_an_earlier_version():
    eye, other = (Eye((SIDE, SIDE), Tracker()) for _ in range(2))
    eye.see(Frame(picture(), 0.0, 0), Look())
    earlier = {name: value for name, value in eye.state().items() if name not in ("subject", "masks", "trigger")}
    other.restore(earlier)
    assert other.see(Frame(picture(), 0.5, 1), Look()).shown is None


def test_the_mask_that_a_subject_of_an_earlier_version_kept_goes_on():
    eye, other = (Eye((SIDE, SIDE), Tracker(), masks=Masks(lambda name: Steady(Bright(), 60.0))) for _ in range(2))
    look = Look(subject="keep")
    eye.see(Frame(picture(), 0.0, 0), look)
    state = eye.state()
    earlier = {name: value for name, value in state.items() if name != "masks"}
    earlier["subject"] = {**state["subject"], "mask": state["masks"]["people"]}
    other.restore(earlier)
    np.testing.assert_equal(other.state(), state)


class Timed:
    """Notes the moments at which it is asked."""

    def __init__(self):
        self.at = []

    def of(self, sight):
        self.at.append(sight.at)
        return np.zeros((2, 2), np.float32)

    def state(self):
        return {}

    def restore(self, state):
        pass


def moments(frames, joints=(), begin=None):
    timed = Timed()
    eye = Eye((SIDE, SIDE), Tracker(), masks=Masks(lambda name: timed))
    if begin is not None:
        eye.begin_at(begin)
    for i, (seconds, played) in enumerate(frames):
        joint = joints[i] if joints else Joint.ON
        eye.see(Frame(picture(), seconds, i, played), Look(subject="dream"), joint)
    return timed.at


def test_a_mask_knows_the_moment_of_the_film_and_of_the_clip_that_plays():
    assert moments([(5.0, None), (5.5, None)]) == [0.0, 0.5]
    assert moments([(5.0, None), (5.5, None)], begin=1.0) == [4.0, 4.5]
    assert moments([(5.0, 2.0), (5.5, 0.25)]) == [2.0, 0.25]
    assert moments([(5.0, None), (5.5, None), (6.0, None)], [Joint.ON, Joint.SEAM, Joint.ON]) == [0.0, 0.0, 0.5]
