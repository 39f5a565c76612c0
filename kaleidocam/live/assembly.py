"""A performance made of a source, sinks, a desk and a machine.

Invariant: nothing here has a default of its own; what can't be made is a UserError before anything is begun, as far as
that is known without a framework.
"""

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import cv2

from kaleidocam.control.desk import Desk
from kaleidocam.dream.assembly import backend_of, check_reach
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.dream.compute.threads import behind_the_video, cores_here
from kaleidocam.frame import Frame
from kaleidocam.live.attract import Attract
from kaleidocam.live.crew import Crew
from kaleidocam.live.display import Display, Page
from kaleidocam.live.dreaming import DreamThread
from kaleidocam.live.flash import FlashLimiter
from kaleidocam.live.governor import FIRST, Governor, ladder, rung_of
from kaleidocam.live.input import Input, Live
from kaleidocam.live.limits import check_grid, check_pictures
from kaleidocam.live.meter import Meter
from kaleidocam.live.outputs import Outputs, Screenshots
from kaleidocam.live.preparation import Preparation
from kaleidocam.live.recording import Recording
from kaleidocam.live.stage import Stage, refuse
from kaleidocam.live.switcher import Switcher
from kaleidocam.live.view import AUTO, View
from kaleidocam.mask.assembly import check_mask_shape
from kaleidocam.picture.assembly import check_palette, check_subject, make_early_eye, pictures_of
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.layering import channels_of, every_mask, palettes_of
from kaleidocam.settings.parameters import DEFAULT_PRESET, Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.picture import save_picture
from kaleidocam.sources.changeable import Changeable
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

# The parameters of a look that decide which masks it needs.
ASK_MASKS = ("mask", "subject", "subject_channel", "layer_channel", "layer_mask", "trigger")


def make_desk(
    look: Look,
    machine: Machine,
    preset: str = DEFAULT_PRESET,
    *,
    given: Iterable[str] = (),
    size: Callable[[], tuple[int, int]] = lambda: CAMERA_SIZE,
    snapshots: Path | None = None,
) -> Desk:
    """The desk of a performance. It refuses what these weights can't dream, grids that would hold up the picture, and
    guides, palettes and masks that neither `look` nor a preset names: the panel must not show anyone the files of this
    machine.

    `given`: what of `look` was set by hand; `size`: (width, height) of the picture now; `snapshots`: the file in which
    they outlast the program. UserError where `look` can't
    be played."""
    for channel in channels_of(look):
        check_reach(channel, machine)
    for mask in every_mask(look):
        check_mask_shape(mask, size())
    named = set(pictures_of(look))

    def check(wanted: Look) -> None:
        for channel in channels_of(wanted):
            check_reach(channel, machine)
        check_grid(wanted, (look, desk.base), size())
        check_pictures(wanted, named)
        if any(getattr(wanted, name) != getattr(desk.base, name) for name in ASK_MASKS):  # what is played stays
            check_subject(wanted)
            for mask in every_mask(wanted):
                check_mask_shape(mask, size())
        for palette in palettes_of(wanted):
            check_palette(palette)  # last, or whoever reaches the panel could ask which files there are

    desk = Desk(look, check, preset=preset, given=given, snapshots=snapshots)
    return desk


def open_played(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source, as sources.opening.open_live; what is decoded in this process is decoded behind the video. Call it
    before other threads are begun."""
    if is_placed(text):
        return open_live(text, machine, patient=patient)
    with behind_the_video(DECODING_NICE):
        return open_live(text, machine)


def open_changeable(text: str, machine: Machine, *, patient: bool = False) -> Changeable:
    """Any source, as `open_played`, in whose place others can be put. Those get the size of the first, and a camera is
    asked for that size."""
    first = open_played(text, machine, patient=patient)

    def another(text: str) -> Newest | Watched:
        return open_played(text, machine.model_copy(update={"size": playing.size}) if is_placed(text) else machine)

    playing = Changeable(first, text, another, how=machine.fit)
    playing.changed.append(lambda text: tidy_up())
    return playing


def tidy_up() -> None:
    """Returns the memory of a source that no longer plays: frames that know themselves wait for Python's collector,
    which does not know how large they are. Nothing before all that stays is made: looking through that takes long."""
    if gc.isenabled():
        give_back()


def make_stage(
    source: Live,
    sinks: Sequence[Sink],
    desk: Desk,
    machine: Machine,
    *,
    until: float | None = None,
    hud: int = Page.OFF,
    notices: Sequence[Callable[[], str | None]] = (),
    tempo: Mapping[str, Callable[[float], None]] = {},
    bpm: Callable[[], float | None] = lambda: None,
    each: Callable[[Frame, Look], None] = lambda frame, look: None,
    recording: Recording | None = None,
    attract: Attract | None = None,
    cuts: str = AUTO,
) -> Stage:
    """The performance, ready to `run`; it makes its dream beside the picture. `until`, `notices`, `tempo`, `bpm`,
    `recording`, `attract`: as the Stage has them; `hud`: the page that is open first; `each`: as the Switcher has it;
    `cuts`: as the View has them."""
    cv2.setNumThreads(VIDEO_THREADS)
    rungs = ladder(grid_of(desk.base, source.size))
    chosen = machine.quality != "auto"
    governor = Governor(rungs, source.fps, rung_of(rungs, machine.quality if chosen else FIRST), pinned=chosen)
    meter, display, eye = Meter(), Display(Page(hud)), make_early_eye(machine)
    preparation = Preparation(desk, machine, governor, eye)
    crew = Crew(lambda: backend_of(machine), lambda seconds: meter.read(0, seconds).latency_p95_ms)
    view = View(eye, DreamThread(preparation, desk.look, meter, crew.turned), governor, cuts)
    if isinstance(source, Changeable):
        source.tell = display.say
    if recording:
        recording.say = display.say
        each = both(recording.came, each)
    limiter = None if machine.flashes == "allow" else FlashLimiter()
    return Stage(
        input=Input(source, idle=lambda seconds: idle_picture(source.size, seconds)),
        view=view,
        switcher=Switcher(view, desk.look, display.failed, each=each, cover=attract, guard=limiter),
        outputs=Outputs(sinks),
        screenshots=Screenshots(save_picture, display.say, display.failed),
        display=display,
        desk=desk,
        meter=meter,
        until=until,
        notices=(*notices, desk.notice, source.health, preparation.notice, *([limiter.notice] if limiter else [])),
        tempo=tempo,
        recording=recording,
        attract=attract,
        play=source.play if isinstance(source, Changeable) else refuse,
        bpm=bpm,
    )


def both(first: Callable[[Frame, Look], None], then: Callable[[Frame, Look], None]) -> Callable[[Frame, Look], None]:
    """What calls one and then the other."""

    def call(frame: Frame, look: Look) -> None:
        first(frame, look)
        then(frame, look)

    return call
