"""What tests of several rooms share."""

import signal
import sys

import pytest

from kaleidocam import cli


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
