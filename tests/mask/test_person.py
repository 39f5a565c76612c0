"""The network that finds people: on a drawn one, in any light and shape, and what is said where it is damaged."""

import cv2
import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.mask import person
from kaleidocam.mask.person import SIZE, Person
from kaleidocam.sources.aisle import Aisle

MET = 4.1  # seconds into the walk at which the passer-by is near


@pytest.fixture(scope="module")
def met():
    """A picture with somebody in it, and where: (H, W) bool."""
    aisle = Aisle(size=(640, 360), fps=30)
    frame = aisle.skip_to(MET)
    return frame.image, aisle._alpha(aisle._moment(frame.index)) > 0.5


def found(picture):
    small = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    return cv2.resize(Person()(small), picture.shape[1::-1]) > 0.5


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def test_a_drawn_person_is_found(met):
    picture, where = met
    assert overlap(found(picture), where) > 0.85


def test_in_the_dark_too(met):
    picture, where = met
    noise = np.random.default_rng(3).normal(0, 2, picture.shape)
    dark = np.clip(picture * 0.08 + noise, 0, 255).astype(np.uint8)
    assert overlap(found(dark), where) > 0.7


def test_in_an_upright_picture_too(met):
    picture, where = met
    columns = np.s_[:, 20:240]
    assert overlap(found(np.ascontiguousarray(picture[columns])), where[columns]) > 0.8


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_nobody_is_found_where_nobody_is(level):
    assert Person()(np.full((*SIZE[::-1], 3), level, np.uint8)).max() < 0.3


def test_a_lit_picture_is_shown_as_it_is(met):
    assert person.gain_of(cv2.resize(met[0], SIZE)) == 1


def test_the_same_picture_gives_the_same_mask(met):
    small = cv2.resize(met[0], SIZE)
    one, other = Person(), Person()
    one(255 - small)
    assert np.array_equal(one(small), other(small))


def test_it_says_what_the_whole_network_says(met):
    """The last layer is computed without OpenCV."""
    small = cv2.resize(met[0], SIZE, interpolation=cv2.INTER_AREA)
    whole = cv2.dnn.readNetFromTFLite(person.weights())
    whole.setInput(cv2.dnn.blobFromImage(small, 1 / 255, SIZE, swapRB=True))
    np.testing.assert_allclose(Person()(small), whole.forward()[0, 0], atol=1e-5)


@pytest.mark.parametrize("harm", ["a byte", "cut short", "no file"])
def test_a_damaged_file_is_one_clear_line(monkeypatch, tmp_path, harm):
    data = bytearray(person.FILE.read_bytes())
    data[1000] ^= 1
    here = tmp_path / person.FILE.name
    if harm != "no file":
        here.write_bytes(data if harm == "a byte" else data[:5000])
    (tmp_path / "SHA256SUMS").write_bytes((person.FILE.parent / "SHA256SUMS").read_bytes())
    monkeypatch.setattr(person, "FILE", here)
    person.weights.cache_clear()
    with pytest.raises(UserError, match="the network that finds people .*reinstall kaleidocam$") as raised:
        Person()
    assert "\n" not in str(raised.value)
    person.weights.cache_clear()
