"""What the commands do, once their arguments are read.

Invariant: whatever happens, sinks are closed and what was made is kept and named.
"""

import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kaleidocam import build
from kaleidocam.errors import UserError
from kaleidocam.filter import Dream
from kaleidocam.frame import Frame
from kaleidocam.pipeline import dream_film
from kaleidocam.settings import Look, Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source
from kaleidocam.surfaces import Wanted, open_surfaces

DEMO_FPS = 15.0
STILL_SECONDS = 5.0  # of film from a source that has no end, when no -t says otherwise


def say(text: str) -> None:
    """To the person at the terminal; never into a pipe's data."""
    sys.stderr.write(f"kaleidocam: {text}\n")


def render(text: str, out: str, look: Look, machine: Machine, *, until: float | None, overwrite: bool) -> None:
    """`kaleidocam film`: a source to a film. An interruption keeps the frames made so far and goes through."""
    if build.is_live(text):
        raise UserError(f"'{text}' never ends, so it makes no film; record it with: kaleidocam live --from {text} "
                        f"--to {out}")
    build.check(look)
    with ExitStack() as stack:
        source = stack.enter_context(build.open_source(text, machine))
        has_sound = source.time_base is not None  # a video file; pictures and drawings have none
        sink = stack.enter_context(build.make_film(source, out, machine, overwrite=overwrite,
                                                   audio_from=text if has_sound else None))
        endless = source.length is None and not has_sound
        _film(source, sink, look, machine, until=until or (STILL_SECONDS if endless else None), out=out)
        if source.notice:
            say(source.notice)


def _film(source: Source, sink: Sink, look: Look, machine: Machine, *, until: float | None, out: str) -> None:
    dream = Dream(look.grid, build.make_dreamer(look, machine))
    total = source.length if until is None else round(until * source.fps)
    done = 0
    with _progress(total) as advance:

        def each(frame: Frame) -> None:
            nonlocal done
            done += 1
            advance()

        try:
            eye = build.make_eye(look, machine)
            dream_film(source, [sink], eye=eye, dream=dream, look=look, until=until, each=each)
        except KeyboardInterrupt:
            sink.stop_early()
            say(f"stopped; the {done} frames made so far are kept in {out}")
            raise
    if until is not None:
        sink.stop_early()


@contextmanager
def _progress(total: int | None):
    """A bar with frames, pace and time left, on stderr; yields what to call after each frame."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Pace(ProgressColumn):
        def render(self, task) -> Text:
            return Text(f"{task.speed or 0:.1f} fps")

    columns = (TextColumn("dreaming"), BarColumn(), MofNCompleteColumn(), Pace(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("dreaming", total=total)
        yield lambda: progress.advance(task)


def perform(text: str, to: list[str], look: Look, machine: Machine, *, until: float | None, overwrite: bool,
            hud: bool, preset: str, wait: bool, wanted: Wanted) -> None:
    """`kaleidocam live`: a source to one or more sinks until `q`, Ctrl-C or `until`."""
    build.check(look)
    with ExitStack() as stack:
        source = stack.enter_context(build.open_live(text, machine, patient=wait))
        sinks = build.open_all(stack, to, source, machine, overwrite=overwrite)
        desk = build.make_desk(look, machine, preset)
        surfaces = open_surfaces(stack, wanted, desk, source, machine, overwrite=overwrite)
        sinks += surfaces.sinks
        stage = build.make_stage(source, sinks, desk, machine, until=until, hud=int(hud), notices=surfaces.notices,
                                 tap=surfaces.tempo.tap, each=surfaces.record)
        if surfaces.panel:
            surfaces.panel.report = stage.report
        say(f"live: {source.size[0]}x{source.size[1]} at {source.fps:g} fps to {', '.join(to)}; "
            + ("q in the window ends it" if "window" in to else "Ctrl-C ends it"))
        for line in filter(None, [*surfaces.told, source.state()]):
            say(line)
        try:
            stage.run()
        except KeyboardInterrupt:
            pass  # the usual way to end a performance without a window
        reading = stage.reading()
        say(f"shown {reading.fps:.1f} fps, added latency {reading.latency_ms:.0f} ms (95 %: "
            f"{reading.latency_p95_ms:.0f}), {reading.steps:.1f} dream steps a second, {reading.dropped} dropped, "
            f"{stage.governor}")
        for notice in filter(None, [*(part.notice for part in (source, *sinks)), *stage.lost]):
            say(notice)


def demonstrate(folder: str, look: Look, machine: Machine, *, seconds: float) -> None:
    """`kaleidocam demo`: the drawn aisle to FOLDER/aisle.mp4, and one frame before and after as FOLDER/aisle.png."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"folder '{folder}' can't be made: {error.strerror}") from error
    out, picture = Path(folder) / "aisle.mp4", Path(folder) / "aisle.png"
    machine = machine.model_copy(update={"fps": min(machine.fps, DEMO_FPS)})
    render("aisle", str(out), look, machine, until=seconds, overwrite=True)
    _before_and_after(machine, out, picture)
    say(f"the film is {out.resolve()}")
    say(f"before and after: {picture.resolve()}")


def _before_and_after(machine: Machine, film: Path, picture: Path) -> None:
    """The film's last frame beside the same moment undreamed."""
    import numpy as np

    last: Frame | None = None
    with build.open_source(str(film), machine) as dreamed, build.open_source("aisle", machine) as plain:
        while (frame := dreamed.read()) is not None:
            last, before = frame, plain.read()
    if last is not None:
        build.save_picture(last.showing(np.hstack([before.image, last.image])), picture)
