"""What a library changes of our threads' policy is changed back."""

import os
import threading

import pytest

from kaleidocam.scheduling import TASKS, policy_kept, threads

pytestmark = pytest.mark.skipif(not TASKS.is_dir(), reason="only Linux has a policy for each thread")


def test_a_policy_that_was_changed_inside_is_changed_back():
    """SCHED_BATCH, which everybody may take, stands for the real-time policy, which only some may."""
    assert os.sched_getscheduler(0) == os.SCHED_OTHER, "else this test shows nothing"
    ended, begun = threading.Event(), threading.Event()
    inside: list[int] = []

    def wait() -> None:
        inside.append(os.sched_getscheduler(0))
        begun.set()
        ended.wait()

    with policy_kept():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        thread = threading.Thread(target=wait)
        thread.start()
        begun.wait()
    try:
        assert inside == [os.SCHED_BATCH]
        assert {os.sched_getscheduler(each) for each in threads()} == {os.SCHED_OTHER}
    finally:
        ended.set()
        thread.join()


def test_an_error_inside_is_passed_on_and_the_policy_is_still_changed_back():
    with pytest.raises(ValueError, match="inside"), policy_kept():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        raise ValueError("inside")
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_other_threads_keep_the_policy_that_they_had():
    ended, begun = threading.Event(), threading.Event()

    def wait() -> None:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        begun.set()
        ended.wait()

    thread = threading.Thread(target=wait)
    thread.start()
    begun.wait()
    try:
        with policy_kept():
            pass
        assert os.sched_getscheduler(thread.native_id or 0) == os.SCHED_BATCH
    finally:
        ended.set()
        thread.join()
