"""What lets the dream in, how soon it comes and goes, and that it never jumps."""

import numpy as np
import pytest
from seeing import sight

from kaleidocam.mask.stir import SIZE
from kaleidocam.mask.trigger import PAUSE, Trigger
from kaleidocam.settings.parameters import Look

FPS = 20
STRIPES = np.tile(np.repeat(np.array([0, 200], np.uint8), 6), (SIZE[1], SIZE[0] // 12))
STRIPES = np.repeat(STRIPES[..., None], 3, axis=2)
NOBODY, SOMEBODY = np.zeros((18, 32), np.float32), np.zeros((18, 32), np.float32)
SOMEBODY[6:, 12:20] = 1


def run(trigger, look, seconds, *, moving=False, people=None):
    """What is let in at each frame of so many seconds, of a still picture or of one that moves."""
    shares = []
    for i in range(round(seconds * FPS)):
        picture = np.roll(STRIPES, 2 * i if moving else 0, axis=1)
        masks = {} if people is None else {"people": people}
        shares.append(trigger.see(sight(picture, elapsed=1 / FPS), masks, look))
    return shares


def test_off_lets_all_in_and_wants_nothing():
    trigger = Trigger()
    assert set(run(trigger, Look(), 1, moving=True)) == {1.0} and not trigger.wanted(Look())


def test_stillness_lets_it_in_slowly_and_motion_sends_it_away_fast():
    trigger, look = Trigger(), Look(trigger="still", trigger_come=2, trigger_go=0.5)
    first = run(trigger, look, 1)
    assert first[0] == 0 and first[-1] == 1  # soon at first: in the part of a film before this one it was there
    going = run(trigger, look, 1.5, moving=True)
    assert going[-1] == 0
    coming = run(trigger, look, 2 + PAUSE + 0.5)
    assert coming[-1] == 1
    on_the_way = lambda shares: sum(0 < share < 1 for share in shares) / FPS  # noqa: E731
    assert on_the_way(going) == pytest.approx(0.5, abs=0.1) and on_the_way(coming) == pytest.approx(2, abs=0.1)


def test_motion_is_the_reverse():
    trigger, look = Trigger(), Look(trigger="motion", trigger_come=0.5, trigger_go=0.5)
    assert run(trigger, look, 1)[-1] == 0
    assert run(trigger, look, 1.5, moving=True)[-1] == 1
    assert run(trigger, look, 1.5)[-1] == 0


def test_somebody_lets_it_in():
    trigger, look = Trigger(), Look(trigger="presence", trigger_come=1, trigger_go=0.5)
    assert trigger.wanted(look) == ("people",)
    assert set(run(trigger, look, 1, people=NOBODY)) == {0.0}
    assert run(trigger, look, 1.2, people=SOMEBODY)[-1] == 1
    assert run(trigger, look, 0.5 + PAUSE + 0.1, people=NOBODY)[-1] == 0


def test_who_is_there_at_once_is_dreamed_at_once():
    assert run(Trigger(), Look(trigger="presence"), 0.1, people=SOMEBODY)[0] == 1


def test_a_pause_of_a_gesture_is_no_stillness():
    trigger, look = Trigger(), Look(trigger="motion", trigger_come=0, trigger_go=0)
    run(trigger, look, 1, moving=True)
    assert set(run(trigger, look, PAUSE / 2)) == {1.0}


def test_it_never_jumps_whatever_is_played():
    trigger, shares = Trigger(), []
    for kind in ("off", "off", "motion", "still", "presence", "off", "still", "off"):
        look = Look(trigger=kind, trigger_come=1, trigger_go=1)
        shares += run(trigger, look, 0.7, moving=True, people=NOBODY)
    assert max(np.abs(np.diff(shares))) < 1.6 / FPS and min(shares) < 0.5


def test_the_level_is_how_much_must_move():
    def share(level):
        """What is let in while a third of the picture moves."""
        trigger, look = Trigger(), Look(trigger="motion", trigger_level=level, trigger_come=0.5)
        for i in range(FPS):
            picture = STRIPES.copy()
            picture[::, : SIZE[0] // 3] = np.roll(STRIPES, 2 * i, axis=1)[:, : SIZE[0] // 3]
            let_in = trigger.see(sight(picture, elapsed=1 / FPS), {}, look)
        return let_in

    assert share(0.25) == 1 and share(0.45) == 0


def test_the_clean_picture_asks_for_nobody():
    trigger, look = Trigger(), Look(trigger="presence", wet=0)
    assert not trigger.wanted(look) and run(trigger, look, 0.2)[-1] == 0


def test_it_goes_on_from_its_state():
    trigger, look = Trigger(), Look(trigger="still", trigger_come=2, trigger_go=0.5)
    run(trigger, look, 1, moving=True)
    other = Trigger()
    other.restore(trigger.state())
    assert run(trigger, look, 3) == run(other, look, 3)
    other.restore(None)
    assert run(other, Look(), 0.1) == [1.0, 1.0]
