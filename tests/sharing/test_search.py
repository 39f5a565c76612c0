"""Which senders there are, found out in another process and beside the show."""

import threading
import time

import pytest
import sharing_libraries

from kaleidocam.sharing import search
from kaleidocam.sharing.search import Lookout, installed, told_of
from kaleidocam.sharing.systems import SYSTEMS

NDI = SYSTEMS[0]


def test_only_what_is_installed_and_can_be_here_is_asked(monkeypatch):
    monkeypatch.setattr("kaleidocam.sharing.base.find_spec", lambda name: name == "syphon")
    monkeypatch.setattr("kaleidocam.sharing.base.System.here", True)
    assert installed() == ["syphon"]
    monkeypatch.setattr("kaleidocam.sharing.base.find_spec", lambda name: None)
    assert installed() == [] and search.senders() == []
    assert told_of(NDI) == "ndi needs cyndilib: pip install 'kaleidocam[ndi]'"


def test_a_search_that_fails_is_a_line(monkeypatch):
    monkeypatch.setattr("kaleidocam.sharing.base.find_spec", lambda name: True)
    monkeypatch.setattr("kaleidocam.child_process.command", lambda function: ["false"])
    assert told_of(NDI) == "it gave no answer"


@pytest.mark.timed
@pytest.mark.needs("ndi")
def test_a_real_sender_is_found(ndi_here):
    import numpy as np

    with sharing_libraries.sending("ndi:to be found", [np.zeros((48, 64, 3), np.uint8)]) as sink:
        assert f"ndi:{sink.sender_name}" in search.senders()
        assert "NDI SDK" in (told := told_of(NDI)) and f"senders: {sink.sender_name}" in told


def test_a_lookout_looks_beside_the_show_and_says_what_changed():
    begun, answers = threading.Event(), [["ndi:a"], ["ndi:a"], []]

    def look():
        begun.wait(5)
        return answers.pop(0)

    lookout = Lookout(look)
    lookout.begin()
    assert lookout.texts == [] and lookout.changes == 0
    begun.set()
    ends = time.monotonic() + 5
    while not lookout.changes and time.monotonic() < ends:
        time.sleep(0.01)
    assert lookout.texts == ["ndi:a"] and lookout.changes == 1
    lookout.look()
    assert lookout.changes == 1
    lookout.look()
    assert lookout.texts == [] and lookout.changes == 2


def test_who_asks_while_it_looks_gets_what_that_finds():
    looks, going_on = [], threading.Event()

    def look():
        looks.append(None)
        going_on.wait(5)
        return ["ndi:a"]

    lookout = Lookout(look)
    lookout.begin()
    while not looks:
        time.sleep(0.01)
    threading.Timer(0.1, going_on.set).start()
    lookout.look()
    assert lookout.texts == ["ndi:a"] and len(looks) == 1
