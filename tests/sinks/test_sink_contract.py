"""The promises of `Sink`, kept by every sink in the table; and the sinks that are neither film nor window."""

import sys
import threading
import time

import numpy as np
import pytest
import pyvirtualcam
import sharing_libraries
from moving import Moving, texture

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel import Panel
from kaleidocam.errors import UserError
from kaleidocam.fit import fitted
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.kinds import SINKS
from kaleidocam.sinks.memory import Memory
from kaleidocam.sinks.opening import open_sink
from kaleidocam.sinks.outlet import Outlet
from kaleidocam.sinks.piped import Piped
from kaleidocam.sinks.virtual_camera import VirtualCamera, how_to_get_one

pytestmark = [pytest.mark.timed, pytest.mark.usefixtures("ndi_here")]


class Device:
    """A virtual camera as pyvirtualcam wants one, that keeps what it is sent."""

    made: list["Device"] = []

    def __init__(self, *, width, height, fps, fourcc, device, **_):
        self.shape, self.sent, self.closed = (height, width, 3), [], 0
        self.made.append(self)

    def send(self, frame):
        self.sent.append((time.monotonic(), frame.reshape(self.shape).copy()))

    def close(self):
        self.closed += 1

    def device(self):
        return "test device"

    def native_fourcc(self):
        return None


class Dying(Device):
    def send(self, frame):
        raise RuntimeError("the device is gone")


@pytest.fixture(autouse=True)
def backends(monkeypatch):
    """Registered by pyvirtualcam's own call, and gone after the test: with no backend named, it would try them all."""
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", dict(pyvirtualcam.camera.BACKENDS))
    pyvirtualcam.register_backend("test", Device)
    pyvirtualcam.register_backend("dying", Dying)
    sharing_libraries.pretend(monkeypatch)


APART = ("window",)  # it needs a screen, see test_window.py
ADDED = ("memory", "behind", "panel")  # what no text names
WANTING = {"ndi": pytest.mark.needs("ndi")}
NAMES = [*(kind.name for kind in SINKS if kind.name not in APART), *ADDED]


@pytest.fixture(params=[pytest.param(name, marks=WANTING.get(name, ())) for name in NAMES])
def make(request, tmp_path, monkeypatch):
    """Every kind in the table, by its example where nothing has to be made for it; and what no text names."""
    monkeypatch.chdir(tmp_path)
    example = next((kind.example for kind in SINKS if kind.name == request.param), "")
    return {
        "memory": Memory,
        "virtual": lambda: VirtualCamera(size=(160, 96), fps=25, backend="test"),
        "behind": lambda: Behind(Memory()),
        "pipe": lambda: Piped(Outlet(_file(tmp_path)), Machine(), size=(160, 96), fps=25.0, live=True),
        "panel": lambda: Panel(Desk(Look()), size=(160, 96), port=0),
    }.get(request.param, lambda: open_sink(example, (160, 96), 25.0, Machine(), overwrite=False))


def _file(folder):
    """In place of a pipe, which somebody would have to read."""
    (folder / "piped").touch()
    return str(folder / "piped")


def test_it_takes_frames_and_closes(make):
    threads = threading.active_count()
    with make() as sink:
        assert isinstance(sink, Sink)
        for frame in iter(Moving(4).read, None):
            sink.status(["30 fps"])
            sink.write(frame)
            assert list(sink.keys()) == []
            sink.press("f")
    assert threading.active_count() == threads


def test_it_closes_without_a_frame(make):
    with make():
        pass


def test_it_closes_after_an_error(make):
    with pytest.raises(ZeroDivisionError), make() as sink:
        sink.write(Moving(1).read())
        1 / 0


def test_the_virtual_camera_sends_what_is_written_and_repeats_it_at_pace():
    with VirtualCamera(size=(160, 96), fps=50, backend="test") as camera:
        time.sleep(0.1)
        camera.write(Frame(texture(1), 0.0, 0))
        time.sleep(0.5)
        assert camera.device == "test device"
    device = Device.made[-1]
    assert all(image.any() for _, image in device.sent)  # nothing before the first
    np.testing.assert_array_equal(device.sent[-1][1], texture(1))
    assert 15 <= len(device.sent) <= 35 and device.closed == 1


def test_a_dying_virtual_camera_does_not_end_the_show():
    with VirtualCamera(size=(160, 96), fps=50, backend="dying") as camera:
        camera.write(Frame(texture(1), 0.0, 0))
        time.sleep(0.1)
        camera.write(Frame(texture(1), 0.1, 1))
        assert camera.notice == "the virtual camera failed: the device is gone"


def test_frames_are_cropped_not_squashed():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, 50:150] = 255  # a white square in the middle
    square = fitted(image, (60, 60))
    assert square.shape == (60, 60, 3) and square.min() == 255
    assert fitted(image, (400, 100)).shape == (100, 400, 3)
    assert fitted(image, (200, 100)) is image


def test_no_virtual_camera_says_how_to_get_one():
    with pytest.raises(UserError, match="no virtual camera") as caught:
        VirtualCamera(size=(160, 96), fps=25, device="/dev/no-such-device", backend="v4l2loopback")
    assert how_to_get_one() in str(caught.value)


def test_without_pyvirtualcam_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(UserError, match=r"pip install 'kaleidocam\[virtualcam\]'"):
        VirtualCamera(size=(160, 96), fps=25)


def test_a_slow_sink_behind_does_not_hold_up_the_picture():
    class Slow(Memory):
        def write(self, frame):
            time.sleep(0.05)
            super().write(frame)

    slow = Slow()
    behind = Behind(slow)
    before = time.monotonic()
    for frame in iter(Moving(40).read, None):
        behind.write(frame)
    assert time.monotonic() - before < 0.5
    behind.close()
    assert slow.closed and len(slow.frames) + behind.dropped == 40 and behind.dropped > 20
    indices = [frame.index for frame in slow.frames]
    assert indices == sorted(indices)


def test_a_film_that_can_not_be_finished_ends_the_wait():
    class Unfinished(Memory):
        def close(self):
            super().close()
            raise UserError("the disk is full")

    behind = Behind(Unfinished())
    behind.write(Moving(1).read())
    ended = threading.Thread(target=lambda: pytest.raises(UserError, behind.close), daemon=True)
    ended.start()
    ended.join(5)
    assert not ended.is_alive()


def test_an_error_behind_comes_forward():
    class Broken(Memory):
        def write(self, frame):
            raise UserError("the disk is full")

    broken = Broken()
    behind = Behind(broken)
    with pytest.raises(UserError, match="the disk is full"):
        for frame in iter(Moving(50).read, None):
            behind.write(frame)
            time.sleep(0.01)
    with pytest.raises(UserError):
        behind.close()
    assert broken.closed
