"""What other programs share, as a source: by its name, at any size, while its sender comes and goes."""

import time

import numpy as np
import pytest
import sharing_libraries
from moving import texture

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.base import Receiver
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.opening import is_live, open_live, open_source, place_of
from kaleidocam.sources.shared import Shared

pytestmark = pytest.mark.timed
PATIENCE = 20.0  # seconds: other tests may run beside it


class Given(Receiver):
    """Gives these pictures, one a call; None: none came."""

    def __init__(self, *pictures, connected=True):
        self._pictures, self.connected, self.closed = list(pictures), connected, 0
        self.fps = 25.0

    @property
    def connected(self):
        return self._connected

    @connected.setter
    def connected(self, value):
        self._connected = value

    def newest(self, seconds):
        return self._pictures.pop(0) if self._pictures else None

    def close(self):
        self.closed += 1


def test_a_sender_that_has_nothing_new_repeats_its_picture_and_one_that_went_ends_it():
    receiver = Given(texture(1), texture(2), None, texture(3))
    with Shared(receiver, "NDI 'x'") as source:
        assert source.size == (160, 96) and source.fps == 25.0
        frames = [source.read() for _ in range(5)]
        receiver.connected = False
        assert source.read() is None and source.notice == "NDI 'x' is gone"
    for frame, shade in zip(frames, (1, 2, 2, 3, 3), strict=True):
        np.testing.assert_array_equal(frame.image, texture(shade))
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4] and receiver.closed == 1


def test_a_sender_without_a_picture_is_the_users_error():
    receiver = Given()
    with pytest.raises(UserError, match="^NDI 'x' gives no picture$"):
        Shared(receiver, "NDI 'x'", 0.0)
    assert receiver.closed == 1


def test_an_odd_frame_rate_is_no_frame_rate():
    receiver = Given(texture(1))
    receiver.fps = 0.0
    assert Shared(receiver, "x").fps == 30.0


def test_who_was_met_is_met_again_and_nobody_else(monkeypatch):
    sharing_libraries.pretend(monkeypatch)
    with sharing_libraries.sending("spout:camera", [texture(1)]):
        source, place = place_of("spout:cam", size=(1, 1), fps=1.0).open()
        source.close()
    assert str(place) == "Spout 'camera'" and place.met == "camera"
    with sharing_libraries.sending("spout:camera 2", [texture(1)]), pytest.raises(UserError, match="is not there"):
        place.open()
    with sharing_libraries.sending("spout:camera", [texture(2)]):
        again, _ = place.open()
        np.testing.assert_array_equal(again.read().image, texture(2))
        again.close()


@pytest.mark.parametrize(
    ("text", "shown"), [("spout:x", "Spout 'x'"), ("spout", "the Spout sender"), ("syphon: x ", "Syphon 'x'")]
)
def test_a_place_has_a_name_for_people(text, shown, monkeypatch):
    sharing_libraries.pretend(monkeypatch)
    assert str(place_of(text, size=(1, 1), fps=1.0)) == shown


@pytest.mark.parametrize("text", ["ndi", "ndi:a.mp4", "ndi:http://x/y", "spout:a/b.png", "syphon:%d", "ndi:PC (a): b"])
def test_whatever_the_name_it_is_a_sender_and_no_film(text):
    assert kind_of(text).name == text.partition(":")[0] and is_live(text)
    with pytest.raises(UserError):
        open_source(text, Machine())


def test_a_folder_of_that_name_is_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kind_of("ndi").name == kind_of("NDI:x").name == "ndi"
    (tmp_path / "ndi").mkdir()
    assert kind_of("ndi").name == "sequence" and kind_of("ndi:x").name == "ndi"


def until(source, wanted):
    """Reads until a picture is what is wanted."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if source.wait(0.1):
            frame = source.read()
            if wanted(frame.image):
                return frame
    raise AssertionError("it did not come")


def gray(size, level):
    return np.full((size[1], size[0], 3), level, np.uint8)


def is_gray(level):
    return lambda image: np.abs(image[40:56, 60:100].astype(int) - level).max() < 6


@pytest.mark.slow
@pytest.mark.needs("ndi")
def test_a_real_sender_that_goes_and_comes_back_at_another_size(ndi_here):
    """NDI, in two processes: whole between bars with `letterbox`, in the size that it had first."""
    with sharing_libraries.sending("ndi:replugged", [gray((160, 96), 60)]):
        source = open_live("ndi:replug", Machine(fit="letterbox"))
        assert source.size == (160, 96)
        until(source, is_gray(60))
        assert source.health() is None
    with source:
        ends = time.monotonic() + PATIENCE
        while source.health() is None:
            assert time.monotonic() < ends
            time.sleep(0.05)
        assert "(replugged)' has given no picture for" in source.health()
        with sharing_libraries.sending("ndi:replugged", [gray((96, 160), 180)]):
            image = until(source, is_gray(180)).image
            assert image.shape == (96, 160, 3) and image[48, :40].max() < 20  # a bar
            assert source.health() is None
    assert "was away once" in source.notice


@pytest.mark.needs("ndi")
def test_nobody_there_is_a_line_of_what_there_is(ndi_here):
    with sharing_libraries.sending("ndi:somebody", [gray((160, 96), 60)]), pytest.raises(UserError) as caught:
        open_live("ndi:nobody", Machine())
    assert "no NDI sender 'nobody'; there are: " in str(caught.value) and "(somebody)" in str(caught.value)
