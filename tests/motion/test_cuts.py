"""The decision on a cut, from plain grays whose content score is known: a third of their difference."""

import numpy as np
import pytest

from kaleidocam.motion.cuts import CutDetector

LOST, SOME, FOLLOWED = 0.2, 0.6, 0.95  # how far the flows agree


def decided(scores, trust=SOME, detector=None):
    """Whether the last of these changes is a cut. The grays go to and fro, so that any number of them fits."""
    detector, gray = detector or CutDetector(), 20
    detector(plain(gray), SOME)
    for i, score in enumerate(scores):
        gray += 3 * score if gray + 3 * score < 256 else -3 * score
        cut = detector(plain(gray), trust if i == len(scores) - 1 else FOLLOWED)
    return cut


def plain(gray):
    return np.full((96, 160, 3), gray, np.uint8)


@pytest.mark.parametrize(
    ("before", "score", "cut"),
    [
        ([0] * 20, 40, True),
        ([30] * 20, 40, True),  # enough to be a cut in any shot
        ([0] * 20, 20, True),
        ([4] * 40, 20, True),
        ([8] * 40, 20, False),  # one restless moment more
        ([8] * 40 + [1] * 20, 20, True),  # it has become calm since
        ([1] * 40 + [8] * 20, 20, False),  # and the other way round
        ([0] * 20, 12, False),  # less than a cut changes, however calm it was
    ],
)
def test_what_is_a_cut_depends_on_how_restless_the_shot_was(before, score, cut):
    assert decided([*before, score]) == cut


def test_a_change_that_the_flow_explains_is_none():
    """A fast pan, a flash; and where the flow is lost altogether, less of a change is enough."""
    assert not decided([0, 0, 40], FOLLOWED) and decided([0, 0, 40], LOST)
    assert decided([0, 0, 6], LOST) and not decided([0, 0, 6], SOME)
    assert not decided([0, 0, 4], LOST)  # it is lost on a plain wall too


def test_after_a_cut_the_next_shot_is_judged_by_itself():
    detector = CutDetector()
    assert decided([*[8] * 40, 60], detector=detector)
    assert decided([0, 0, 20], FOLLOWED - 0.3, detector)


def test_its_first_picture_is_none_and_reset_makes_the_next_one_first():
    detector = CutDetector()
    assert not detector(plain(0), LOST)
    detector.reset()
    assert not detector(plain(255), LOST) and detector(plain(0), LOST)


def test_it_goes_on_from_its_memory_at_any_size():
    detector, other = CutDetector(), CutDetector()
    assert not decided([8] * 40, FOLLOWED, detector)
    other.restore(detector.state())
    gray = int(detector.state()["before"][0, 0, 2])
    small = np.full((48, 80, 3), gray + 60 if gray < 100 else gray - 60, np.uint8)
    assert [part(small, SOME) for part in (detector, other)] == [False, False]  # restless, as before
    assert detector.state()["before"].shape == (48, 80, 3)
