"""The switcher: dreamed, held or clean; whatever fails, there is a picture, and it has been through the guard."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from kaleidocam.frame import Frame
from kaleidocam.live.flash import FlashLimiter
from kaleidocam.live.switcher import Switcher
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.planes import PixelFormat, Planes, bgr_of
from kaleidocam.settings.parameters import Look

SIZE = (160, 96)


@dataclass
class Bright:
    """Stands for a view: its dream makes everything brighter. Fails at the frames `failing`."""

    failing: tuple = ()
    seen: int = 0

    def __post_init__(self):
        self._eye = Eye(SIZE, Tracker("ultrafast"))

    def see(self, frame, look, joint=None):
        self.seen += 1
        if frame.index in self.failing:
            raise RuntimeError("no eye")
        return self._eye.see(frame, look), np.full((SIZE[1], SIZE[0], 3), 0.3, np.float32)


def frame(index):
    return Frame(np.full((SIZE[1], SIZE[0], 3), 40 + index, np.uint8), index / 30, index)


def switcher(view, **more):
    failures = []
    return Switcher(view, Look, failures.append, **more), failures


def test_bypassed_it_is_clean_and_the_dream_goes_on():
    view = Bright()
    shows, failures = switcher(view)
    assert shows.show(frame(0)).mean() > 50
    shows.bypass()
    assert np.array_equal(shows.show(frame(1)), frame(1).image)
    shows.bypass()
    assert shows.show(frame(2)).mean() > 50
    assert view.seen == 3 and not failures


def test_paused_it_holds_the_dreamed_picture_but_bypass_goes_before():
    looks = []
    shows, failures = switcher(Bright(), each=lambda frame, look: looks.append(look.wet))
    held = shows.show(frame(0))
    shows.pause()
    assert shows.show(frame(1)) is held
    shows.bypass()
    assert np.array_equal(shows.show(frame(2)), frame(2).image)
    shows.bypass()
    assert shows.show(frame(3)) is held
    shows.pause()
    assert shows.show(frame(4)).mean() > held.mean()
    assert looks == [1, 1, 0, 1, 1] and not failures


def test_paused_before_anything_was_dreamed_there_is_a_picture():
    shows, failures = switcher(Bright())
    shows.bypass()
    shows.pause()
    shows.show(frame(0))
    shows.bypass()
    assert shows.show(frame(1)).mean() > 50 and not failures


@pytest.mark.parametrize("part", ["view", "each"])
def test_where_a_part_fails_the_source_is_shown_and_guarded(part):
    guarded = []

    def each(frame, look):
        if part == "each" and frame.index == 1:
            raise RuntimeError("a wire")

    shows, failures = switcher(
        Bright(failing=(1,) if part == "view" else ()),
        each=each,
        guard=lambda image, seconds: (guarded.append(seconds), image // 2)[1],
    )
    pictures = [shows.show(frame(i)) for i in range(3)]
    assert np.array_equal(pictures[1], frame(1).image // 2)
    assert pictures[0].mean() > 25 and pictures[2].mean() > 25
    assert len(failures) == 1 and guarded == [0, 1 / 30, 2 / 30]


def test_where_the_guard_fails_the_picture_before_stays():
    def guard(image, seconds):
        if seconds == 0 or 0.05 < seconds < 0.08:
            raise RuntimeError("no guard")
        return image

    shows, failures = switcher(Bright(), guard=guard)
    assert shows.show(frame(0)).mean() > 50  # there is none before
    before = shows.show(frame(1))
    assert shows.show(frame(2)) is before
    assert shows.show(frame(3)) is not before
    assert len(failures) == 2


def planar(index, form=PixelFormat("yuv420p")):
    """The same frame as a film stores it."""
    return next(iter(frames_of([frame(index).image], form)))


def frames_of(images, form):
    for i, image in enumerate(images):
        levels = cv2.transform(image[..., ::-1].astype(np.float32), np.column_stack([form.from_rgb, form.black]))
        y, cb, cr = (np.rint(plane).astype(np.uint8) for plane in cv2.split(levels))
        across, down = form.shrinking
        yield Frame(Planes(y, cb[::down, ::across].copy(), cr[::down, ::across].copy(), form), i / 30, i)


def test_planes_stay_planes_dreamed_held_clean_and_where_a_part_fails():
    shows, failures = switcher(Bright(failing=(4,)), guard=FlashLimiter())
    dreamed = shows.show(planar(0))
    assert isinstance(dreamed, Planes) and dreamed.bgr().mean() > 50
    shows.pause()
    assert shows.show(planar(0)) is dreamed
    shows.bypass()
    clean = planar(0)
    assert shows.show(clean) is clean.picture
    failing = Frame(planar(0).picture, 0.2, 4)
    assert shows.show(failing) is failing.picture
    assert len(failures) == 1


def test_a_source_that_changes_between_planes_and_bgr_is_shown_on():
    """As a file does that is replaced while it plays."""
    shows, failures = switcher(Bright(), guard=FlashLimiter())
    kinds = [frame(0), planar(0), planar(0, PixelFormat("yuv444p", 6, True)), frame(0)]
    shown = [shows.show(Frame(each.picture, i / 30, i)) for i, each in enumerate(kinds)]
    assert [isinstance(picture, Planes) for picture in shown] == [False, True, True, False]
    assert np.ptp([bgr_of(picture).mean() for picture in shown]) < 2 and not failures


def test_what_covers_the_picture_goes_through_the_guard_and_never_hides_the_clean_one():
    guarded, cover = [], np.full((SIZE[1], SIZE[0], 3), 222, np.uint8)
    shows, failures = switcher(
        Bright(),
        cover=lambda seen, look, picture: cover,
        guard=lambda picture, seconds: guarded.append(picture.mean()) or picture,
    )
    assert shows.show(frame(0)).mean() == 222 and guarded == [222]
    shows.bypass()
    assert shows.show(frame(1)).mean() == 41
    shows.bypass()
    shows.pause()
    assert shows.show(frame(2)).mean() == 222 and not failures
