"""The promises of every system that shares pictures: what is sent comes out the same, and senders come and go."""

import time

import numpy as np
import pytest
import sharing_libraries

from kaleidocam.errors import UserError
from kaleidocam.sharing.systems import SYSTEMS, is_there

pytestmark = [pytest.mark.timed, pytest.mark.usefixtures("ndi_here")]
LOOK_SECONDS = 5.0
EXACT = ("spout", "syphon")  # NDI compresses


@pytest.fixture(
    params=[
        pytest.param(system, id=system.name, marks=[] if system.name in EXACT else pytest.mark.needs(system.name))
        for system in SYSTEMS
    ]
)
def system(request, monkeypatch):
    if request.param.name in EXACT:
        sharing_libraries.pretend(monkeypatch)
    return request.param


@pytest.fixture
def library(system):
    return system.loaded()


def picture(size, shade=0):
    """Four quarters of other colors, so that nothing can be turned, mirrored or swapped unseen."""
    image = np.zeros((size[1], size[0], 3), np.uint8)
    half = size[1] // 2, size[0] // 2
    image[: half[0], : half[1]] = 200, 40, 30
    image[: half[0], half[1] :] = 30, 190, 60
    image[half[0] :, : half[1]] = 40, 50, 220
    image[half[0] :, half[1] :] = 120 + shade, 120 + shade, 120 + shade
    return image


def received(library, sender, image, name=None):
    """`image` as it comes out of the system, sent until it does."""
    with library.receive(name or there(library, sender, image)) as receiver:
        return sent_through(sender, receiver, image)


def sent_through(sender, receiver, image):
    ends = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < ends:
        sender.send(image)
        come = receiver.newest(0.05)
        come = None if come is None else come[: image.shape[0], : image.shape[1]]  # NDI has even sizes alone
        if come is not None and come.shape == image.shape and np.abs(come.astype(int) - image).mean() < 6:
            return come
    raise AssertionError("it did not come")


def there(library, sender, image=None):
    """The full name of a sender, which may have to send something to be seen."""
    ends = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < ends:
        for name in library.names():
            if sender.name in name:
                return name
        sender.send(picture((64, 48)) if image is None else image)
        time.sleep(0.02)
    raise AssertionError(f"{sender.name} is not among {library.names()}")


@pytest.mark.parametrize("size", [(160, 96), (161, 97), (33, 120)])
def test_a_picture_comes_out_as_it_was_sent(library, system, size):
    with library.send("one", size, 30.0) as sender:
        image = picture(size)
        come = received(library, sender, image)
    assert come.dtype == np.uint8 and come.shape == image.shape
    if system.name in EXACT:
        np.testing.assert_array_equal(come, image)


def test_its_size_may_change_while_it_is_received(library):
    with library.send("sizes", (160, 96), 30.0) as sender, library.receive(there(library, sender)) as receiver:
        for size in ((160, 96), (96, 160), (200, 100)):
            sent_through(sender, receiver, picture(size))


@pytest.mark.parametrize("name", ["a (b): c", "Zoë's 📷 №1", "x" * 60])
def test_a_name_may_hold_anything(library, system, name):
    with library.send(name, (64, 48), 30.0) as sender:
        assert (name if system.name in EXACT else name.replace(":", " ")) in sender.name
        assert there(library, sender) == sender.name or system.name == "syphon"


def test_a_name_that_is_too_long_is_a_line(library, system):
    if system.name == "syphon":
        pytest.skip("it takes any")
    with pytest.raises(UserError, match="name"):
        library.send("x" * 300, (64, 48), 30.0)


def test_a_name_that_is_taken_gets_a_number(library):
    with library.send("twice", (64, 48), 30.0) as first:
        there(library, first)
        with library.send("twice", (64, 48), 30.0) as second:
            assert second.name != first.name and second.numbered and not first.numbered
            assert there(library, first) != there(library, second)
            come = received(library, second, picture((64, 48), 90))
            assert come[-1, -1, 0] > 190


def test_a_sender_that_goes_is_gone_and_one_that_comes_back_is_found(library, system):
    with library.send("comes", (64, 48), 30.0) as sender:
        name = there(library, sender)
        receiver = library.receive(name)
        sent_through(sender, receiver, picture((64, 48)))
        assert receiver.connected
    ends = time.monotonic() + LOOK_SECONDS
    while receiver.connected and time.monotonic() < ends:
        receiver.newest(0.02)
    assert not receiver.connected
    while receiver.newest(0.02) is not None:  # what came before it went
        assert time.monotonic() < ends
    receiver.close()
    with library.send("comes", (64, 48), 30.0) as sender:
        sender.send(picture((64, 48)))
        again = system.loaded()
        assert is_there(again, name, LOOK_SECONDS)
        received(again, sender, picture((64, 48)), name)


def test_who_receives_may_come_and_go(library):
    with library.send("alone", (64, 48), 30.0) as sender:
        name = there(library, sender)
        assert sender.receivers() in (None, 0)
        for _ in range(2):
            received(library, sender, picture((64, 48)), name)
            sender.send(picture((64, 48)))


def test_nobody_there_is_a_line(library):
    with pytest.raises(UserError):
        library.receive("nobody").newest(0.1)
        raise UserError("Spout knows only by asking for a picture")


def test_it_says_its_version(library, system):
    assert library.version()


def test_without_its_library_it_says_what_to_install(system, monkeypatch):
    monkeypatch.setattr("kaleidocam.sharing.base.find_spec", lambda name: None)
    with pytest.raises(
        UserError, match=rf"^{system.name} needs {system.module}: pip install 'kaleidocam\[{system.name}\]'$"
    ):
        system.loaded()


def test_on_another_system_it_says_what_to_use():
    for system in SYSTEMS:
        if not system.here:
            with pytest.raises(
                UserError, match=f"^{system.name} is for (Windows|macOS); on this system use ndi or virtual$"
            ):
                system.loaded()
