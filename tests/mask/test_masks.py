"""The masks that a look asks for: one of each, asked once a frame, and all but it."""

import numpy as np
from seeing import sight

from kaleidocam.mask.masks import Masks


class Counted:
    """A mask that is as bright as it was often asked."""

    def __init__(self):
        self.asked = 0

    def of(self, sight):
        self.asked += 1
        return np.full((2, 3), self.asked / 8, np.float32)

    def state(self):
        return {"asked": self.asked}

    def restore(self, state):
        self.asked = state["asked"]


def test_one_of_each_is_asked_once_a_frame():
    made = {}
    masks = Masks(lambda name: made.setdefault(name, Counted()))
    seen = masks.see(["a", "not a", "b", "a"], sight())
    assert list(seen) == ["a", "not a", "b"] and {name: mask.asked for name, mask in made.items()} == {"a": 1, "b": 1}
    np.testing.assert_array_equal(seen["a"] + seen["not a"], 1)


def test_what_is_wanted_no_longer_is_dropped():
    masks = Masks(lambda name: Counted())
    masks.see(["a"], sight())
    assert masks.see([], sight()) == {} and masks.state() == {}
    assert masks.see(["not a"], sight())["not a"].max() == 1 - 1 / 8


def test_they_go_on_from_their_state():
    first, second = (Masks(lambda name: Counted()) for _ in range(2))
    first.see(["a", "b"], sight())
    first.see(["a", "b"], sight())
    second.restore(first.state())
    assert second.see(["b"], sight())["b"].max() == 3 / 8
