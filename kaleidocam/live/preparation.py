"""What a dream needs before it can begin, and what its governor may choose later: made ready beside the picture.

Invariant: nothing here runs on the video's thread. A size is measured or chosen only once its slow first step is taken.
"""

import threading
import time
from itertools import product

import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import backend_of, imaging_of
from kaleidocam.dream.compute.imaging import PROCESSOR
from kaleidocam.dream.compute.threads import giving_way, stand_behind
from kaleidocam.dream.morph import Morph
from kaleidocam.errors import one_line
from kaleidocam.frame import Frame
from kaleidocam.live.governor import Governor, Rung, first_rung, near_to
from kaleidocam.picture.assembly import coarse_for, make_dream, make_dreamer, make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.growth import octaves_of
from kaleidocam.settings.layering import looks_of
from kaleidocam.settings.parameters import Look, Machine

LOOK_AGAIN = 0.5  # seconds until it is looked whether another look or channel needs other sizes
# Pause after a size, in times of what it took: compiling takes a core, and the memory's pace, from the video.
PAUSE = 3.0

# How a step's time grows with the pixels, as their power: where each size is compiled, it is proportional; elsewhere
# each operation costs something besides (TensorFlow: 32, 44 and 63 ms a turn at 312x176, 426x240 and 576x324).
LINEAR, FLAT = 1.0, 0.7

Size = tuple[int, int]  # rows, columns


class Preparation:
    """Call it on the dream's thread: it makes the dream. Where each size is compiled on its own, the governor's other
    rungs are made ready after that on another thread, those near the present one; then those of the next look."""

    def __init__(self, desk: Desk, machine: Machine, governor: Governor, eye: Eye) -> None:
        self._desk, self._machine, self._governor, self._eye = desk, machine, governor, eye
        self._ready: set[tuple[str, Size]] = set()
        self._refused: set[tuple[str, Size]] = set()
        self._playing: set[str] = set()  # the channels that are dreamed now
        self._first = ""  # the channel of the first dream; empty: not known yet
        self._error: str | None = None

    def notice(self) -> str | None:
        """A line for the performer: what could not be made ready."""
        return self._error

    def __call__(self, ended: threading.Event) -> Dream:
        """The dream, ready to begin. `ended`: the performance has. UserError where it can't be made; slow."""
        machine, governor, look = self._machine, self._governor, self._desk.base
        backend, imaging = backend_of(machine), imaging_of(machine)
        morph = Morph(
            lambda channel: make_dreamer(Look(channel=channel), machine), look.channel, background=not backend.alone
        )
        dream = make_dream(governor.rung.grid, morph, machine)
        self._eye.coarse = coarse_for(imaging)
        if backend.alone or imaging is not PROCESSOR:
            seconds = {rung: self._pace(morph, rung, look) for rung in governor.rungs}
            if backend.fixed:
                self._compile(dream, look)
            governor.start_on(first_rung(governor.rungs, list(seconds.values())))
            return dream
        aim = governor.aim(self._pace(morph, governor.rung, look), LINEAR if backend.fixed else FLAT)
        if backend.fixed:
            governor.ready = self._is_ready
            threading.Thread(target=self._go_on, args=(dream, aim, ended), name="prepare", daemon=True).start()
        else:
            governor.start_on(aim)
        return dream

    def _pace(self, morph: Morph, rung: Rung, look: Look) -> float:
        """The mean seconds of a step on a rung, over the scales of a look, after the slow first ones."""
        sizes = octaves_of(rung.grid[::-1], look)
        for size in sizes:
            self._warm_up(morph, size, look)
        before = time.perf_counter()
        for size in sizes:
            self._warm_up(morph, size, look)
        return (time.perf_counter() - before) / len(sizes)

    def _warm_up(self, morph: Morph, size: Size, look: Look) -> None:
        with giving_way():
            morph.warm_up(size[::-1])
        self._ready.add((look.channel, size))

    def _look(self) -> Look:
        """What is dreamed; a dream that wanders, with the channel to which it has."""
        look = self._desk.base
        return look.model_copy(update={"channel": self._first}) if look.wander and self._first else look

    def _is_ready(self, rung: Rung) -> bool:
        look = self._look()
        channels = {
            look.channel,
            *(name for name in self._playing if name in {each.channel for each in looks_of(look)}),
        }
        return self._ready.issuperset((name, size) for name in channels for size in octaves_of(rung.grid[::-1], look))

    def _go_on(self, dream: Dream, aim: int, ended: threading.Event) -> None:
        """Makes one size after another ready, until the performance has `ended`. `aim`: the rung to begin on."""
        stand_behind()
        governor, pause = self._governor, 0.0
        while not ended.wait(pause):
            self._first = dream.dreamer.playing if isinstance(dream.dreamer, Morph) else ""
            look = self._look()
            missing = self._missing(dream, aim if governor.waiting else governor.at, look)
            if missing is None:
                pause = LOOK_AGAIN
                continue
            morph, each, size = missing
            begun = time.perf_counter()
            try:
                self._warm_up(morph, size, each)
            except Exception as error:  # whatever a framework raises: the dream goes on without this size
                self._refused.add((each.channel, size))
                self._error = f"the dream can't be made ready for {size[1]}x{size[0]}: {one_line(error)}"
            pause = 0.0 if governor.waiting else PAUSE * (time.perf_counter() - begun)
            if governor.waiting and self._is_ready(governor.rungs[aim]):
                governor.start_on(aim)

    def _missing(self, dream: Dream, at: int, look: Look) -> tuple[Morph, Look, Size] | None:
        """What to make ready next: whose dreamer, which of the look's dreams, the size. Of the rungs near number `at`,
        the nearest first."""
        playing = {morph.playing: morph for morph in dream.dreamers if isinstance(morph, Morph)}
        self._playing = set(playing)
        dreams = [each for each in looks_of(look) if each.channel in playing]  # a morph warms up a coming one itself
        wanted = {each.channel for each in looks_of(look)}
        self._ready = {(channel, size) for channel, size in self._ready if channel in wanted}
        for rung in near_to(self._governor.rungs, at):
            for each, size in product(dreams, octaves_of(rung.grid[::-1], look)):
                if (each.channel, size) not in self._ready | self._refused:
                    return playing[each.channel], each, size
        return None

    def _compile(self, dream: Dream, look: Look) -> None:
        """Has all that a dream does on its device compiled now, for each of the grids."""
        for grid in dict.fromkeys(rung.grid for rung in self._governor.rungs):
            eye = make_eye(self._machine, live=True, grid=grid)
            for number in range(2):
                frame = Frame(np.full((grid[1], grid[0], 3), 128, np.uint8), number / 15, number)
                dream.advance(eye.see(frame, look), look)
        dream.reset(look.channel)
