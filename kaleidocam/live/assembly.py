"""A performance made of a source, sinks, a desk and a machine.

Invariant: nothing here has a default of its own; what can't be made is a UserError before anything is begun, as far as
that is known without a framework.
"""

from collections.abc import Callable, Iterable, Sequence

import cv2

from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import backend_of, check_reach
from kaleidocam.dream.compute.threads import behind_the_video, cores_here
from kaleidocam.frame import Frame
from kaleidocam.live.crew import Crew
from kaleidocam.live.display import Display, Page
from kaleidocam.live.dreaming import DreamThread
from kaleidocam.live.flash import FlashLimiter
from kaleidocam.live.governor import FIRST, Governor, ladder, rung_of
from kaleidocam.live.input import Input
from kaleidocam.live.limits import check_grid, check_pictures
from kaleidocam.live.meter import Meter
from kaleidocam.live.outputs import Outputs, Screenshots
from kaleidocam.live.preparation import Preparation
from kaleidocam.live.stage import Stage
from kaleidocam.live.switcher import Switcher
from kaleidocam.live.view import View
from kaleidocam.picture.assembly import check_palette, guides, make_early_eye
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.picture import save_picture
from kaleidocam.sources.idle import idle_picture
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import CAMERA_SIZE, is_placed, open_live
from kaleidocam.sources.watched import Watched

# Of OpenCV, live. All cores would fight with the dream for them; and of two cores it has one, for a second thread waits
# until the dream lets it run: with the next line's, 95 % of frames of a file of 1920×1080 come within 20.7 ms by one
# thread and within 27.0 by two.
VIDEO_THREADS = 1 if cores_here() <= 2 else 2
# Of the threads that decode a file, behind the video and before the dream: the next frame is decoded while this one is
# shown. 95 % within 20.7 ms, without it 23.6.
DECODING_NICE = 5


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


def open_played(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source, as sources.opening.open_live; what is decoded in this process is decoded behind the video. Call it
    before other threads are begun."""
    if is_placed(text):
        return open_live(text, machine, patient=patient)
    with behind_the_video(DECODING_NICE):
        return open_live(text, machine)


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
    """The performance, ready to `run`; it makes its dream beside the picture. `until`, `notices`, `tap`: as the Stage
    has them; `hud`: the page that is open first; `each`: as the Switcher has it."""
    cv2.setNumThreads(VIDEO_THREADS)
    rungs = ladder(grid_of(desk.base, source.size))
    chosen = machine.quality != "auto"
    governor = Governor(rungs, source.fps, rung_of(rungs, machine.quality if chosen else FIRST), pinned=chosen)
    meter, display, eye = Meter(), Display(Page(hud)), make_early_eye(machine)
    preparation = Preparation(desk, machine, governor, eye)
    crew = Crew(lambda: backend_of(machine), lambda seconds: meter.read(0, seconds).latency_p95_ms)
    view = View(eye, DreamThread(preparation, desk.look, meter, crew.turned), governor)
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
        notices=(*notices, source.health, preparation.notice, *([limiter.notice] if limiter else [])),
        tap=tap,
    )
