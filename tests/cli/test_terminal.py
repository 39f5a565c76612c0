"""What a person at a terminal reads."""

import logging

import pytest

from kaleidocam.cli import terminal


@pytest.fixture
def log():
    log = logging.getLogger("kaleidocam")
    before = log.handlers[:], log.level, log.propagate
    terminal.listen()
    yield logging.getLogger("kaleidocam.test")
    log.handlers[:], log.propagate = before[0], before[2]
    log.setLevel(before[1])


def test_what_is_waited_for_is_not_written_into_a_file(log, capsys):
    """There, an error stays one line."""
    log.info("loading it", extra={"waiting": True})
    log.info("it was made")
    assert capsys.readouterr().err == "kaleidocam: it was made\n"


def test_at_a_terminal_it_stands_until_the_next_line(log, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    log.info("loading it", extra={"waiting": True})
    log.info("it was made")
    assert capsys.readouterr().err == "loading it\r" + " " * 10 + "\rkaleidocam: it was made\n"


def test_a_drawing_is_for_a_terminal_alone(capsys, monkeypatch):
    terminal.draw("\x1b[97;40m##\x1b[0m\n")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    terminal.draw("##\n")
    assert capsys.readouterr().err == "##\n"
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.draw("##\n")
    assert capsys.readouterr().err == ""
