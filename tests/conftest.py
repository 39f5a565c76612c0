"""What tests of several rooms share."""

import json
import logging
import os
import signal
import sys
from contextlib import suppress

with suppress(ImportError):  # TensorFlow brings an OpenSSL, on which this one crashes if it is loaded after it
    import pylibsrtp  # noqa: F401

# PyTorch's threads wait for each other by spinning. Two test processes on two cores then take 60 times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
from needs import Tally, need

from kaleidocam.cli import program as cli


def pytest_configure(config):
    config.pluginmanager.register(Tally(config))


def pytest_runtest_setup(item):
    need(*(name for mark in item.iter_markers("needs") for name in mark.args))


@pytest.fixture(scope="session")
def ndi_here(tmp_path_factory):
    """NDI without the multicast by which it finds senders: it asks this machine alone, on its own port. The library
    reads that when it is first used; other processes take it over."""
    folder = tmp_path_factory.mktemp("ndi")
    (folder / "ndi-config.v1.json").write_text(json.dumps({"ndi": {"networks": {"ips": "127.0.0.1,"}}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NDI_CONFIG_DIR", str(folder))
        yield


@pytest.fixture
def said(monkeypatch, capsys):
    """Runs the command line in this process: (exit code, standard output, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kaleidocam", *map(str, arguments)])
        monkeypatch.setattr(signal, "signal", lambda *args: None)
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture
def logged(monkeypatch, caplog):
    """pytest's `caplog`, which hears what the package says to people, whatever a command did before."""
    monkeypatch.setattr(logging.getLogger("kaleidocam"), "propagate", True)
    caplog.set_level("INFO", "kaleidocam")
    return caplog
