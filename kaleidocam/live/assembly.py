"""A performance made of a source, sinks, a desk and a machine.

Invariant: nothing here has a default of its own; what can't be made is a UserError before anything is begun.
"""

import time
from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import backend_of, check_reach, imaging_of
from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import PROCESSOR
from kaleidocam.dream.compute.threads import behind_the_video
from kaleidocam.dream.morph import Morph
from kaleidocam.frame import Frame
from kaleidocam.live.crew import Crew
from kaleidocam.live.display import Display, Page
from kaleidocam.live.dreaming import DreamThread
from kaleidocam.live.flash import FlashLimiter
from kaleidocam.live.governor import Governor, Rung, first_rung, grids_of, ladder, rung_of
from kaleidocam.live.input import Input
from kaleidocam.live.limits import check_grid, check_pictures
from kaleidocam.live.meter import Meter
from kaleidocam.live.outputs import Outputs, Screenshots
from kaleidocam.live.stage import Stage
from kaleidocam.live.switcher import Switcher
from kaleidocam.live.view import View
from kaleidocam.picture.assembly import check_palette, guides, make_dream, make_dreamer, make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.growth import octaves_of
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.picture import save_picture
from kaleidocam.sources.idle import idle_picture
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import CAMERA_SIZE
from kaleidocam.sources.watched import Watched

# Of OpenCV, live. All cores would fight with the dream for them; with one, 95 % of frames at 1920×1080 came within
# 19.9 ms on two cores, with two within 17.3, for as many dream steps.
VIDEO_THREADS = 2


def make_desk(
    look: Look,
    machine: Machine,
    preset: str = DEFAULT_PRESET,
    *,
    given: Iterable[str] = (),
    size: Callable[[], tuple[int, int]] = lambda: CAMERA_SIZE,
) -> Desk:
    """The desk of a performance. It refuses what these weights can't dream, grids that would hold up the picture, and
    guides that neither `look` nor a preset names: the panel must not show anyone the files of this machine.

    `given`: what of `look` was set by hand; `size`: (width, height) of the picture now. UserError where `look` can't
    be played."""
    check_reach(look.channel, machine)
    named = {*guides(look.channel), look.palette}

    def check(wanted: Look) -> None:
        check_reach(wanted.channel, machine)
        check_grid(wanted, (look, desk.base), size())
        check_pictures(wanted, named)
        check_palette(wanted.palette)  # last, or whoever reaches the panel could ask which files there are

    desk = Desk(look, check, preset=preset, given=given)
    return desk


def make_stage(
    source: Newest | Watched,
    sinks: Sequence[Sink],
    desk: Desk,
    machine: Machine,
    *,
    until: float | None = None,
    hud: int = Page.OFF,
    notices: Sequence[Callable[[], str | None]] = (),
    tap: Callable[[float], None] = lambda seconds: None,
    each: Callable[[Frame, Look], None] = lambda frame, look: None,
) -> Stage:
    """The performance, ready to `run`. `until`, `notices`, `tap`: as the Stage has them; `hud`: the page that is open
    first; `each`: as the Switcher has it."""
    cv2.setNumThreads(VIDEO_THREADS)
    dream, morph, governor = _make_dream(source, desk.base, machine)
    meter, display = Meter(), Display(Page(hud))
    crew = Crew(lambda: backend_of(machine), lambda seconds: meter.read(0, seconds).latency_p95_ms)
    dreaming = DreamThread(dream, desk.look, meter, crew.turned)
    view = View(make_eye(machine, live=True), dreaming, governor)
    limiter = None if machine.flashes == "allow" else FlashLimiter()
    return Stage(
        input=Input(source, idle=lambda seconds: idle_picture(source.size, seconds)),
        view=view,
        switcher=Switcher(view, desk.look, display.failed, each=each, guard=limiter),
        outputs=Outputs(sinks),
        screenshots=Screenshots(save_picture, display.say, display.failed),
        display=display,
        desk=desk,
        meter=meter,
        until=until,
        notices=(*notices, source.health, morph.notice, *([limiter.notice] if limiter else [])),
        tap=tap,
    )


def _make_dream(source: Newest | Watched, look: Look, machine: Machine) -> tuple[Dream, Morph, Governor]:
    """The dream of a performance, its dreamer, and the governor that it begins with; all that is slow at first is done
    here."""
    rungs = ladder(grid_of(look, source.size))
    with behind_the_video():
        backend, imaging = backend_of(machine), imaging_of(machine)
        morph = Morph(
            lambda channel: make_dreamer(Look(channel=channel), machine), look.channel, background=not backend.alone
        )
        governor = _govern(rungs, morph, source.fps, machine.quality, look)
    dream = make_dream(governor.rung.grid, morph, machine)
    if backend.fixed and imaging is not PROCESSOR:
        _compile(dream, governor.grids, look, machine)
    return dream, morph, governor


def _govern(rungs: Sequence[Rung], dreamer: Dreamer, fps: float, quality: str, look: Look) -> Governor:
    """The governor, every rung that it may choose warmed up; it begins where this machine's own speed says."""
    if quality != "auto":
        start = rung_of(rungs, quality)
        _warm_up(dreamer, rungs[start].grid, look)
        return Governor(rungs, fps, start, pinned=True)
    seconds = {}
    for grid in grids_of(rungs):
        _warm_up(dreamer, grid, look)
        seconds[grid] = _warm_up(dreamer, grid, look)
    return Governor(rungs, fps, first_rung(rungs, [seconds[rung.grid] for rung in rungs]))


def _warm_up(dreamer: Dreamer, grid: tuple[int, int], look: Look) -> float:
    """Takes the first, slow step at every scale of a look; returns the mean seconds of one."""
    sizes, before = octaves_of(grid[::-1], look), time.perf_counter()
    for rows, columns in sizes:
        dreamer.warm_up((columns, rows))
    return (time.perf_counter() - before) / len(sizes)


def _compile(dream: Dream, grids: Sequence[tuple[int, int]], look: Look, machine: Machine) -> None:
    """Has all that a dream does on its device compiled now, for each of the grids."""
    for grid in grids:
        eye = make_eye(machine, live=True, grid=grid)
        for number in range(2):
            frame = Frame(np.full((grid[1], grid[0], 3), 128, np.uint8), number / 15, number)
            dream.advance(eye.see(frame, look), look)
    dream.reset()
    dream.dreamer.reset(look.channel)
