"""A film's look at a glance: a sheet of moments, each dreamed about as the film would have it.

Invariant: the source is read forward only, and no more of it than the moments and what warms each of them up. All
seconds are from its first frame.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.film.pipeline import Dreamed, dream_each
from kaleidocam.film.shots import JUST
from kaleidocam.frame import Frame
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.growth import BURST_SECONDS
from kaleidocam.picture.sheet import Layout, laid_out
from kaleidocam.picture.shrinking import shrunk
from kaleidocam.settings.clock import clock_of
from kaleidocam.settings.parameters import Look
from kaleidocam.sources.base import Source

COUNT = 8  # moments
WARM_SECONDS = 0.5  # of the film before a moment, which are dreamed: what moves is to have left its trace
# That the first of these frames is dreamed on as it stands, before it moves: the network alone, at less than half the
# price of a film's second. So a preview is 0.97 to 1.04 times as strong as the film (mean change, over five moments of
# a clip of 15 s, of six looks with half-lives of 1 to 4 s); without it it was 0.75 to 0.87. It is never the film's very
# frame: SSIM between the two is 0.70 to 0.79, and rises by 0.01 with a warm-up of 1 s.
HEAD_START = 1.2
ENDLESS_SECONDS = 5.0  # of a source without an end
SHEET_WIDTH, SHEET_SHAPE = 1920, 16 / 9  # pixels; width over height, about
HOLE = 2.0  # how much a sheet's share of empty places counts against its shape
GAP, CAPTION = 8, 30  # pixels round each picture, and below it for its time
PAPER, INK = 24, (225, 225, 225)  # gray level; BGR
LAYOUT = Layout(
    columns=1,
    gap=(GAP, GAP),
    caption=CAPTION,
    line=2 * CAPTION // 3,
    head=GAP,
    side=GAP,
    scale=0.6,
    ink=INK,
    paper=PAPER,
)

Shown = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Source's and dreamed picture, (H, W, 3) uint8 BGR, to what is shown of them."""


def moments(source: Source, count: int = COUNT, *, start: float = 0.0, end: float | None = None) -> list[float]:
    """`count` evenly chosen seconds of `source`: the middles of as many equal parts of it, from `start` to `end` or its
    own, whichever is first. Of a source whose length is not known it is the first seconds. UserError where nothing is
    between."""
    if source.length:
        end = min(source.length / source.fps, math.inf if end is None else end)
    elif end is None:
        end = start + ENDLESS_SECONDS
    if end <= start:
        raise UserError(f"nothing to preview from {start:g} s to {end:g} s, the end; give an earlier start")
    return [start + (end - start) * (i + 0.5) / count for i in range(count)]


def within(source: Source, cuts: Sequence[float], end: float | None = None) -> list[float]:
    """Those of `cuts`, seconds given by hand, rising, that lie before `end`; none for a drawing or a picture, which has
    no shots. UserError for one that lies behind the source's own end."""
    if source.length is None:
        return []
    cuts = [cut for cut in cuts if end is None or cut < end]
    if cuts and cuts[-1] >= (lasts := source.length / source.fps):
        raise UserError(f"a cut at {cuts[-1]:g} s is behind the film's end, at {lasts:.3f} s")
    return cuts


def preview(
    source: Source,
    at: Sequence[float],
    *,
    begin: Callable[[float], tuple[Eye, Dream]],
    look_at: Callable[[float], Look],
    cuts: Sequence[float] = (),
    warm_seconds: float = WARM_SECONDS,
    shown: Shown = lambda before, after: after,
    each: Callable[[float], None] = lambda seconds: None,
) -> np.ndarray:
    """The sheet of the moments `at`, rising: (H, W, 3) uint8 BGR.

    Each is dreamed from `warm_seconds` before it on, or from the last of `cuts` before it, where the film begins afresh
    as well. `begin`: eye and dream as they are where nothing is dreamed yet, at those seconds, which are a frame's;
    `look_at`: the look then. `each` is called with every moment that is done. Moments beyond the source's end are left
    out; UserError where all are.
    """
    cells: list[tuple[float, np.ndarray]] = []
    film, last = _Film(source), -math.inf
    for seconds in at:
        if seconds <= last:
            continue  # the same frame again
        shot = max((cut for cut in cuts if cut <= seconds + JUST), default=0.0)
        start = max(shot, seconds - warm_seconds)
        if (frame := film.skip_to(start)) is None:
            break
        look_then = look_at
        if start > last:  # else the moment before is a warm-up as good
            eye, dream = begin(frame.seconds)
            look_then = partial(_ahead, look_at, frame.seconds, shot)
        dreamed = _dreamed(_until(seconds, frame, film), eye, dream, look_then)
        frame, last = dreamed.seen.frame, dreamed.seen.frame.seconds
        if last < seconds - JUST:
            break
        picture = shown(frame.image, Glass().show(dreamed.seen, dreamed.layer, dreamed.look).image)
        cells.append((last, _fitted(picture, len(at))))
        each(last)
    if not cells:
        raise UserError(f"the film ends before {at[0]:g} s: nothing to preview")
    return sheet(cells)


class _Film:
    """A source by the film's clock: its first frame is at 0 seconds, whatever the file says."""

    def __init__(self, source: Source) -> None:
        self._source, self._first = source, source.read()
        if self._first is None:
            raise UserError("the film has no frame that can be read")
        self._zero = self._first.seconds

    def read(self) -> Frame | None:
        self._first = None
        return self._here(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        first, self._first = self._first, None
        return self._here(first if first and seconds <= JUST else self._source.skip_to(self._zero + seconds - JUST))

    def _here(self, frame: Frame | None) -> Frame | None:
        return None if frame is None else replace(frame, seconds=frame.seconds - self._zero)


def _ahead(look_at: Callable[[float], Look], begin: float, shot: float, seconds: float) -> Look:
    """The look at `seconds`; at `begin`, where the dream does, with the head start: extra steps in place of what it has
    had in the film since its `shot` began, as far back as its half-life lets it remember."""
    look = look_at(seconds)
    if seconds != begin:
        return look
    steps = round(min(HEAD_START, look.half_life, begin - shot) / BURST_SECONDS)
    return look.model_copy(update={"burst": look.burst + steps})


def _until(at: float, frame: Frame | None, film: _Film) -> Iterator[Frame]:
    """`frame` and those after it, up to the first at or after `at`."""
    while frame is not None:
        yield frame
        frame = film.read() if frame.seconds < at - JUST else None


def _dreamed(frames: Iterator[Frame], eye: Eye, dream: Dream, look_at: Callable[[float], Look]) -> Dreamed:
    """The last of `frames`, all of which are dreamed."""
    newest: list[Dreamed] = []

    def keep(dreamed: Dreamed) -> None:
        newest[:] = [dreamed]

    dream_each(partial(next, frames, None), keep, eye=eye, dream=dream, look_at=lambda frame: look_at(frame.seconds))
    return newest[0]


def sheet(cells: Sequence[tuple[float, np.ndarray]]) -> np.ndarray:
    """Pictures of one size, (H, W, 3) uint8 BGR, in rows, each with its seconds below it."""
    height, width = cells[0][1].shape[:2]
    layout = replace(LAYOUT, columns=_columns(len(cells), width / height))
    return laid_out([(picture, clock_of(seconds)) for seconds, picture in cells], layout)


def _fitted(picture: np.ndarray, count: int) -> np.ndarray:
    """`picture` no wider than it will be on a sheet of `count`."""
    height, width = picture.shape[:2]
    columns = _columns(count, width / height)
    wide = min(width, (SHEET_WIDTH - GAP) // columns - GAP)
    return picture if wide == width else shrunk(picture, (wide, round(height * wide / width)))


def _columns(count: int, shape: float) -> int:
    """Into how many columns `count` pictures of `shape` (width over height) go best."""

    def against(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * shape / rows / SHEET_SHAPE)) + HOLE * (1 - count / (columns * rows))

    return min(range(1, count + 1), key=against)
