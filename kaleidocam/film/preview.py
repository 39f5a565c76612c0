"""A film's look at a glance: a sheet of moments, each dreamed about as it will be in the film.

Invariant: the source is read forward only, and only at the moments and in the warm-up before each. All seconds count
from its first frame.
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
WARM_SECONDS = 0.5  # of the film that are dreamed before a moment, so that what moves has left its trace
# Seconds for which the first warm-up frame is dreamed as a still. This takes the network alone, so it costs less than
# half of the same time of film. With it a preview is 0.97 to 1.04 times as strong as the film, without it 0.75 to 0.87
# (mean change, over five moments of a clip of 15 s, of six looks with half-lives of 1 to 4 s). A preview is never
# exactly the film's frame: SSIM between the two is 0.70 to 0.79, and a warm-up of 1 s adds 0.01.
HEAD_START = 1.2
ENDLESS_SECONDS = 5.0  # the part of an endless source that is previewed
SHEET_WIDTH, SHEET_SHAPE = 1920, 16 / 9  # pixels; width over height, about
HOLE = 2.0  # weight of the share of empty cells, beside the deviation from SHEET_SHAPE
GAP, CAPTION = 8, 30  # pixels: around each picture; below it, for its time
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
"""From the source's picture and the dreamed one to the picture on the sheet; all are (H, W, 3) uint8 BGR."""


def moments(source: Source, count: int = COUNT, *, start: float = 0.0, end: float | None = None) -> list[float]:
    """`count` evenly spaced moments of `source`, in seconds: the middles of `count` equal parts between `start` and
    `end`, or the source's own end if that is earlier. Of a source of unknown length, ENDLESS_SECONDS are used.
    UserError if `end` is not after `start`."""
    if source.length:
        end = min(source.length / source.fps, math.inf if end is None else end)
    elif end is None:
        end = start + ENDLESS_SECONDS
    if end <= start:
        raise UserError(f"there is nothing to preview from {start:g} s to the end, at {end:g} s; give an earlier start")
    return [start + (end - start) * (i + 0.5) / count for i in range(count)]


def within(source: Source, cuts: Sequence[float], end: float | None = None) -> list[float]:
    """The `cuts` before `end`; none for a drawing or a picture, which has no shots. `cuts`: seconds given by hand,
    rising. UserError for a cut after the source's own end."""
    if source.length is None:
        return []
    cuts = [cut for cut in cuts if end is None or cut < end]
    if cuts and cuts[-1] >= (lasts := source.length / source.fps):
        raise UserError(f"a cut at {cuts[-1]:g} s is after the film's end, which is at {lasts:.3f} s")
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
    """The sheet of the moments `at` (seconds, rising): (H, W, 3) uint8 BGR.

    The dream of a moment begins `warm_seconds` before it, or at the last of `cuts` before it if that is later: there
    the film begins afresh too. `begin`: from the seconds of a frame to an eye and a dream that have dreamed nothing
    yet; `look_at`: from seconds to the look. `each` is called with every moment that is done. Moments after the
    source's end are left out. UserError if all are.
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
        if start > last:  # else the previous moment already serves as the warm-up
            eye, dream = begin(frame.seconds)
            look_then = partial(_with_head_start, look_at, frame.seconds, shot)
        dreamed = _dreamed(_until(seconds, frame, film), eye, dream, look_then)
        frame, last = dreamed.seen.frame, dreamed.seen.frame.seconds
        if last < seconds - JUST:
            break
        seen = replace(dreamed.seen, let_in=1.0)  # what a trigger lets in depends on more than these frames
        picture = shown(frame.image, Glass().show(seen, dreamed.layer, dreamed.look).image)
        cells.append((last, _fitted(picture, len(at))))
        each(last)
    if not cells:
        raise UserError(f"there is nothing to preview: the film ends before {at[0]:g} s")
    return sheet(cells)


class _Film:
    """A source with its times shifted to the film's clock: its first frame is at 0 seconds."""

    def __init__(self, source: Source) -> None:
        self._source, self._first = source, source.read()
        if self._first is None:
            raise UserError("the film has no frame that can be read")
        self._zero = self._first.seconds

    def read(self) -> Frame | None:
        self._first = None
        return self._shifted(self._source.read())

    def skip_to(self, seconds: float) -> Frame | None:
        first, self._first = self._first, None
        return self._shifted(first if first and seconds <= JUST else self._source.skip_to(self._zero + seconds - JUST))

    def _shifted(self, frame: Frame | None) -> Frame | None:
        return None if frame is None else frame.at(frame.seconds - self._zero)


def _with_head_start(look_at: Callable[[float], Look], begin: float, shot: float, seconds: float) -> Look:
    """The look at `seconds`. At `begin`, where the dream begins, it has the head start: extra steps in place of those
    that the film has made since its `shot` began. They reach back one half-life at most."""
    look = look_at(seconds)
    if seconds != begin:
        return look
    steps = round(min(HEAD_START, look.half_life, begin - shot) / BURST_SECONDS)
    return look.model_copy(update={"burst": look.burst + steps})


def _until(at: float, frame: Frame | None, film: _Film) -> Iterator[Frame]:
    """`frame` and the frames after it, up to the first one at or after `at`."""
    while frame is not None:
        yield frame
        frame = film.read() if frame.seconds < at - JUST else None


def _dreamed(frames: Iterator[Frame], eye: Eye, dream: Dream, look_at: Callable[[float], Look]) -> Dreamed:
    """Dreams all `frames` and returns the last."""
    newest: list[Dreamed] = []

    def keep(dreamed: Dreamed) -> None:
        newest[:] = [dreamed]

    dream_each(partial(next, frames, None), keep, eye=eye, dream=dream, look_at=lambda frame: look_at(frame.seconds))
    return newest[0]


def sheet(cells: Sequence[tuple[float, np.ndarray]]) -> np.ndarray:
    """One picture of many: `cells` of one size, (H, W, 3) uint8 BGR, in rows, each with its time below it."""
    height, width = cells[0][1].shape[:2]
    layout = replace(LAYOUT, columns=_columns(len(cells), width / height))
    return laid_out([(picture, clock_of(seconds)) for seconds, picture in cells], layout)


def _fitted(picture: np.ndarray, count: int) -> np.ndarray:
    """`picture`, shrunk if it is wider than a cell on a sheet of `count` pictures."""
    height, width = picture.shape[:2]
    columns = _columns(count, width / height)
    wide = min(width, (SHEET_WIDTH - GAP) // columns - GAP)
    return picture if wide == width else shrunk(picture, (wide, round(height * wide / width)))


def _columns(count: int, shape: float) -> int:
    """The best number of columns for `count` pictures of `shape` (width over height)."""

    def cost(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * shape / rows / SHEET_SHAPE)) + HOLE * (1 - count / (columns * rows))

    return min(range(1, count + 1), key=cost)
