"""What is sent to other programs: beside the show, under a name that is told, and only while somebody receives it."""

import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import sharing_libraries
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat, Planes
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.base import Library, Sender
from kaleidocam.sharing.systems import SYSTEMS
from kaleidocam.sinks.opening import open_sink
from kaleidocam.sinks.shared import Shared

pytestmark = pytest.mark.timed


class Listed(Sender):
    """Keeps what it is sent. `takes`: seconds for one; `heard`: its receivers; `error`: raised by the second."""

    def __init__(self, name, takes=0.0, heard=None, error=None):
        self.name, self.sent, self.closed, self.threads = name, [], 0, set()
        self._takes, self.heard, self._error = takes, heard, error

    def send(self, image):
        self.threads.add(threading.get_ident())
        time.sleep(self._takes)
        self.sent.append(image)
        if self._error and len(self.sent) == 2:
            raise self._error

    def receivers(self):
        return self.heard

    def close(self):
        self.threads.add(threading.get_ident())
        self.closed += 1


def opened(sender):
    class One(Library):
        def version(self):
            return "1"

        def names(self):
            return []

        def send(self, name, size, fps):
            sender.threads.add(threading.get_ident())
            sender.name = f"PC ({name})"
            return sender

        def receive(self, name):
            raise UserError("no")

    return Shared(replace(SYSTEMS[0], module="sys", load=One), "one", size=(160, 96), fps=30.0)


def write(sink, count, pause=0.01):
    for index in range(count):
        sink.write(Frame(texture(index), index / 30, index))
        time.sleep(pause)


def test_all_is_sent_on_one_thread_which_is_not_the_stages():
    sender = Listed("")
    with opened(sender) as sink:
        write(sink, 10)
    assert sink.told == "NDI sender: PC (one)" and sink.name == "the NDI sender" and sink.notice is None
    assert len(sender.threads) == 1 and threading.get_ident() not in sender.threads
    assert len(sender.sent) + sink.dropped == 10 and sender.closed == 1 and not sink.fixed
    np.testing.assert_array_equal(sender.sent[-1], texture(9))


def test_a_slow_receiver_does_not_hold_up_the_picture_and_gets_the_newest():
    sender = Listed("", takes=0.1)
    with opened(sender) as sink:
        begun = time.monotonic()
        write(sink, 40, pause=0.005)
        assert time.monotonic() - begun < 0.6
        time.sleep(0.25)
    np.testing.assert_array_equal(sender.sent[-1], texture(39))
    assert len(sender.sent) + sink.dropped == 40 and sink.dropped > 20


def test_what_was_written_may_be_changed_afterwards():
    sender, image = Listed("", takes=0.05), texture(1).copy()
    with opened(sender) as sink:
        sink.write(Frame(image, 0.0, 0))
        image[:] = 0
        time.sleep(0.15)
    np.testing.assert_array_equal(sender.sent[0], texture(1))


def test_while_nobody_receives_nothing_is_sent():
    sender = Listed("", heard=0)
    with opened(sender) as sink:
        write(sink, 5)
        assert not sender.sent
        sender.heard = 1
        write(sink, 5)
        assert sender.sent
        sender.heard = 0
        write(sink, 2)
        before = len(sender.sent)
        write(sink, 5)
        assert len(sender.sent) == before


def test_planes_are_sent_as_the_picture_that_they_are():
    planes = Planes(
        *(np.full(shape, 120, np.uint8) for shape in ((96, 160), (48, 80), (48, 80))), PixelFormat("yuv420p")
    )
    sender = Listed("")
    with opened(sender) as sink:
        sink.write(Frame(planes, 0.0, 0))
        time.sleep(0.1)
    np.testing.assert_array_equal(sender.sent[0], planes.bgr())


def test_one_that_fails_does_not_end_the_show():
    sender = Listed("", error=RuntimeError("the\ndriver is gone"))
    with opened(sender) as sink:
        write(sink, 10)
        assert sink.notice == "the NDI sender failed: the driver is gone"
    assert len(sender.sent) == 2 and sender.closed == 1


def test_a_name_that_is_taken_is_told(monkeypatch):
    spout, _ = sharing_libraries.pretend(monkeypatch)
    with sharing_libraries.sending("spout", [texture(1)]):
        while not spout.shared:  # it has its name from its first picture on
            time.sleep(0.01)
        with open_sink("spout", (160, 96), 30.0, Machine(), overwrite=False) as sink:
            assert sink.told == "Spout sender: kaleidocam 2 (another one has the name kaleidocam)"


def test_the_context_is_made_where_it_is_used(monkeypatch):
    spout, _ = sharing_libraries.pretend(monkeypatch)
    with open_sink("spout:x", (160, 96), 30.0, Machine(), overwrite=False) as sink:
        write(sink, 3, pause=0.05)
    calls = ["createOpenGL", "setSenderName", "sendImage", "setFrameSync"]
    assert spout.calls[:4] == calls and spout.calls[-2:] == ["releaseSender", "closeOpenGL"] and not spout.shared


@pytest.mark.parametrize("name", ["a\nb", "\x1b[1m", "bytes\udcff"])
def test_a_name_that_can_not_be_shown_is_the_users_error(name, monkeypatch):
    sharing_libraries.pretend(monkeypatch)
    with pytest.raises(UserError, match="can't be the name of a sender; give one of letters, as spout:kaleidocam$"):
        open_sink(f"spout:{name}", (160, 96), 30.0, Machine(), overwrite=False)


def test_whatever_a_library_raises_when_it_is_opened_is_a_line(monkeypatch):
    _, syphon = sharing_libraries.pretend(monkeypatch)
    monkeypatch.setattr(syphon, "SyphonMetalServer", lambda name: 1 / 0)
    with pytest.raises(UserError, match="^Syphon can't send: division by zero$"):
        open_sink("syphon", (160, 96), 30.0, Machine(), overwrite=False)


@pytest.mark.parametrize("text", ["spout", "syphon:x"])
def test_another_systems_is_refused_in_a_line(text, said):
    system = next(system for system in SYSTEMS if text.startswith(system.name))
    if system.here:
        pytest.skip("it is this system's")
    for way in (["--from", "aisle", "--to", text], ["--from", text]):
        code, _, told = said("live", *way)
        assert code == 2 and told.count("\n") == 1
        assert f"{system.name} is for" in told and "on this system use ndi or virtual" in told


def test_nothing_of_it_is_loaded_unasked():
    code = (
        "import sys, kaleidocam.live.repertoire, kaleidocam.sinks.kinds, kaleidocam.sources.opening;"
        "print({'cyndilib', 'SpoutGL', 'syphon', 'kaleidocam.sharing.ndi', 'kaleidocam.sinks.shared'} & {*sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"
