"""The seam between two dreams of one take, with dreams that are known."""

import numpy as np
import pytest

from kaleidocam.film.seam import SeamDream, SeamEye, faded
from kaleidocam.frame import Frame
from kaleidocam.picture.eye import Seen
from kaleidocam.settings.parameters import Look

START, END = 5, 9
OLD = np.zeros((8, 8, 3), np.float32)
NEW = OLD.copy()
OLD[:4], NEW[4:] = 1, 1  # as strong as each other, and nothing in common
PICTURE = np.zeros((8, 8, 3), np.uint8)


class Eye:
    """Notes what it sees; `memory` is what it has seen last."""

    def __init__(self, name):
        self.name, self.frames, self.memory, self.let_in = name, [], None, 1.0

    def see(self, frame, look):
        self.frames.append(frame.index)
        self.memory = frame.index
        return Seen(frame, PICTURE, PICTURE, 0.04, motion=self.name, let_in=self.let_in)

    def state(self):
        return {"memory": self.memory}

    def restore(self, state):
        self.memory = state["memory"]


class Dream(Eye):
    """Has one layer for ever; notes which eye's sight it was given."""

    def __init__(self, name, layer):
        super().__init__(name)
        self.layer = layer

    def advance(self, seen, look):
        self.frames.append((seen.frame.index, seen.motion))
        self.memory = seen.frame.index
        return self.layer


@pytest.fixture
def parts():
    eyes, dreams = (Eye("old"), Eye("new")), (Dream("old", OLD), Dream("new", NEW))
    eye = SeamEye(*eyes, START, END)
    return eyes, dreams, eye, SeamDream(*dreams, eye, START, END)


def run(eye, dream, frames):
    look = Look()
    return [dream.advance(eye.see(Frame(PICTURE, i / 25, i), look), look) for i in frames]


def shares(layers):
    """How far each layer is from the old dream to the new, 0 to 1."""
    strengths = [(layer[:4].mean(), layer[4:].mean()) for layer in layers]
    return [new / (old + new) for old, new in strengths]


def test_a_seam_goes_from_the_old_dream_to_the_new_in_even_steps(parts):
    *_, eye, dream = parts
    layers = run(eye, dream, range(END))
    assert all(layer is OLD for layer in layers[:START])
    whole = [0, *shares(layers[START:]), 1]  # the frame before is the old dream, the one after it the new
    assert np.diff(whole) == pytest.approx(1 / (END - START + 1), abs=1e-6)


def test_what_is_let_in_goes_from_the_one_eye_to_the_other(parts):
    eyes, _, eye, _ = parts
    for each, let_in in zip(eyes, (0.2, 1.0), strict=True):
        each.let_in = let_in
    shares = [eye.see(Frame(PICTURE, i / 25, i), Look()).let_in for i in range(END)]
    assert shares[:START] == [0.2] * START and all(seen.let_in == 1 for seen in eye.seen.values())
    assert np.diff([*shares[START - 1 :], 1]) == pytest.approx(0.8 / (END - START + 1))


def test_a_fade_is_as_strong_as_what_it_fades_between():
    for strength in (1, 3):
        norms = [np.linalg.norm(faded(OLD, strength * NEW, share)) for share in (0, 0.25, 0.5, 0.75, 1)]
        assert norms == pytest.approx(np.linalg.norm(OLD) * np.linspace(1, strength, 5), rel=1e-5)
    faint = faded(OLD / 1000, NEW / 1000, 0.5)
    assert np.linalg.norm(faint) == pytest.approx(np.linalg.norm(OLD) / 1000, rel=1e-5)
    assert not faded(OLD * 0, NEW * 0, 0.5).any()


def test_the_new_dream_begins_with_the_seam_and_sees_by_its_own_eye(parts):
    eyes, dreams, eye, dream = parts
    run(eye, dream, range(END))
    assert eyes[0].frames == list(range(END)) and eyes[1].frames == list(range(START, END))
    assert dreams[0].frames == [(i, "old") for i in range(END)]
    assert dreams[1].frames == [(i, "new") for i in range(START, END)]
    assert not eye.seen  # no picture is kept for longer than it is needed


def test_both_memories_are_kept_and_come_back(parts):
    eyes, dreams, eye, dream = parts
    run(eye, dream, range(START + 2))
    eye.see(Frame(PICTURE, 0.28, START + 2), Look())  # seen and not dreamed when it ended
    memories = eye.state(), dream.state()
    for part in (*eyes, *dreams):
        part.memory = "lost"
    eye.restore(memories[0])
    dream.restore(memories[1])
    assert [part.memory for part in (*eyes, *dreams)] == [START + 2, START + 2, START + 1, START + 1]
    assert not eye.seen
