"""Another Python that runs a function of this package."""

import os
import signal
import sys

from kaleidocam import child_process


def test_it_imports_from_where_this_process_does_and_outlives_a_ctrl_c(tmp_path, monkeypatch):
    (tmp_path / "there.py").write_text(
        "import os, signal, sys\n"
        "def main():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    sys.stdout.write(sys.stdin.readline().upper())\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    with child_process.start("there:main") as process:
        assert process.communicate(b"said\n", timeout=60)[0] == b"SAID\n"


def test_what_was_asked_for_by_the_environment_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert child_process.environment()["PYTHONPATH"].split(os.pathsep)[0] == str(tmp_path)
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN  # here
