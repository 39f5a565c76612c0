"""Who dreams: what is shown of the dream, the way from one choice to the next, and nothing done where nothing is."""

import numpy as np
import pytest
from seeing import Watcher, sight

from kaleidocam.mask.masks import Masks
from kaleidocam.mask.subject import MASK_SECONDS, SECONDS, Shown, Subject
from kaleidocam.settings.parameters import Look

MASK = np.linspace(0, 1, 18 * 32, dtype=np.float32).reshape(18, 32)
KEEP, DREAM = Look(subject="keep"), Look(subject="dream")


def share(shown):
    """What is shown at each place of the mask."""
    return np.ones_like(MASK) if shown is None else shown.everywhere + shown.more * shown.mask


class Fixed:
    """A mask that stands; it knows how often it was asked."""

    def __init__(self):
        self.asked = 0

    def of(self, sight):
        self.asked += 1
        return MASK

    def state(self):
        return {"asked": self.asked}

    def restore(self, state):
        self.asked = state["asked"]


def test_off_makes_no_mask():
    def make():
        raise AssertionError("a mask was made")

    subject = Watcher(make)
    for look in (Look(), Look(subject_soft=0.2, subject_grow=0.1), Look(subject="keep", subject_amount=0)):
        assert subject.see(sight(), look) is None


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        (KEEP, 1 - MASK),
        (DREAM, MASK),
        (Look(subject="keep", subject_amount=0.25), 1 - MASK / 4),
        (Look(subject="dream", subject_amount=0.25), 0.75 + MASK / 4),
    ],
)
def test_what_is_shown(look, shown):
    np.testing.assert_allclose(share(Watcher(Fixed).see(sight(elapsed=0), look)), shown, atol=1e-6)


@pytest.mark.parametrize("before", [Look(), KEEP, DREAM])
@pytest.mark.parametrize("after", [Look(), KEEP, DREAM])
def test_from_one_to_another_it_takes_its_time(before, after):
    def of(look):
        return share(Watcher(Fixed).see(sight(elapsed=0), look))

    subject = Watcher(Fixed)
    subject.see(sight(elapsed=0), before)
    seconds = SECONDS * (1 if Look() in (before, after) else 2)
    for way in (0.25, 0.5, 0.75):
        shown = subject.see(sight(elapsed=seconds / 4), after)
        np.testing.assert_allclose(share(shown), of(before) + (of(after) - of(before)) * way, atol=1e-5)
    last = subject.see(sight(elapsed=seconds / 3), after)
    assert (last is None) == (after == Look())


def test_back_to_off_leaves_nothing_behind():
    subject = Watcher(Fixed)
    for look in (KEEP, Look()):
        subject.see(sight(elapsed=1), look)
    shown = {"everywhere": 1.0, "more": 0.0}
    assert subject.state() == {"subject": {"shown": shown, "masks": {"people": 1.0}}, "masks": {}}


def test_under_the_clean_picture_nothing_is_looked_for():
    subject = Watcher(Fixed)
    assert subject.see(sight(), KEEP.model_copy(update={"wet": 0.0})) is None
    assert subject.state()["masks"] == {}


@pytest.mark.parametrize(
    ("everywhere", "more", "wanted"), [(1, -1, 255 - 51), (0, 1, 51), (0.5, 0.5, 153), (1, -0.5, 255 - 25.5)]
)
def test_what_is_shown_of_a_picture_is_bytes(everywhere, more, wanted):
    gray = np.zeros((36, 64), np.uint8)
    shown = Shown(np.full((18, 32), 0.35, np.float32), everywhere, more)  # which a firmer edge makes 0.2
    np.testing.assert_allclose(shown.on(gray), wanted, atol=1)
    assert shown.on(gray).dtype == np.uint8


@pytest.mark.parametrize(
    ("everywhere", "more", "mask", "level"), [(1, -1, 0, 1), (1, -1, 1, 0), (0, 1, 0, 0), (0.5, 0.5, 1, 1)]
)
def test_one_share_everywhere_is_known_as_such(everywhere, more, mask, level):
    assert Shown(np.full((18, 32), mask, np.float32), everywhere, more).level() == level
    assert Shown(MASK, everywhere, more).level() is None


def test_it_goes_on_from_its_state_in_the_middle_of_the_way():
    def run(subject, looks):
        return [share(subject.see(sight(elapsed=SECONDS / 5), look)) for look in looks]

    looks = [KEEP, DREAM, DREAM, KEEP, KEEP]
    whole, first, second = (Watcher(Fixed) for _ in range(3))
    shown, begun = run(whole, looks), run(first, looks[:2])
    second.restore(first.state())
    assert np.array_equal(shown, begun + run(second, looks[2:])) and whole.state() == second.state()


def test_a_state_of_an_earlier_version_is_one_in_which_all_dreams():
    subject = Subject()
    subject.restore(None)
    subject.pass_time(0.1, Look())
    assert subject.shown({}, Look()) is None


class Level:
    """A mask that is as bright as its name says."""

    def __init__(self, name):
        self.level = float(name)

    def of(self, sight):
        return np.full((18, 32), self.level, np.float32)

    def state(self):
        return {}

    def restore(self, state):
        pass


def levels(looks, elapsed=MASK_SECONDS / 4, restored=None):
    """What is shown of the dream at each of the looks, over black, 0 to 1. At the frame `restored`, a new subject goes
    on from the state."""
    subject, masks, found = Subject(), Masks(Level), []
    for i, look in enumerate(looks):
        if i == restored:
            subject, masks, before = Subject(), Masks(Level), (subject.state(), masks.state())
            subject.restore(before[0])
            masks.restore(before[1])
        subject.pass_time(elapsed if i else 0.0, look)
        shown = subject.shown(masks.see(subject.wanted(look), sight()), look)
        found.append(shown.on(np.zeros((18, 32), np.uint8)).mean() / 255)
    return found


def masked(level):
    return Look(mask=str(level), subject="dream")


def test_one_mask_takes_the_others_place_in_a_moment():
    looks = [masked(0.2), *[masked(0.8)] * 5]
    assert levels(looks) == pytest.approx([0.2, 0.35, 0.5, 0.65, 0.8, 0.8], abs=0.01)


def test_a_third_mask_begins_where_the_two_before_are():
    looks = [masked(0.0), masked(1.0), masked(1.0), *[masked(0.25)] * 4]
    assert levels(looks) == pytest.approx([0, 0.25, 0.5, 0.4375, 0.375, 0.3125, 0.25], abs=0.01)
    assert levels(looks, restored=4) == levels(looks)


def test_back_to_the_mask_before_is_as_far_as_it_had_come():
    looks = [masked(0.0), masked(1.0), *[masked(0.0)] * 3]
    assert levels(looks) == pytest.approx([0, 0.25, 0, 0, 0], abs=0.01)


def test_where_nothing_is_shown_of_the_mask_another_is_there_at_once():
    subject = Subject()
    for look in (Look(), Look(mask="luma", subject="off"), Look(mask="motion", subject="keep")):
        subject.pass_time(0.1, look)
    assert subject.wanted(look) == ("motion",)
