"""The composition root: settings in, parts out. The only file that knows everyone.

Invariant: nothing here has a default of its own; what can't be built is a UserError before anything is begun.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2

from kaleidocam import modulation
from kaleidocam.desk import Desk
from kaleidocam.dream.ascent import Ascent
from kaleidocam.dream.morph import Morph
from kaleidocam.dream.network import LAYERS, STRIDES, reaches, require
from kaleidocam.dream.objective import parse
from kaleidocam.dream.threads import behind_the_video
from kaleidocam.dream.weights import load
from kaleidocam.errors import UserError
from kaleidocam.filter import Dream, Eye
from kaleidocam.flash import FlashLimiter
from kaleidocam.frame import Frame
from kaleidocam.governor import Governor, Rung, first_rung, ladder
from kaleidocam.meter import Meter
from kaleidocam.motion.flow import Tracker
from kaleidocam.settings import DEFAULT_PRESET, QUALITIES, Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source
from kaleidocam.sources.idle import idle_picture
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.place import place_of
from kaleidocam.sources.watched import Watched
from kaleidocam.stage import Dreaming, Stage

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
CAMERA_SIZE = (1280, 720)
# Of OpenCV, live. All cores would fight with the dream for them; with one, 95 % of frames at 1920×1080 came within
# 19.9 ms on two cores, with two within 17.3, for as many dream steps.
VIDEO_THREADS = 2
AISLE_SIZE = (640, 360)  # drawn at 30 fps by a quarter of one core


def open_source(text: str, machine: Machine) -> Source:
    """A camera's number, an address with ://, `aisle`, or the path of a picture or a video."""
    if text.isdigit():
        from kaleidocam.sources.camera import Camera

        return Camera(int(text), size=machine.size or CAMERA_SIZE, fps=machine.fps)
    if text == "aisle":
        from kaleidocam.sources.aisle import Aisle

        return Aisle(size=machine.size or AISLE_SIZE, fps=machine.fps)
    if "://" in text:
        from kaleidocam.sources.camera import Stream

        return Stream(text)
    if Path(text).suffix.lower() in PICTURES:
        from kaleidocam.sources.picture import Picture

        return Picture(text, fps=machine.fps)
    from kaleidocam.sources.video import Video

    return Video(text)


def is_live(text: str) -> bool:
    """Whether a source has a pace of its own and no end: a camera's number or an address."""
    return text.isdigit() or "://" in text


def open_live(text: str, machine: Machine, *, patient: bool = False) -> Newest | Watched:
    """Any source as a live one: newest frame wins. A camera (by number or name) or an address is taken up again when it
    was away, and with `patient` need not be there at first. A film is played at its own pace, again and again."""
    if is_live(text) or (text != "aisle" and not Path(text).suffix and not Path(text).exists()):
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
    from kaleidocam.sinks.film import Film

    return Behind(Film(path, size=source.size, fps=source.fps, crf=machine.crf, overwrite=overwrite))


def reachable(machine: Machine) -> dict[str, int]:
    """How many channels each layer has that these weights can dream."""
    weights = load(machine.weights)
    return {layer: count for layer, count in LAYERS.items() if reaches({layer: range(count)}, weights)}


def check(look: Look) -> None:
    """UserError where what the look says in words does not exist; quick, before anything heavy is imported."""
    parse(look.channel)
    modulation.parse(look.modulate)


def make_dreamer(look: Look, machine: Machine) -> Ascent:
    """The Ascent for a look, at any grid. UserError where its channel and the weights don't go together."""
    objective, weights = parse(look.channel), load(machine.weights)
    from kaleidocam.dream.gradient import Gradient  # TensorFlow: after all that can fail quickly

    gradient = Gradient(objective, weights, machine.precision)
    return Ascent(gradient, max(STRIDES[layer] for layer in objective.wanted))


def make_eye(look: Look, machine: Machine, *, live: bool = False) -> Eye:
    preset = ("ultrafast" if live else "medium") if machine.flow == "auto" else machine.flow
    return Eye(look.grid, Tracker(preset))


def make_film(source: Source, out: str, machine: Machine, *, audio_from: str | None, overwrite: bool) -> Sink:
    """The film sink of one source: its frame times exactly, the audio of `audio_from` untouched."""
    from kaleidocam.sinks.film import Film

    return Film(out, size=source.size, fps=source.fps, time_base=source.time_base, audio_from=audio_from,
                crf=machine.crf, overwrite=overwrite)


def make_desk(look: Look, machine: Machine, preset: str = DEFAULT_PRESET) -> Desk:
    """The desk of a performance; it refuses what these weights can't dream. UserError where that is so of `look`."""
    def check_reach(look: Look) -> None:
        require(parse(look.channel).wanted, load(machine.weights))

    check_reach(look)
    return Desk(look, check_reach, preset=preset)


def make_stage(
    source: Newest | Watched, sinks: Sequence[Sink], desk: Desk, machine: Machine, *, until: float | None = None,
    **more: Any
) -> Stage:
    """The performance, ready to `run`; `more` as the Stage has it."""
    cv2.setNumThreads(VIDEO_THREADS)
    look, meter = desk.base, Meter()
    rungs = ladder(look.grid)
    with behind_the_video():
        dreamer = Morph(lambda channel: make_dreamer(Look(channel=channel), machine), look.channel)
        governor = _govern(rungs, dreamer, source.fps, machine.quality)
    dream = Dream(governor.rung.grid, dreamer)
    return Stage(source=source, sinks=sinks, eye=make_eye(look, machine, live=True),
                 dreaming=Dreaming(dream, desk.look, meter), desk=desk, meter=meter, governor=governor,
                 screenshot=save_picture, until=until, idle=lambda seconds: idle_picture(source.size, seconds),
                 **_guard(machine, (*more.pop("notices", ()), source.state, dreamer.notice)), **more)


def _guard(machine: Machine, notices: Sequence[Callable[[], str | None]]) -> dict[str, Any]:
    """The stage's flash limiter, where it is wanted, and what it has to say beside the other `notices`."""
    if machine.flashes == "allow":
        return {"notices": notices}
    limiter = FlashLimiter()
    return {"guard": limiter, "notices": (*notices, limiter.notice)}


def _govern(rungs: Sequence[Rung], dreamer: Morph, fps: float, quality: str) -> Governor:
    """The governor, every rung that it may choose warmed up; it begins where this machine's own speed says."""
    if quality != "auto":
        start = QUALITIES.index(quality)
        dreamer.warm_up(rungs[start].grid)
        return Governor(rungs, fps, start, pinned=True)
    seconds = {}
    for grid in {rung.grid: None for rung in rungs}:
        dreamer.warm_up(grid)
        before = time.perf_counter()
        dreamer.warm_up(grid)
        seconds[grid] = time.perf_counter() - before
    return Governor(rungs, fps, first_rung(rungs, [seconds[rung.grid] for rung in rungs]))


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
