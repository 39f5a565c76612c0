"""For the tests: what a mask can be made of, and who asks it, without an eye."""

import cv2
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.mask.base import Sight
from kaleidocam.mask.masks import Masks
from kaleidocam.mask.subject import Subject
from kaleidocam.motion.flow import Motion


def sight(picture=None, *, elapsed=1 / 30, flow=(0.0, 0.0), trust=1.0, cut=False, shape=(18, 32), at=0.0):
    """A moment at a motion of `shape` (h, w), all of which came from `flow` (x, y); mirrors change nothing."""
    flow, trust = np.full((*shape, 2), flow, np.float32), np.full(shape, trust, np.float32)
    picture = np.zeros((*shape, 3), np.uint8) if picture is None else picture
    return Sight(
        Frame(picture, at, 0),
        elapsed,
        Motion(flow, trust, cut),
        shrunk=lambda size: cv2.resize(picture, size, interpolation=cv2.INTER_AREA),
        under=lambda mask: mask,
        small=picture,
        fine=lambda mask: mask,
        at=at,
    )


class Watcher:
    """A subject with its masks, as an eye has them."""

    def __init__(self, make):
        self.subject, self.masks = Subject(), Masks(lambda name: make())

    def see(self, sight, look):
        self.subject.pass_time(sight.elapsed, look)
        return self.subject.shown(self.masks.see(self.subject.wanted(look), sight), look)

    def state(self):
        return {"subject": self.subject.state(), "masks": self.masks.state()}

    def restore(self, state):
        self.subject.restore(state["subject"])
        self.masks.restore(state["masks"])
