"""Who is told: after the change, once, outside the lock, and also where a change breaks off."""

import threading

import pytest

from kaleidocam.control.changes import Changes


@pytest.fixture
def state():
    return {"x": 0, "y": 0}


@pytest.fixture
def changes(state):
    return Changes(one=lambda: state, other=dict)


def test_what_differs_is_told_once_with_who_did_it(changes, state):
    told, others = [], []
    changes.watch("one", lambda changed, by: told.append((changed, by)))
    changes.watch("other", lambda changed, by: others.append(changed))
    with changes.by("a hand"):
        state["x"] = 1
        with changes.by("within"):
            state["x"] = 2
        assert told == []
    with changes.by("a hand"):
        pass
    assert told == [({"x": 2}, "a hand")] and others == []


def test_a_change_that_breaks_off_is_told_as_far_as_it_went(changes, state):
    told = []
    changes.watch("one", lambda changed, by: told.append(changed))
    with pytest.raises(ValueError, match="broken"), changes.by("a hand"):
        state["y"] = 3
        raise ValueError("broken")
    with changes.by("another"):
        state["x"] = 1
    assert told == [{"y": 3}, {"x": 1}]


def test_a_watcher_holds_up_no_other_hand(changes, state):
    """It is called outside the lock: another thread changes something meanwhile."""
    done = threading.Event()

    def other():
        with changes.by("another"):
            done.set()

    changes.watch("one", lambda changed, by: (threading.Thread(target=other).start(), done.wait(5)))
    with changes.by("a hand"):
        state["x"] = 1
    assert done.is_set()
