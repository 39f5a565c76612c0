"""A performance made of a source, sinks, a desk and a machine.

Invariant: nothing here has a default of its own; what can't be made is a UserError before anything is begun.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import backend_of, check_reach, imaging_of
from kaleidocam.dream.compute.imaging import PROCESSOR
from kaleidocam.dream.compute.threads import behind_the_video
from kaleidocam.dream.morph import Morph
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.flash import FlashLimiter
from kaleidocam.live.governor import Governor, Rung, first_rung, grids_of, ladder, rung_of
from kaleidocam.live.meter import Meter
from kaleidocam.live.stage import Dreaming, Stage
from kaleidocam.picture.assembly import check_palette, guides, make_dream, make_dreamer, make_eye, pictures_of
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.grid import grid_of
from kaleidocam.picture.growth import octaves_of
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.settings.presets import own_preset_names, read_preset
from kaleidocam.settings.values import settle
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.picture import save_picture
from kaleidocam.sources.idle import idle_picture
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import CAMERA_SIZE
from kaleidocam.sources.watched import Watched

# Of OpenCV, live. All cores would fight with the dream for them; with one, 95 % of frames at 1920×1080 came within
# 19.9 ms on two cores, with two within 17.3, for as many dream steps.
VIDEO_THREADS = 2
MOST_LIVE_GRID = (960, 540)  # as many pixels the look of a performance may change to


def make_desk(
    look: Look,
    machine: Machine,
    preset: str = DEFAULT_PRESET,
    *,
    given: Iterable[str] = (),
    size: Callable[[], tuple[int, int]] = lambda: CAMERA_SIZE,
) -> Desk:
    """The desk of a performance; it refuses what these weights can't dream, grids that would hold up the picture, and
    guides that neither `look` nor a preset names: whoever reaches the panel is not to look into this machine's files.
    `given`: what of `look` was set by hand; `size`: (width, height) of the picture now. UserError where `look` can't
    be."""
    check_reach(look.channel, machine)
    named, first = {*guides(look.channel), look.palette}, look

    def check(look: Look) -> None:
        check_reach(look.channel, machine)
        # What is played counts too: on a picture that has become larger, all else may still be changed.
        grid, *least = (grid_of(one, size()) for one in (look, first, desk.base))
        largest = max(MOST_LIVE_GRID, *least, key=math.prod)
        if math.prod(grid) > math.prod(largest):
            raise UserError(
                f"a grid of {grid[0]}x{grid[1]} would hold up the picture; up to {largest[0]}x{largest[1]} "
                "while it runs, larger ones from the start by --grid or --detail"
            )
        for picture in pictures_of(look.channel, look.palette):
            if picture not in named and picture not in _pictures_of_presets():
                raise UserError(
                    f"'{picture}' is no picture of this performance; name it on the command line, or in a "
                    "preset in the folder of your own"
                )
        check_palette(look.palette)  # last, or whoever reaches the panel could ask which files there are

    desk = Desk(look, check, preset=preset, given=given)
    return desk


def _pictures_of_presets() -> set[str]:
    """The pictures that the user's own presets name; a preset that can't be read names none."""
    named: set[str] = set()
    for name in own_preset_names():
        with suppress(UserError):
            look, _ = settle(read_preset(name), name)
            named.update(pictures_of(look.channel, look.palette))
    return named


def make_stage(
    source: Newest | Watched,
    sinks: Sequence[Sink],
    desk: Desk,
    machine: Machine,
    *,
    until: float | None = None,
    **more: Any,
) -> Stage:
    """The performance, ready to `run`; `more` as the Stage has it."""
    cv2.setNumThreads(VIDEO_THREADS)
    look, meter = desk.base, Meter()
    rungs = ladder(grid_of(look, source.size))
    with behind_the_video():
        on, imaging = backend_of(machine), imaging_of(machine)
        dreamer = Morph(
            lambda channel: make_dreamer(Look(channel=channel), machine), look.channel, background=not on.alone
        )
        governor = _govern(rungs, dreamer, source.fps, machine.quality, look)
    dream = make_dream(governor.rung.grid, dreamer, machine)
    if on.fixed and imaging is not PROCESSOR:
        _compile(dream, governor.grids, look, machine)
    return Stage(
        source=source,
        sinks=sinks,
        eye=make_eye(machine, live=True),
        dreaming=Dreaming(dream, desk.look, meter),
        desk=desk,
        meter=meter,
        governor=governor,
        screenshot=save_picture,
        until=until,
        idle=lambda seconds: idle_picture(source.size, seconds),
        **_guard(machine, (*more.pop("notices", ()), source.state, dreamer.notice)),
        **more,
    )


def _guard(machine: Machine, notices: Sequence[Callable[[], str | None]]) -> dict[str, Any]:
    """The stage's flash limiter, where it is wanted, and what it has to say beside the other `notices`."""
    if machine.flashes == "allow":
        return {"notices": notices}
    limiter = FlashLimiter()
    return {"guard": limiter, "notices": (*notices, limiter.notice)}


def _govern(rungs: Sequence[Rung], dreamer: Morph, fps: float, quality: str, look: Look) -> Governor:
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


def _warm_up(dreamer: Morph, grid: tuple[int, int], look: Look) -> float:
    """Takes the first, slow step at every scale of a look; returns the seconds that one takes on the mean."""
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
    assert isinstance(dream.dreamer, Morph)  # as every performance's
    dream.dreamer.reset(look.channel)
