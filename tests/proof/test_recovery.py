"""How soon a dream is there, against dreams that come when they are told to."""

import math

import numpy as np
import pytest
from proof.clips import Clip
from proof.judge import Way
from proof.recovery import recovery, shares_by_age

SIZE, COUNT, SPEED, FPS = (320, 96), 40, 4, 15.0


@pytest.fixture(scope="module")
def clip():
    """The world moves to the right; the left is new."""
    flow = np.zeros((SIZE[1], SIZE[0], 2), np.float32)
    flow[..., 0] = -SPEED
    seen = np.ones(flow.shape[:2], bool)
    seen[:, :SPEED] = False
    frames = [np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)] * COUNT
    return Clip("slide", frames, FPS, {1: dict.fromkeys(range(1, COUNT), Way(flow, seen, seen))}, exact=True)


def growing(share_at):
    """Energies of a dream whose contrast at a place in view for so many frames is `share_at(frames)`."""
    rng = np.random.default_rng(1)
    age = np.arange(SIZE[0]) // SPEED
    contrast = np.array([share_at(frames) for frames in age], np.float32)
    return [np.float32(rng.normal(0, 1, SIZE[::-1]) ** 2) * contrast**2 for _ in range(COUNT)]


def test_a_dream_that_is_there_at_once(clip):
    assert recovery(growing(lambda frames: 1.0), clip) == 0


@pytest.mark.parametrize("frames", [2, 5, 12])
def test_a_dream_that_comes_late(clip, frames):
    assert recovery(growing(lambda age: float(age >= frames)), clip) == pytest.approx(frames / FPS, abs=1 / FPS)


def test_a_dream_that_never_comes(clip):
    assert recovery(growing(lambda age: 0.3 if age < 23 else 1.0), clip) == math.inf


def test_one_bright_age_is_not_yet_a_dream(clip):
    assert recovery(growing(lambda age: float(age in (0, 3) or age >= 8)), clip) == pytest.approx(8 / FPS, abs=1 / FPS)


def test_nothing_comes_into_view_in_a_still_picture(clip):
    still = Way(np.zeros_like(clip.ways[1][1].flow), *[np.ones(SIZE[::-1], bool)] * 2)
    stands = Clip("still", clip.frames, FPS, {1: dict.fromkeys(range(1, COUNT), still)}, exact=True)
    assert recovery(growing(lambda frames: 1.0), stands) is None


def test_a_line_is_no_place(clip):
    """What is new and thinner than the detail's reach tells of its neighbors."""
    seen = np.ones(SIZE[::-1], bool)
    seen[:, 100:104] = False
    still = Way(np.zeros_like(clip.ways[1][1].flow), seen, seen)
    lined = Clip("line", clip.frames, FPS, {1: dict.fromkeys(range(1, COUNT), still)}, exact=True)
    assert recovery(growing(lambda frames: 1.0), lined) is None


def test_a_flow_that_was_lost_is_no_new_place(clip):
    """Measured, the middle is said to be new in every frame, and looks as it did."""
    seen = np.ones(SIZE[::-1], bool)
    seen[30:60, 100:200] = False
    lost = Way(np.zeros_like(clip.ways[1][1].flow), seen, seen)
    ways = {1: dict.fromkeys(range(1, COUNT), lost)}
    energies = growing(lambda frames: 1.0)
    assert shares_by_age(energies, Clip("lost", clip.frames, FPS, ways)) == {}
    assert shares_by_age(energies, Clip("new", clip.frames, FPS, ways, exact=True)) != {}


def test_dark_things_are_held_against_dark_things(clip):
    """A dark stripe that dreams less everywhere is not late."""
    frames, energies = [], growing(lambda frames: 1.0)
    for t in range(COUNT):
        frame = clip.frames[t].copy()
        frame[40:70] = 20
        frames.append(frame)
        energies[t][40:70] *= 0.04
    striped = Clip("striped", frames, FPS, clip.ways, exact=True)
    assert recovery(energies, striped) == 0
