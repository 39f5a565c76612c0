"""What tests of several rooms share."""

import logging
import signal
import sys

import pytest
from needs import Tally, need

from kaleidocam.cli import program as cli


def pytest_configure(config):
    config.pluginmanager.register(Tally(config))


def pytest_runtest_setup(item):
    need(*(name for mark in item.iter_markers("needs") for name in mark.args))


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
