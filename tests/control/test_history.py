"""The history: a movement of a hand is one step, whoever else plays; back and forth ends where it was."""

import pytest

from kaleidocam.control.history import JOIN_SECONDS, STEPS, History
from kaleidocam.control.scene import Scene
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

SOON, LATER = 0.1, JOIN_SECONDS + 0.1


class Played:
    """A scene that hands change at given times, each change noted; and undone."""

    def __init__(self):
        self.history, self.scene, self.now = History(), Scene(Look(), "eyes"), 0.0

    def turn(self, by="a slider", after=SOON, **values):
        self.now += after
        before, self.scene = self.scene, self.scene.with_values(values, by)
        self.history.note(before, self.scene, by, self.now)

    def load(self, look):
        before, self.scene = self.scene, Scene(look, "another")
        self.history.note_whole(before, self.scene)

    def undo(self):
        self._turn(self.history.undo(), "before")

    def redo(self):
        self._turn(self.history.redo(), "after")

    def _turn(self, step, end):
        end = getattr(step, end)
        self.scene = end if step.whole else self.scene.taking(step.names, end)

    def values(self, *names):
        return tuple(getattr(self.scene.look, name) for name in names)


@pytest.fixture
def played():
    return Played()


def test_a_drag_is_one_step_however_long_it_lasts(played):
    for i in range(1, 100):
        played.turn(strength=i / 100)
    assert played.history.undo_steps == 1
    played.undo()
    assert played.scene.look == Look()
    played.redo()
    assert played.values("strength") == (0.99,)


def test_a_drag_that_comes_back_to_where_it_began_is_no_step(played):
    for strength in (0.5, 0.2, 1.0):
        played.turn(strength=strength)
    assert played.history.undo_steps == 0
    played.turn(strength=0.7)
    played.undo()
    assert played.values("strength") == (1.0,)


def test_after_a_rest_the_same_slider_is_another_step(played):
    played.turn(strength=0.5)
    played.turn(strength=0.6, after=LATER)
    assert played.history.undo_steps == 2
    played.undo()
    assert played.values("strength") == (0.5,)


def test_two_sliders_one_after_the_other_are_two_steps(played):
    for name in ("strength", "color"):
        for i in range(1, 5):
            played.turn(**{name: i / 10})
    assert played.history.undo_steps == 2
    played.undo()
    assert played.values("strength", "color") == (0.4, 1.0)


def test_a_pad_that_sends_its_two_in_turn_is_one_step(played):
    for i in range(1, 20):
        played.turn(center_x=i / 40)
        played.turn(center_y=i / 20)
    assert played.history.undo_steps == 1
    played.undo()
    assert played.scene.look == Look()
    played.redo()
    assert played.values("center_x", "center_y") == (19 / 40, 19 / 20)


def test_two_hands_at_once_are_a_step_each(played):
    for i in range(1, 20):
        played.turn("the panel", strength=i / 20)
        played.turn("MIDI", tilt=-i / 20)
    assert played.history.undo_steps == 2
    played.undo()
    assert sorted(played.values("strength", "tilt")) in ([-0.95, 1.0], [-0.45, 0.95])
    played.undo()
    assert played.scene.look == Look()
    played.redo()
    played.redo()
    assert played.values("strength", "tilt") == (0.95, -0.95)


def test_two_hands_on_one_slider_are_never_mixed(played):
    for i in range(1, 5):
        played.turn("the panel", strength=i / 20)
        played.turn("MIDI", strength=1 + i / 20)
    seen = [played.values("strength")[0]]
    while played.history.undo_steps:
        played.undo()
        seen.append(played.values("strength")[0])
    assert seen == [1.2, 0.2, 1.15, 0.15, 1.1, 0.1, 1.05, 0.05, 1.0]


def test_steps_are_joined_only_where_their_order_stays(played):
    """One hand moves two sliders, another one of them, then the first goes on: every state comes back as it was."""
    played.turn("the panel", strength=0.5)
    played.turn("the panel", tilt=0.5)
    played.turn("MIDI", tilt=0.9)
    played.turn("the panel", strength=0.2)
    seen = [played.values("strength", "tilt")]
    while played.history.undo_steps:
        played.undo()
        seen.append(played.values("strength", "tilt"))
    again = [seen[-1]]
    while played.history.redo_steps:
        played.redo()
        again.append(played.values("strength", "tilt"))
    assert again == seen[::-1] and seen[-1] == (1.0, -0.45) and (0.5, 0.5) in seen


def test_another_look_is_a_step_that_brings_back_all(played):
    played.turn(strength=0.5, morph=7.0)
    before = played.scene
    played.load(Look(mirrors=6, channel="mixed3:1"))
    played.turn(mirrors=8)
    played.undo()
    played.undo()
    assert played.scene == before and before.by_hand == {"morph"} and before.preset == "eyes"
    played.redo()
    assert played.scene == Scene(Look(mirrors=6, channel="mixed3:1"), "another")


def test_what_was_set_by_hand_is_undone_with_its_value(played):
    played.turn(detail=2.0)
    assert played.scene.by_hand == {"detail"}
    played.undo()
    assert played.scene.by_hand == frozenset()


def test_a_new_change_ends_what_could_be_done_again(played):
    played.turn(strength=0.5)
    played.undo()
    assert played.history.redo_steps == 1
    played.turn(color=0.5)
    assert played.history.redo_steps == 0
    with pytest.raises(UserError, match="there is nothing to redo"):
        played.redo()


def test_no_change_is_no_step(played):
    played.turn(strength=1.0)
    played.load(Look())
    assert played.history.undo_steps == 0
    with pytest.raises(UserError, match="there is nothing to undo"):
        played.undo()


def test_it_is_bounded_and_keeps_the_newest(played):
    for i in range(STEPS + 50):
        played.turn(strength=i % 100 / 100, after=LATER)
    assert played.history.undo_steps == STEPS
    for _ in range(STEPS):
        played.undo()
    assert played.values("strength") == (0.49,)
