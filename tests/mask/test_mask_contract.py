"""The promises of a mask, kept by every kind in the table."""

import cv2
import numpy as np
import pytest
from film_pieces import write_clip

from kaleidocam.film.state import from_bytes, to_bytes
from kaleidocam.frame import Frame
from kaleidocam.mask.assembly import check_mask, make_mask
from kaleidocam.mask.kinds import KINDS, kind_of, path_in, with_path
from kaleidocam.mask.masks import Masks
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.settings.mask_words import ALLOWED, KNOWN, WORDS
from kaleidocam.settings.parameters import Look

SIZE, FPS, FRAMES = (160, 96), 25, 8
MATTE = np.zeros((*SIZE[::-1], 3), np.uint8)
MATTE[:, : SIZE[0] // 2] = 255  # the left half


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("masks")
    write_clip(folder / "matte.mp4", [np.roll(MATTE, 4 * i, 1) for i in range(FRAMES)])
    cv2.imwrite(str(folder / "map.png"), MATTE)
    return folder


@pytest.fixture(params=[word.name for word in WORDS])
def name(request, films):
    """An example of every kind."""
    made = {"depth": f"depth {films / 'map.png'} 0.4", "matte": str(films / "matte.mp4")}
    (word,) = [word for word in WORDS if word.name == request.param]
    return made.get(word.name, word.example)


def frames():
    """A bright square goes over a green ground."""
    for i in range(FRAMES):
        picture = np.full((*SIZE[::-1], 3), (64, 177, 0), np.uint8)
        picture[20:60, 10 + 4 * i : 50 + 4 * i] = 240
        yield Frame(picture, i / FPS, i)


def eye():
    return Eye((96, 96), Tracker())


def seen_by(eye, look, numbers=range(FRAMES)):
    return [eye.see(frame, look) for frame in frames() if frame.index in numbers]


def test_each_kind_is_in_both_tables_and_its_words_are_in_the_help(name):
    assert [kind.name for kind in KINDS] == [word.name for word in WORDS]
    for word in WORDS:
        assert word.meaning in Look.model_fields["mask"].description and kind_of(word.example).name == word.name
        for known in word.known:
            assert known in ALLOWED and known in KNOWN and kind_of(known) is kind_of(f"not {known}")
            assert kind_of(known).name == word.name
    check_mask(name)


def test_a_mask_is_shares_of_any_size(name):
    for seen in seen_by(eye(), Look(mask=name)):
        mask = seen.masks[name]
        assert mask.dtype == np.float32 and mask.ndim == 2 and 0 <= mask.min() <= mask.max() <= 1
        assert seen.shown.on(np.zeros(SIZE[::-1], np.uint8)).shape == SIZE[::-1]


def test_not_is_all_but_it(name):
    both = Masks(make_mask)
    for seen in seen_by(Eye((96, 96), Tracker(), masks=both), Look(mask=name)):
        pass
    look = Look(mask=f"not {name}")
    turned = seen_by(eye(), look)[-1].masks[f"not {name}"]
    np.testing.assert_array_equal(turned, 1 - seen.masks[name])


def test_it_goes_on_from_its_state(name):
    look, whole, first, second = Look(mask=name), eye(), eye(), eye()
    every = seen_by(whole, look)
    seen_by(first, look, range(4))
    second.restore(from_bytes(to_bytes(first.state())))
    for seen, again in zip(every[4:], seen_by(second, look, range(4, FRAMES)), strict=True):
        np.testing.assert_array_equal(seen.masks[name], again.masks[name])


def test_nothing_is_made_where_there_is_no_subject(name):
    def make(name):
        raise AssertionError("a mask was made")

    for seen in seen_by(Eye((96, 96), Tracker(), masks=Masks(make)), Look(mask=name, subject="off")):
        assert seen.shown is None and not seen.masks


@pytest.mark.parametrize("fold", ["before", "inside", "after"])
@pytest.mark.parametrize("geometry", ["kaleidoscope", "left", "quad"])
def test_under_mirrors_it_is_where_the_picture_is(name, geometry, fold):
    """The dream is a flat darkening, so what is shown is as symmetric as the mirrors."""
    look = Look(mask=name, geometry=geometry, mirrors=4, fold=fold, sharpness=0)
    watcher, glass = eye(), Glass()
    for frame in frames():
        seen = watcher.see(frame, look)
        layer = np.full((*seen.small.shape[:2], 3), -0.4, np.float32)
        shown = glass.show(seen, layer, look).image
    assert shown.shape == frame.image.shape
    # The motion of a symmetric picture is not measured symmetrically, and nobody is in this one.
    if geometry != "kaleidoscope" and (kind_of(name).exact or fold != "before"):
        assert np.abs(shown.astype(int) - shown[:, ::-1]).max() <= 2


def test_a_path_can_be_changed_and_nothing_else(name):
    path, changed = path_in(name), with_path(f"not {name}", lambda path: f"/there{path}")
    assert changed == (f"not {name}" if path is None else f"not {name}".replace(path, f"/there{path}"))
