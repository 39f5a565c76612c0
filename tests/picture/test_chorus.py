"""Which voice dreams which of a look's dreams: what comes, what goes, what goes on at another place."""

import numpy as np
import pytest

from kaleidocam.picture.chorus import Chorus
from kaleidocam.settings.parameters import Look

A, B, C = "mixed3:1", "mixed3:2", "mixed3:3"
ONE, OVER = Look(channel=A), Look(channel=A, layer_channel=B)
MORPH = Look().morph


class Named:
    """A voice with a number; `ready` as of a dreamer."""

    def __init__(self, number, ready=True):
        self.number, self.dreamer = number, type("Dreamer", (), {"ready": ready})

    def reset(self):
        pass

    def state(self):
        return {"number": self.number}

    def restore(self, state):
        self.number = state["number"]


def chorus(ready=True):
    made = [0]

    def another():
        made[0] += 1
        return Named(made[0], ready)

    return Chorus(Named(0), another)


def cast(chorus):
    """(voice of the first dream, {place: (voice, presence, whether it goes)})."""
    parts = {part.layer.place: (part.voice.number, round(part.presence, 3), part.going) for part in chorus.parts}
    return chorus.own.number, parts


def played(*looks, elapsed=MORPH / 4, **more):
    made = chorus(**more)
    for look in looks:
        made.follow(look, elapsed)
    return cast(made)


def test_what_is_there_from_the_beginning_is_there_wholly():
    assert played(OVER) == (0, {"layer": (1, 1.0, False)})


def test_a_layer_comes_and_goes_in_its_time():
    assert played(ONE, OVER) == (0, {"layer": (1, 0.25, False)})
    assert played(ONE, OVER, OVER) == (0, {"layer": (1, 0.5, False)})
    assert played(OVER, ONE) == (0, {"layer": (1, 0.75, True)})
    assert played(OVER, *[ONE] * 4) == (0, {})


def test_at_a_cut_all_is_there_or_gone():
    made = chorus()
    made.follow(ONE, 0.1)
    made.follow(OVER, 0.1, cut=True)
    assert cast(made) == (0, {"layer": (1, 1.0, False)})
    made.follow(ONE, 0.1, cut=True)
    assert cast(made) == (0, {})


def test_a_layer_that_is_not_ready_waits():
    made = chorus(ready=False)
    for look in (ONE, OVER, OVER):
        made.follow(look, 1.0)
    assert cast(made) == (0, {"layer": (1, 0.0, False)})
    made.parts[0].voice.dreamer.ready = True
    made.follow(OVER, MORPH / 2)
    assert cast(made) == (0, {"layer": (1, 0.5, False)})


NONE = OVER.model_copy(update={"layer_amount": 0.0})


def test_a_layer_that_a_beat_moves_to_nothing_and_back_is_the_same():
    assert played(ONE, NONE) == (0, {})  # nothing is made for what was never seen
    for ready, presence in ((True, 1.0), (False, 0.0)):
        assert played(ONE, *[OVER, NONE] * 4, OVER, ready=ready) == (0, {"layer": (1, presence, False)})
    assert shares(ONE, *[OVER, NONE] * 4) == [0.0]


def test_a_silent_layer_needs_no_network_and_goes_when_nobody_names_it():
    made = chorus()
    for look in (OVER, NONE):
        made.follow(look, MORPH / 4)
    assert [voice.number for voice in made.in_sight] == [0]
    made.follow(OVER.model_copy(update={"layer_amount": 0.5}), MORPH / 4)
    assert [voice.number for voice in made.in_sight] == [0, 1]
    made.follow(OVER, MORPH / 4)
    assert [voice.number for voice in made.in_sight] == [1]
    for look in (NONE, ONE):
        made.follow(look, MORPH / 4)
    assert cast(made) == (0, {"layer": (1, 0.75, True)})


def test_a_silent_layer_that_becomes_the_first_dream_keeps_what_it_has_grown():
    assert played(OVER, NONE, NONE.model_copy(update={"channel": B})) == (1, {"own": (0, 0.75, True)})


def test_a_layer_with_another_channel_morphs():
    assert played(OVER, OVER.model_copy(update={"layer_channel": C})) == (0, {"layer": (1, 1.0, False)})


def test_a_layer_that_becomes_the_first_dream_keeps_what_it_has_grown():
    made = chorus()
    made.follow(OVER.model_copy(update={"layer_amount": 0.75}), 0.1)
    made.follow(Look(channel=B), 0.0)
    assert cast(made) == (1, {"own": (0, 1.0, True)})
    assert made.parts[0].layer.amount == pytest.approx(0.25)  # what it was seen by then; from there it goes
    made.follow(Look(channel=B), MORPH / 2)
    assert cast(made) == (1, {"own": (0, 0.5, True)})


def test_the_first_dream_that_becomes_a_layer_keeps_what_it_has_grown():
    assert played(Look(channel=B), OVER) == (1, {"layer": (0, 1.0, False)})


def test_two_that_change_places_keep_both():
    assert played(OVER, Look(channel=B, layer_channel=A)) == (1, {"layer": (0, 1.0, False)})


def test_while_one_goes_another_can_come():
    made = chorus()
    for look in (OVER, ONE, OVER.model_copy(update={"layer_channel": C})):
        made.follow(look, MORPH / 4)
    assert [(part.voice.number, part.presence, part.going) for part in made.parts] == [(1, 0.5, True), (2, 0.25, False)]


def test_only_what_is_wanted_dreams_on():
    made = chorus()
    for look in (OVER, ONE):
        made.follow(look, 0.1)
    assert [voice.number for voice in made.voices] == [0]


def test_it_goes_on_from_its_state():
    looks = [ONE, OVER, OVER, Look(channel=B), Look(channel=B, subject_channel=C), ONE]
    straight, first, second = chorus(), chorus(), chorus()
    for look in looks:
        straight.follow(look, MORPH / 5)
    for look in looks[:4]:
        first.follow(look, MORPH / 5)
    second.own.restore(first.own.state())
    second.restore(first.state())
    for look in looks[4:]:
        second.follow(look, MORPH / 5)
    assert [part.layer for part in straight.parts] == [part.layer for part in second.parts]
    np.testing.assert_equal([p.presence for p in straight.parts], [p.presence for p in second.parts])


def test_a_state_of_an_earlier_version_has_no_layers():
    made = chorus()
    made.restore(None)
    made.follow(OVER, 0.1)
    assert cast(made) == (0, {"layer": (1, 1.0, False)})


@pytest.mark.parametrize(
    ("blend", "amount", "left"), [("normal", 0.9, 0.1), ("screen", 1.0, 1.0), ("screen", 1.9, 0.1)]
)
def test_when_a_layer_becomes_the_first_dream_as_much_of_that_goes_as_was_seen(blend, amount, left):
    made = chorus()
    made.follow(OVER.model_copy(update={"layer_blend": blend, "layer_amount": amount}), MORPH / 4)
    made.follow(Look(channel=B), 0.0)
    (part,) = made.parts
    assert part.going and part.share == pytest.approx(left)


def shares(*looks, **more):
    made = chorus(**more)
    for look in looks:
        made.follow(look, MORPH / 4)
    return [round(part.share, 3) for part in made.parts]


BELOW = Look(channel=A, layer_channel=B, layer_amount=0.1)  # of what was the first dream


@pytest.mark.parametrize(("ready", "seen"), [(True, [0.75, 0.5, 0.25, 0.1]), (False, [1.0] * 4)])
def test_what_was_the_first_dream_stands_in_for_the_next_one_until_that_has_come(ready, seen):
    for count, share in enumerate(seen, 1):
        assert shares(Look(channel=B), *[BELOW] * count, ready=ready) == [share]


def test_it_stands_in_also_while_it_goes():
    assert shares(Look(channel=B), BELOW, *[ONE] * 9, ready=False) == [1.0]
    assert shares(Look(channel=B), BELOW, *[ONE] * 9) == []


def test_it_stands_in_after_a_state_too():
    made = chorus(ready=False)
    for look in (Look(channel=B), BELOW):
        made.follow(look, MORPH / 4)
    other = chorus(ready=False)
    other.restore(made.state())
    other.own.dreamer.ready = False
    other.follow(BELOW, MORPH / 4)
    assert [part.share for part in other.parts] == [1.0]
