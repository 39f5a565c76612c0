"""What presets make of the present picture, while somebody looks."""

import threading
import time

import cv2
import numpy as np
import pytest

from kaleidocam.frame import Frame
from kaleidocam.live.samples import Samples, make_sampling
from kaleidocam.settings.parameters import Look, Machine

FRAME = Frame(np.full((90, 160, 3), 90, np.uint8), 0.0, 0)


def eventually(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def shade(look):
    """A small picture that tells how many mirrors the look has."""
    return np.full((9, 16, 3), 10 * look.mirrors, np.uint8)


def test_they_are_made_in_turn_while_somebody_looks_and_there_is_time():
    shown, looks = [], {"one": Look(mirrors=3), "broken": None, "two": Look(mirrors=6)}
    spare = threading.Event()
    samples = Samples(
        lambda frame, look: shade(look), lambda: looks, looks.get, lambda *each: shown.append(each), every=0.01
    )
    samples.spare = spare.is_set
    with samples:
        samples.see(FRAME)
        spare.set()
        time.sleep(0.4)
        assert shown == []  # nobody looks
        spare.clear()
        samples.looked_at(True)
        time.sleep(0.4)
        assert shown == []  # there is no time
        spare.set()
        eventually(lambda: len(shown) >= 4)  # and once more from the first
        samples.looked_at(False)
    assert [name for name, _ in shown[:4]] == ["one", "two", "one", "two"]
    levels = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).mean() for _, data in shown[:2]]
    assert levels == pytest.approx([30, 60], abs=2)


def test_one_that_fails_keeps_the_picture_that_it_has_and_the_next_is_made():
    shown = []

    def make(frame, look):
        if look.mirrors == 3:
            raise RuntimeError("out of memory")
        return shade(look)

    looks = {"one": Look(mirrors=3), "two": Look(mirrors=6)}
    with Samples(make, lambda: looks, looks.get, lambda *each: shown.append(each), every=0.01) as samples:
        samples.see(FRAME)
        samples.looked_at(True)
        eventually(lambda: len(shown) >= 2)
    assert {name for name, _ in shown} == {"two"}


def test_a_sample_is_the_picture_dreamed_and_no_file_is_shown(tmp_path):
    make = make_sampling(Machine())
    noise = np.random.default_rng(0).integers(0, 255, (216, 384, 3)).astype(np.uint8)
    frame = Frame(cv2.GaussianBlur(noise, (0, 0), 4), 0.0, 0)
    clean, dreamed = (make(frame, Look(channel="mixed3:5", strength=strength)) for strength in (0.0, 1.0))
    height, width = clean.shape[:2]
    assert clean.shape == dreamed.shape and width / height == pytest.approx(16 / 9, abs=0.03)
    assert np.abs(dreamed.astype(int) - clean).mean() > 2
    secret = tmp_path / "secret.png"
    cv2.imwrite(str(secret), noise)
    with pytest.raises(Exception, match="names pictures"):
        make(frame, Look(palette=str(secret)))
