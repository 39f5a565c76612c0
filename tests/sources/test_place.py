"""Cameras go by their names, and one that was away is never taken for another."""

import pytest

from kaleidocam.errors import UserError
from kaleidocam.sources.opening import place_of
from kaleidocam.sources.place import CameraPlace, Met, StreamPlace, find_camera, same_camera

THERE = [(0, "HD Webcam"), (2, "Capture Card"), (3, "Capture Card"), (5, "HD Pro")]


@pytest.mark.parametrize("text, index", [("7", 7), ("HD Webcam", 0), ("hd webcam", 0), ("Pro", 5), ("capture", 2)])
def test_a_camera_is_found_by_number_or_name(text, index):
    assert find_camera(text, THERE) == index


@pytest.mark.parametrize("text, what", [("Phone", "no camera 'Phone'"), ("hd", "'hd' can mean more than one camera")])
def test_a_name_that_is_not_one_says_what_there_is(text, what):
    with pytest.raises(UserError, match=rf"{what}; there are: 0 \(HD Webcam\), 2 \(Capture Card\), .*aisle"):
        find_camera(text, THERE)


@pytest.mark.parametrize(
    "there, index",
    [
        (THERE, 0),
        ([(1, "HD Webcam"), (0, "Capture Card")], 1),  # it came back with another number
        ([(0, "Capture Card")], None),  # its number is another's now
        ([], None),
    ],
)
def test_a_camera_is_met_again_by_its_name(there, index):
    assert same_camera(Met(0, "HD Webcam"), there) == index


@pytest.mark.parametrize(
    "there, index",
    [
        ([(2, "Card"), (3, "Card")], 2),
        ([(3, "Card")], None),  # the twin
        ([(3, "Card"), (4, "Card")], 4),
        ([(0, "Card"), (1, "Card")], 0),  # both came back elsewhere: nothing tells them apart
    ],
)
def test_its_twin_is_another_camera(there, index):
    assert same_camera(Met(2, "Card", frozenset({3})), there) == index


def test_a_camera_that_was_never_listed_goes_by_its_number_until_another_is_listed_there():
    assert same_camera(Met(4, None), THERE) == 4
    assert same_camera(Met(5, None), THERE) is None


def test_a_system_that_lists_no_cameras_opens_them_by_number():
    def broken():
        raise NotImplementedError("no backend")

    place = CameraPlace("1", (160, 96), 30.0, names=broken, camera=lambda index, size, fps: f"opened {index}")
    source, again = place.open()
    assert source == "opened 1" and again.met == Met(1, None) and str(again) == "camera 1"


def test_a_camera_changed_while_it_is_opened_is_not_taken():
    lists = [[(0, "A"), (1, "B")], [(0, "B")]]

    class Camera:
        closed = False

        def close(self):
            Camera.closed = True

    place = CameraPlace("0", (160, 96), 30.0, names=lambda: lists.pop(0), camera=lambda index, size, fps: Camera())
    with pytest.raises(UserError, match="replaced by another"):
        place.open()
    assert Camera.closed


def test_a_text_is_an_address_or_a_camera():
    assert str(place_of("http://me:secret@x/y", size=(160, 96), fps=30.0)) == "http://x/y"
    assert isinstance(place_of("rtsp://x/y", size=(160, 96), fps=30.0), StreamPlace)
    assert str(place_of("HD Webcam", size=(160, 96), fps=30.0)) == "camera HD Webcam"
