"""Where the dream begins anew, and where it goes on: at cuts, at the seam of a loop, at another source."""

import numpy as np
import pytest
from moving import texture

from kaleidocam.frame import Frame, Joint
from kaleidocam.live.governor import Governor, ladder
from kaleidocam.live.view import CUTS, View
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look

GRID = (160, 96)


class Carried:
    """A dream of one layer, carried from frame to frame as the dream's thread does it."""

    made = False
    rest = 0.0

    def __init__(self):
        self.layer = np.full((GRID[1], GRID[0], 3), 0.5, np.float32)

    def layer_for(self, seen):
        self.layer = seen.motion.carry(self.layer, seen.small.shape)
        return self.layer


def left_at(cuts, pictures, joint):
    """How much of the layer is left, 0 to 1, after the last of the pictures, which is joined so to those before."""
    dreaming = Carried()
    view = View(Eye(GRID, Tracker()), dreaming, Governor(ladder(GRID), 30, 0, pinned=True), cuts)
    for number, picture in enumerate(pictures):
        last = number == len(pictures) - 1
        view.see(Frame(picture, number / 30, number), Look(grid=GRID), joint if last else Joint.ON)
        if number == 0:
            dreaming.layer = np.full((GRID[1], GRID[0], 3), 0.5, np.float32)
    return float(dreaming.layer.mean()) / 0.5


def slide(seed, count):
    return [np.ascontiguousarray(np.roll(texture(seed), 2 * i, axis=1)) for i in range(count)]


SAME, OTHER = slide(1, 4), [*slide(1, 3), texture(5)]


@pytest.mark.parametrize(
    ("cuts", "pictures", "joint", "stays"),
    [
        ("auto", OTHER, Joint.ON, False),
        ("auto", OTHER, Joint.SEAM, True),
        ("auto", SAME, Joint.SEAM, True),
        ("auto", SAME, Joint.CUT, False),
        ("loops", SAME, Joint.ON, True),
        ("loops", SAME, Joint.SEAM, False),
        ("loops", OTHER, Joint.SEAM, False),
        ("none", OTHER, Joint.ON, True),
        ("none", OTHER, Joint.SEAM, True),
        ("none", SAME, Joint.CUT, True),
    ],
)
def test_where_the_dream_begins_anew(cuts, pictures, joint, stays):
    left = left_at(cuts, pictures, joint)
    assert left > 0.85 if stays else left == 0, left


def test_all_ways_are_tried():
    assert set(CUTS) == {"auto", "loops", "none"}


def test_over_a_seam_that_does_not_close_the_layer_stands_still():
    """What the flow makes of two pictures that have nothing in common moves nothing."""
    tracker = Tracker()
    for picture in OTHER[:-1]:
        tracker(picture)
    motion = tracker(OTHER[-1], Joint.SEAM)
    assert not motion.cut and (motion.flow == 0).all() and (motion.trust == 1).all()
    after = tracker(np.roll(OTHER[-1], 2, axis=1))
    assert np.median(after.flow[20:-20, 20:-20, 0]) == pytest.approx(-2, abs=0.3)  # nothing of the guess is left


def test_over_a_seam_that_closes_it_goes_with_the_picture():
    tracker = Tracker()
    for picture in SAME[:-1]:
        tracker(picture)
    motion = tracker(SAME[-1], Joint.SEAM)
    assert np.median(motion.flow[20:-20, 20:-20, 0]) == pytest.approx(-2, abs=0.3) and not motion.cut


def test_the_seam_is_no_measure_of_what_changes_in_a_clip():
    """A cut is seen as well after a seam as before it."""
    tracker = Tracker()
    for picture in OTHER[:-1]:
        tracker(picture)
    tracker(OTHER[-1], Joint.SEAM)
    tracker(OTHER[-1])
    assert tracker(texture(9)).cut
