"""The pace of a backend, here and in a process of its own."""

import pytest

from kaleidocam.cli.pace import measure, measured_apart
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look, Machine

SMALL = Look(grid=(96, 96), channel="mixed0:3")


@pytest.mark.slow
def test_a_pace_is_of_the_backend_that_was_asked_for():
    machine = Machine(backend="tensorflow", precision="float32")
    here, apart = measure(SMALL, machine), measured_apart(SMALL, machine)
    for pace in (here, apart):
        assert (pace.backend, pace.device, pace.gpu, pace.precision) == ("tensorflow", "cpu", False, "float32")
        assert pace.steps > 1 and pace.ready > 0
    assert here.version == apart.version


def test_why_there_is_none_comes_in_one_line():
    with pytest.raises(UserError, match="^mixed7 can't be dreamed with these weights"):
        measured_apart(Look(channel="mixed7:1"), Machine())


def test_one_that_crashes_is_told_of_too(monkeypatch, tmp_path):
    (tmp_path / "tensorflow.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(UserError, match="ended with 3"):
        measured_apart(SMALL, Machine(backend="tensorflow"))
