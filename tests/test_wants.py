"""What tests want of a machine: skipped without it, but failed in CI; counted; and the command that brings it."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import wants
from environment import PYTHON, ROOT
from needs import need

HERE = Path(__file__).parent
TESTS = """
import sys
import pytest

@pytest.mark.needs("no-such-thing", "nor-this")
@pytest.mark.parametrize("n", [1, 2])
def test_wanting(n): pass

@pytest.mark.needs(sys.executable)
def test_there(): pass

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.skip(reason="another reason")
def test_skipped(): pass
"""
MARKERS = "[pytest]\nmarkers =\n    needs\n    slow\n"


def test_without_it_a_test_is_skipped_but_fails_in_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    need(sys.executable)
    with pytest.raises(pytest.skip.Exception, match="^for want of no-such-thing, nor-this$"):
        need("no-such-thing", sys.executable, "nor-this")
    monkeypatch.setenv("CI", "true")
    need(sys.executable)
    with pytest.raises(pytest.fail.Exception, match="^for want of no-such-thing$"):
        need("no-such-thing")


@pytest.mark.slow
@pytest.mark.parametrize("how", [[], ["-n", "2"]], ids=["one process", "two"])
def test_what_was_not_run_is_counted(tmp_path, how):
    shutil.copy(HERE / "conftest.py", tmp_path)
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(MARKERS)
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {
        "KALEIDOCAM_TALLY": str(tmp_path / "tally"),
        "PYTHONPATH": os.pathsep.join(map(str, sys.path)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *how, "-m", "not slow"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "1 passed, 3 skipped" in done.stdout, done.stdout + done.stderr
    assert json.loads((tmp_path / "tally").read_text()) == {
        "skipped": 2,
        "wants": ["no-such-thing", "nor-this"],
        "deselected": 1,
    }


@pytest.mark.parametrize(
    "told, user, brings",
    [
        ({"ID": "debian"}, 1, "sudo apt-get install --yes --no-install-recommends chromium xvfb"),
        ({"ID": "debian"}, 0, "apt-get install --yes --no-install-recommends chromium xvfb"),
        (
            {"ID": "ubuntu", "ID_LIKE": "debian"},
            0,
            "apt-get install --yes --no-install-recommends chromium-browser xvfb",
        ),
        ({"ID": "fedora"}, 1, "install Chromium, Xvfb"),
    ],
)
def test_what_brings_it(monkeypatch, told, user, brings):
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: told)
    monkeypatch.setattr(os, "getuid", lambda: user, raising=False)
    assert wants.bringing(["Chromium", "Xvfb"]) == brings
    by_pip = f'{PYTHON.relative_to(ROOT)} -m pip install -e ".[torch,jax]"'
    assert wants.bringing(["torch", "jax"]) == by_pip
    assert wants.bringing(["torch", "Chromium", "jax", "Xvfb"]) == f"{brings} && {by_pip}"
