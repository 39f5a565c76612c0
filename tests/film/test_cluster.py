"""Segments spread over workers: the longest first, whatever becomes of a worker."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from types import SimpleNamespace

import pytest

from kaleidocam.errors import UserError
from kaleidocam.film import cluster

SEGMENTS = [(0, 30), (1, 100), (2, 5), (3, 70)]
LONGEST_FIRST = [1, 3, 0, 2]


class Done:
    """A segment that is done at once."""

    status = "finished"

    def done(self):
        return True

    def result(self):
        return None


class Client:
    """Notes what is submitted."""

    status, scheduler = "running", None

    def __init__(self):
        self.submitted = []

    def submit(self, function, *given, priority=None, **more):
        self.submitted.append((given, priority))
        return Done()

    def nthreads(self):
        return {"tcp://10.0.0.1:400": 2, "tcp://10.0.0.1:401": 1, "tcp://10.0.0.2:400": 1}

    def cancel(self, futures, force):
        assert not futures


def test_the_longest_are_submitted_first(monkeypatch):
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.0)
    client = Client()
    cluster.spread(client, "job", note, SEGMENTS, lambda: None)
    assert [(given[2], priority) for given, priority in client.submitted[1:]] == [(1, 100), (3, 70), (0, 30), (2, 5)]


def test_how_many_are_rendered_at_a_time_on_each_machine():
    assert cluster.hosts(Client()) == {"tcp://10.0.0.1": 3, "tcp://10.0.0.2": 1}


def note(folder, number):
    """In a worker. Segments are many, as some are begun before all are known."""
    with (folder / "begun").open("a") as file:
        file.write(f"{number}\n")
    time.sleep(0.3)


def die_once(folder, number):
    note(folder, number)
    if number == 1 and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)


def refuse(folder, number):
    note(folder, number)
    try:
        open("/nowhere/at/all")
    except OSError as error:
        error.cannot_be_sent = lambda: None
        raise UserError("no room") from error


def begun(folder):
    return [int(line) for line in (folder / "begun").read_text().split()]


@pytest.fixture(scope="module")
def client():
    """One real worker with a real scheduler."""
    with cluster.connected(None, 1) as client:
        yield client


@pytest.mark.slow
def test_a_worker_renders_the_longest_first(client, tmp_path):
    looks = []
    cluster.spread(client, tmp_path, note, SEGMENTS, partial(looks.append, 1))
    assert begun(tmp_path) == LONGEST_FIRST and len(looks) >= 2


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows kills otherwise")
def test_the_only_worker_dies_and_the_next_one_goes_on(client, tmp_path):
    cluster.spread(client, tmp_path, die_once, SEGMENTS, lambda: None)
    assert sorted(begun(tmp_path)) == [0, 1, 1, 2, 3]


def test_what_a_user_must_mend_is_told_at_once(client, tmp_path):
    with pytest.raises(UserError, match="^no room$"):
        cluster.spread(client, tmp_path, refuse, SEGMENTS[:1], lambda: None)
    assert begun(tmp_path) == [0]


def environment(folder, number):
    (folder / "trims").write_text(os.environ.get("MALLOC_TRIM_THRESHOLD_", "as usual"))


def test_workers_manage_memory_as_one_process_does(client, tmp_path):
    cluster.spread(client, tmp_path, environment, SEGMENTS[:1], lambda: None)
    assert (tmp_path / "trims").read_text() == os.environ.get("MALLOC_TRIM_THRESHOLD_", "as usual")


def test_a_worker_that_does_not_end_holds_up_nothing():
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])

    class Stuck:
        workers = {0: worker, 1: SimpleNamespace(pid=None)}

        def close(self, timeout):
            assert 0 < timeout < 60
            raise TimeoutError

    cluster.end(Stuck())
    assert worker.wait(timeout=10) == -signal.SIGKILL
