"""What is special in OpenVINO: its import tells nobody, and an operation without a gradient is not silently wrong."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from kaleidocam.dream.compute.backends.base import Spec
from kaleidocam.dream.compute.backends.registry import backend

pytestmark = pytest.mark.needs("openvino")


@pytest.fixture(scope="module")
def on():
    return backend("openvino", "cpu")


def test_its_use_is_not_reported(tmp_path):
    """OpenVINO's converters would report their import to Intel, and keep a number for this user in the home folder."""
    code = (
        "import sys; from kaleidocam.dream.compute.backends.registry import backend; backend('openvino', 'cpu'); "
        "print(*(name for name in sys.modules if 'telemetry' in name or name == 'openvino.tools.ovc'))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [] and list(tmp_path.iterdir()) == []


def test_an_operation_without_a_gradient_refuses_one(on):
    rising = on.rising(lambda x: (on.sum(on.clip(x, 0.0, 1.0), (0,)), x), [Spec((3,))])
    with pytest.raises(NotImplementedError, match="no gradient"):
        rising(np.zeros(3, np.float32))


def test_it_keeps_few_sizes(on):
    counted = []
    doubled = on.compiled(lambda x: (counted.append(x.shape), x * 2)[1])
    for length in (*range(1, 31), 30, 1):
        np.testing.assert_array_equal(doubled(np.ones(length, np.float32)), np.full(length, 2))
    assert len(counted) == 31 and counted[-1] == (1,)


@pytest.mark.slow
def test_the_number_of_threads_changes_no_byte(on):
    """So a film that was begun on another machine goes on here."""
    from kaleidocam.dream.compute.backends.on_openvino import OnOpenVINO
    from kaleidocam.dream.network.gradient import Gradient
    from kaleidocam.dream.network.weights import load
    from kaleidocam.dream.objective import parse

    image = np.random.default_rng(0).uniform(-1, 1, (96, 128, 3)).astype(np.float32)
    found = []
    for threads in (1, 2, 8):
        by = OnOpenVINO("cpu")
        by.fix_threads(threads)
        found.append(Gradient(parse("mixed3:10"), load("bundled"), "float32", on=by)(image)[0])
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


def test_live_it_changes_the_number_of_threads_beside():
    """The old number goes on until the new one is compiled; the numbers are the same."""
    from kaleidocam.dream.compute.backends.on_openvino import OnOpenVINO

    by = OnOpenVINO("cpu")
    by.fix_threads(4)
    assert by.crews == (4, 3, 2)
    doubled, given, asked = by.compiled(lambda x: x * 2), np.ones(5, np.float32), []
    compile_ = by.compile
    by.compile = lambda model, rough, threads: (asked.append(threads), compile_(model, rough, threads))[1]
    doubled(given)
    by.work_with(2)
    deadline = time.monotonic() + 30
    while not (len(asked) == 2 and by.work_with(2)) and time.monotonic() < deadline:
        np.testing.assert_array_equal(doubled(given), 2 * given)
    assert asked == [4, 2]
    by.work_with(4)
    np.testing.assert_array_equal(doubled(given), 2 * given)
    assert asked == [4, 2] and by.threads == 4


def test_sizes_are_compiled_beside_each_other(on):
    """A size that is ready does not wait for one that is being compiled."""
    begun, go = threading.Event(), threading.Event()

    def slow(x):
        if x.shape == (2,):
            begun.set()
            assert go.wait(30)
        return x * 2

    doubled = on.compiled(slow)
    doubled(np.ones(1, np.float32))
    other = threading.Thread(target=lambda: doubled(np.ones(2, np.float32)))
    other.start()
    assert begun.wait(30)
    np.testing.assert_array_equal(doubled(np.ones(1, np.float32)), [2])
    go.set()
    other.join()


def test_what_another_number_of_threads_needed_is_given_back():
    from kaleidocam.dream.compute.backends import on_openvino_model as model

    class By:
        threads, made, shelf = 2, [], model.Shelf()

        def compile(self, graph, rough, threads):
            self.made.append(threads)
            return model.ov.Core().compile_model(graph, "CPU")

        def later(self, make):
            make()

    by = By()
    doubled = model.Compiled(lambda x: model.Value(model.ops.add(x.output, x.output)), by)
    one = np.ones((1, 3), np.float32)
    for threads in (2, 1, 2, 1):
        by.threads = threads
        np.testing.assert_array_equal(doubled(one), 2 * one)
    assert by.made == [2, 1]
    for _ in range(model.SETTLED):
        doubled(one)
    by.threads = 2
    np.testing.assert_array_equal(doubled(one), 2 * one)
    assert by.made == [2, 1, 2]


def test_all_functions_together_hold_only_so_much(on, monkeypatch):
    """Sizes that were dropped are made again when they are asked for, with the same numbers."""
    from kaleidocam.dream.compute.backends.on_openvino_shelf import Shelf, size_of

    three = 3 * size_of(4 * 900, 900 * 4)  # bytes: of three sizes such as the fourth
    monkeypatch.setattr(on, "shelf", Shelf(three))
    weights = np.random.default_rng(0).normal(size=(1, 30, 30)).astype(np.float32)
    function = on.compiled(lambda x: x * weights)
    given = [np.full((n, 30, 30), n, np.float32) for n in range(1, 8)]
    first = [function(x) for x in given]
    assert 0 < on.shelf.held <= three
    assert sum(bool(size._graphs) for size in function._sizes.values()) <= 3
    for x, before in zip(given, first, strict=True):
        np.testing.assert_array_equal(function(x), before)
