"""The composition root: settings in, parts out. The only file that knows everyone.

Invariant: nothing here has a default of its own; what can't be built is a UserError before anything is begun.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kaleidocam import modulation
from kaleidocam.desk import Desk
from kaleidocam.dream.ascent import Ascent, Measure
from kaleidocam.dream.backends.base import Backend
from kaleidocam.dream.backends.registry import backend, require as require_backend
from kaleidocam.dream.device import device_of
from kaleidocam.dream.gradient import LEAK, Gradient
from kaleidocam.dream.growth import octaves_of
from kaleidocam.dream.imaging import PROCESSOR, Imaging, to_network
from kaleidocam.dream.morph import Morph
from kaleidocam.dream.network import LAYERS, STRIDES, reaches, require
from kaleidocam.dream.objective import parse
from kaleidocam.dream.palette import Palette, is_picture
from kaleidocam.dream.threads import behind_the_video
from kaleidocam.dream.weights import load
from kaleidocam.errors import UserError, nearest
from kaleidocam.filter import Dream, Eye, shrunk
from kaleidocam.flash import FlashLimiter
from kaleidocam.frame import Frame
from kaleidocam.governor import Governor, Rung, first_rung, grids_of, ladder, rung_of
from kaleidocam.grid import grid_of
from kaleidocam.meter import Meter
from kaleidocam.motion.flow import Tracker
from kaleidocam.settings import (
    DEFAULT_PRESET, PALETTES, SMALLEST_GRID, Look, Machine, own_preset_names, read_preset, settle,
)
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source
from kaleidocam.sources.idle import idle_picture
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import place_of
from kaleidocam.sources.watched import Watched
from kaleidocam.stage import Dreaming, Stage

CAMERA_SIZE = (1280, 720)
# Of OpenCV, live. All cores would fight with the dream for them; with one, 95 % of frames at 1920×1080 came within
# 19.9 ms on two cores, with two within 17.3, for as many dream steps.
VIDEO_THREADS = 2
# Pixels of which the motion is measured, where a GPU dreams and where the processor does. It is the processor that
# measures: on full HD it would keep a GPU waiting, and a finer flow takes time that it needs for the dream.
COARSE_FLOW, COARSEST_FLOW = 640 * 360, 320 * 180
MOST_LIVE_GRID = (960, 540)  # as many pixels the look of a performance may change to
GUIDE_SIDE = 320  # pixels, of a guide's longer side: as wide as a coarse grid, so its features are not much smaller
PALETTE_WIDTH = 64  # pixels a side, of a picture that is kept for its colours alone
THINNEST = 8  # times as long as wide: such a guide is still seen whole
SMALL_WIDTH = 256  # pixels of a film that is looked through for cuts
AISLE_SIZE = (640, 360)  # drawn at 30 fps by a quarter of one core


def open_source(text: str, machine: Machine) -> Source:
    """`aisle`, or the path of a picture, a video, or a sequence of pictures, at the machine's size where it has one;
    what is live opens by `open_live`."""
    source = _open_as_it_is(text, machine)
    if machine.size in (None, source.size):
        return source
    from kaleidocam.sources.resized import Resized

    return Resized(source, machine.size)


def _open_as_it_is(text: str, machine: Machine) -> Source:
    if text == "aisle":
        from kaleidocam.sources.aisle import Aisle

        return Aisle(size=machine.size or AISLE_SIZE, fps=machine.fps)
    from kaleidocam.sources.sequence import PICTURES, Sequence as Pictures, is_sequence

    if is_sequence(text):
        return Pictures(text, fps=machine.fps)
    if Path(text).suffix.lower() in PICTURES:
        from kaleidocam.sources.picture import Picture

        return Picture(text, fps=machine.fps)
    from kaleidocam.sources.video import Video

    video = Video(text)
    if "fps" in machine.model_fields_set:  # asked for by name
        video.told += ("a video's frames keep their own times; --fps is for what has none",)
    return video


def open_small(text: str, machine: Machine) -> Source:
    """As `open_source`, for whoever looks for cuts: times are the same, pictures may be of any size."""
    source = _open_as_it_is(text, machine)
    if source.time_base is None:
        return source
    from kaleidocam.sources.video import Video

    source.close()
    return Video(text, width=SMALL_WIDTH)


def is_live(text: str) -> bool:
    """Whether a source has a pace of its own and no end: a camera's number or an address."""
    return text.isdigit() or "://" in text


def open_live(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source as a live one: newest frame wins. A camera (by number or name) or an address is taken up again when it
    was away, and with `patient` need not be there at first. A film is played at its own pace, again and again."""
    from kaleidocam.sources.sequence import is_sequence

    if is_live(text) or not (text == "aisle" or Path(text).suffix or Path(text).exists() or is_sequence(text)):
        return Watched(place_of(text, size=machine.size or CAMERA_SIZE, fps=machine.fps), patient=patient)
    source = open_source(text, machine)
    return Newest(source, paced=True, again=lambda: open_source(text, machine))


def open_sink(text: str, source: Source, machine: Machine, *, overwrite: bool) -> Sink:
    """`window`, `virtual` (or `virtual:DEVICE`), or the path of a film that is recorded without holding up the rest."""
    if text == "window":
        from kaleidocam.sinks.window import Window

        return Window(size=source.size)
    if text == "virtual" or text.startswith("virtual:"):
        from kaleidocam.sinks.virtual_camera import VirtualCamera

        return VirtualCamera(size=source.size, fps=source.fps, device=text.partition(":")[2] or None)
    from kaleidocam.sinks.film import FORMATS

    if Path(text).suffix.lower() in FORMATS:
        return open_film(text, source, machine, overwrite=overwrite)
    films = ", ".join(sorted(FORMATS))
    raise UserError(f"no sink '{text}'; give window, virtual, virtual:DEVICE or a film ending in {films}")


def open_film(path: str, source: Source, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of a live source, recorded without holding up the rest."""
    from kaleidocam.sinks.behind import Behind

    return Behind(film_of(path, source.size, source.fps, machine, overwrite=overwrite))


def film_of(path: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of frames of `size` (width, height), stored as the machine says. UserError where it can't be written."""
    from kaleidocam.sinks.codecs import codec_for
    from kaleidocam.sinks.film import Film

    codec = codec_for(path, None if machine.codec == "auto" else machine.codec)
    return Film(path, size=size, fps=fps, codec=codec, crf=machine.crf, overwrite=overwrite)


def reachable(machine: Machine) -> dict[str, int]:
    """How many channels each layer has that these weights can dream."""
    weights = load(machine.weights)
    return {layer: count for layer, count in LAYERS.items() if reaches({layer: range(count)}, weights)}


def backend_of(machine: Machine) -> Backend:
    """What computes the network, which takes its time at first. UserError where it can't be had here."""
    return backend(machine.backend, machine.device)


def imaging_of(machine: Machine) -> Imaging:
    """Who works on the dream's pictures: the processor, or the GPU that computes the network; so they stay on it."""
    on = backend_of(machine)
    return device_of(on) if on.gpu else PROCESSOR


def check(look: Look) -> None:
    """UserError where what the look says in words does not exist; quick, before anything heavy is imported."""
    _guide_pictures(look.channel)
    check_palette(look.palette)
    modulation.parse(look.modulate)


def check_palette(palette: str) -> None:
    """UserError where a palette is neither a name nor a picture's path."""
    if is_picture(palette):
        if not Path(palette).exists():
            raise UserError(f"no palette '{palette}'; there are {', '.join(PALETTES)}, or give the path of a picture"
                            + nearest(palette, PALETTES))
        palette_picture(palette)


@lru_cache(maxsize=8)
def palette_picture(path: str) -> np.ndarray:
    """A picture whose colours a dream takes, (H, W, 3) uint8 BGR. UserError where it can't be read."""
    from kaleidocam.sources.picture import read_picture

    return shrunk(read_picture(path), (PALETTE_WIDTH, PALETTE_WIDTH))


def make_dream(grid: tuple[int, int], dreamer: Morph, machine: Machine) -> Dream:
    """What carries a dreamer's dream, at a grid (width, height)."""
    return Dream(grid, dreamer, imaging_of(machine), Palette(palette_picture))


def make_film_dreamer(machine: Machine, threads: int, channel: str) -> Morph:
    """The dreamer of films: any channel, prepared where it is first needed, computed by so many threads. UserError
    where this process computes by another number already."""
    backend_of(machine).fix_threads(threads)
    return Morph(lambda name: _ascent(_gradient(name, machine, True), name, machine), channel, background=False)


def make_measure(channel: str, machine: Machine, *, leaky: bool = True) -> tuple[Measure, int]:
    """What gives a channel's gradient and value, and the pixels between neighbouring positions of its highest layer.
    Without `leaky` the channel's own ReLU is the network's. UserError where the weights can't dream it."""
    return _gradient(channel, machine, leaky), _stride(channel)


@lru_cache(maxsize=8)
def _gradient(channel: str, machine: Machine, leaky: bool) -> Gradient:
    """The network of a channel, which takes seconds to build and remembers nothing: one for all dreams of a film."""
    return _make_gradient(channel, machine, leak=LEAK if leaky else 0.0)


def _make_gradient(channel: str, machine: Machine, **more: Any) -> Gradient:
    objective, weights, pictures = parse(channel), load(machine.weights), _guide_pictures(channel)
    require(objective.wanted, weights)  # the framework comes after all that can fail quickly
    return Gradient(objective, weights, machine.precision, guides=pictures, on=backend_of(machine), **more)


def guides(channel: str) -> tuple[str, ...]:
    """The paths of the pictures that an objective is guided by."""
    return parse(channel).guides


def _guide_pictures(channel: str) -> dict[str, np.ndarray]:
    """The guides of an objective as the network takes them. UserError where one can't be read."""
    return {guide: guide_picture(guide) for guide in guides(channel)}


def guide_picture(path: str) -> np.ndarray:
    """A picture at the size at which it guides a dream: (h, w, 3) float32, RGB in [-1, 1]."""
    from kaleidocam.sources.picture import read_picture

    return at_guide_size(read_picture(path), path)


def at_guide_size(picture: np.ndarray, path: str) -> np.ndarray:
    """As `guide_picture`, of a picture that was read: (H, W, 3) uint8 BGR; `path` names it in errors."""
    width, height = picture.shape[1::-1]
    long, short = max(width, height), min(width, height)
    if long > THINNEST * short:
        raise UserError(f"'{path}' is {width}x{height}, too thin to guide; give one that is no more than {THINNEST} "
                        "times as long as wide")
    scale = max(min(1.0, GUIDE_SIDE / long), SMALLEST_GRID / short)
    size = max(SMALLEST_GRID, round(width * scale)), max(SMALLEST_GRID, round(height * scale))
    return to_network(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def _stride(channel: str) -> int:
    return max(STRIDES[layer] for layer in parse(channel).wanted)


def check_reach(channel: str, machine: Machine) -> None:
    """UserError where these weights can't dream `channel`, or what is to compute it is not installed; quick."""
    require_backend(machine.backend)
    require(parse(channel).wanted, load(machine.weights))


def make_dreamer(look: Look, machine: Machine) -> Ascent:
    """The Ascent for a look, at any grid. UserError where its channel and the weights don't go together."""
    return _ascent(_make_gradient(look.channel, machine), look.channel, machine)


def _ascent(gradient: Gradient, channel: str, machine: Machine) -> Ascent:
    on = imaging_of(machine)
    return Ascent(gradient if on is PROCESSOR else gradient.rising, _stride(channel), on)


def make_eye(machine: Machine, *, live: bool = False, grid: tuple[int, int] | None = None) -> Eye:
    """The eye of a film or of a performance; `grid` as it has it."""
    preset = ("ultrafast" if live else "medium") if machine.flow == "auto" else machine.flow
    return Eye(grid, Tracker(preset), coarse=COARSEST_FLOW if imaging_of(machine) is PROCESSOR else COARSE_FLOW)


def make_film(source: Source, out: str, machine: Machine, *, audio_from: str | None, overwrite: bool) -> Sink:
    """The film sink of one source: its frame times exactly, the audio of `audio_from` untouched."""
    from kaleidocam.sinks.film import Film

    return Film(out, size=source.size, fps=source.fps, time_base=source.time_base, audio_from=audio_from,
                crf=machine.crf, overwrite=overwrite)


def make_desk(
    look: Look, machine: Machine, preset: str = DEFAULT_PRESET, *, given: Iterable[str] = (),
    size: Callable[[], tuple[int, int]] = lambda: CAMERA_SIZE
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
            raise UserError(f"a grid of {grid[0]}x{grid[1]} would hold up the picture; up to {largest[0]}x{largest[1]} "
                            "while it runs, larger ones from the start by --grid or --detail")
        for picture in pictures_of(look.channel, look.palette):
            if picture not in named and picture not in _pictures_of_presets():
                raise UserError(f"'{picture}' is no picture of this performance; name it on the command line, or in a "
                                "preset in the folder of your own")
        check_palette(look.palette)  # last, or whoever reaches the panel could ask which files there are

    desk = Desk(look, check, preset=preset, given=given)
    return desk


def pictures_of(channel: str, palette: str) -> tuple[str, ...]:
    """The paths of all pictures that a look names: guides, and whose colours it has."""
    return (*guides(channel), *([palette] if is_picture(palette) else []))


def _pictures_of_presets() -> set[str]:
    """The pictures that the user's own presets name; a preset that can't be read names none."""
    named: set[str] = set()
    for name in own_preset_names():
        with suppress(UserError):
            look, _ = settle(read_preset(name), name)
            named.update(pictures_of(look.channel, look.palette))
    return named


def make_stage(
    source: Newest | Watched, sinks: Sequence[Sink], desk: Desk, machine: Machine, *, until: float | None = None,
    **more: Any
) -> Stage:
    """The performance, ready to `run`; `more` as the Stage has it."""
    cv2.setNumThreads(VIDEO_THREADS)
    look, meter = desk.base, Meter()
    rungs = ladder(grid_of(look, source.size))
    with behind_the_video():
        on, imaging = backend_of(machine), imaging_of(machine)
        dreamer = Morph(lambda channel: make_dreamer(Look(channel=channel), machine), look.channel,
                        background=not on.alone)
        governor = _govern(rungs, dreamer, source.fps, machine.quality, look)
    dream = make_dream(governor.rung.grid, dreamer, machine)
    if on.fixed and imaging is not PROCESSOR:
        _compile(dream, governor.grids, look, machine)
    return Stage(source=source, sinks=sinks, eye=make_eye(machine, live=True),
                 dreaming=Dreaming(dream, desk.look, meter), desk=desk, meter=meter, governor=governor,
                 screenshot=save_picture, until=until, idle=lambda seconds: idle_picture(source.size, seconds),
                 **_guard(machine, (*more.pop("notices", ()), source.state, dreamer.notice)), **more)


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
    dream.dreamer.reset(look.channel)


def open_all(
    stack: ExitStack, texts: Sequence[str], source: Source, machine: Machine, *, overwrite: bool
) -> list[Sink]:
    """Every sink, opened one after another; if one can't be, those before it are closed by the stack."""
    return [stack.enter_context(open_sink(text, source, machine, overwrite=overwrite)) for text in texts]


def save_picture(frame: Frame, path: Path | None = None) -> str:
    """Writes a frame as PNG, by default into the working folder under the time of day; returns what to say."""
    path = path or Path(f"kaleidocam-{datetime.now():%Y%m%d-%H%M%S-%f}.png")
    ok, data = cv2.imencode(".png", frame.image)
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        return f"{path} can't be written: {error.strerror}"
    return f"saved {path}"
