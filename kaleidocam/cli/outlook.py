"""What this machine makes of a look: how long a film takes, and whether a performance holds its pace.

Invariant: both are measured as they run, film and performance each in a process of its own, as the commands do.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2

from kaleidocam import child_process
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look, Machine

FPS = 30.0
SMALLER, LARGER = (1280, 720), (1920, 1080)
FRAMES, WARM = 36, 12  # of the clip that is tried; and those at its beginning that come in a burst
LIVE_SECONDS, LONGEST_LIVE = 2.5, 30.0  # of a performance: once all is ready, and in all
PATIENCE_SECONDS = 120
MINUTE = 60 * FPS  # frames
HELD, DROPPED = 0.98, 1  # of the pace, and frames dropped at the end, at which a pace counts as held


@dataclass(frozen=True)
class FilmOutlook:
    """`frame`: seconds for each frame of SMALLER, looking for cuts included; `start`: seconds for the rest."""

    frame: float
    start: float

    def __str__(self) -> str:
        minute = self.start + MINUTE * self.frame
        return (
            f"a minute of film at {FPS:g} fps takes about {minute:.0f} s: {1 / self.frame:.1f} frames a second, and "
            f"{self.start:.1f} s to start"
        )


@dataclass(frozen=True)
class LiveOutlook:
    """At the end of a performance of a film: frames shown a second, frames dropped, how late they came in milliseconds,
    steps of the dream a second, and what the governor chose."""

    fps: float
    dropped: int
    late: float
    late_95: float
    steps: float
    quality: str

    @property
    def holds(self) -> bool:
        return self.fps >= HELD * FPS and self.dropped <= DROPPED

    def __str__(self) -> str:
        figures = (
            f"{self.fps:.1f} shown, {self.dropped} dropped, {self.late:.0f} ms late (95 %: {self.late_95:.0f}), "
            f"{self.steps:.0f} dream steps a second, {self.quality}"
        )
        if self.holds:
            return f"holds {FPS:g} fps: {figures}"
        return f"does not hold {FPS:g} fps: {figures}; a camera at a smaller --size is lighter"


def outlook(look: Look, machine: Machine) -> Iterator[tuple[str, str]]:
    """Yields pairs (what was tried, finding): a film, then performances of two sizes, each of a drawn clip in H.264."""
    made, played = f"film {_text(SMALLER)}", [f"live {_text(size)}" for size in (SMALLER, LARGER)]
    with tempfile.TemporaryDirectory(prefix="kaleidocam-") as folder:
        for titles, function, kind in (([made], "film", FilmOutlook), (played, "live", LiveOutlook)):
            try:
                answers = _apart(f"kaleidocam.cli.outlook:{function}", look, machine, folder)
                yield from ((title, str(kind(**answer))) for title, answer in zip(titles, answers, strict=True))
            except UserError as error:
                yield titles[0], str(error)


def _text(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _apart(function: str, look: Look, machine: Machine, folder: str) -> list[dict]:
    try:
        done = subprocess.run(
            child_process.command(function),
            env=child_process.environment(),
            input=json.dumps([look.model_dump(), machine.model_dump(), folder]),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise UserError(f"gave no result within {PATIENCE_SECONDS} s") from None
    except (IndexError, ValueError):
        raise UserError((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]) from None


def film() -> None:
    """The process that makes a film; it draws the clips too."""
    _answer(lambda look, machine, folder: [film_of(look, machine, folder)])


def live() -> None:
    """The process that performs."""
    _answer(lambda look, machine, folder: [live_of(look, machine, folder, size) for size in (SMALLER, LARGER)])


def _answer(measure: Callable[[Look, Machine, Path], list[dict]]) -> None:
    """Reads what is to be measured from stdin; writes what was found to stdout, or an error to stderr."""
    look, machine, folder = json.load(sys.stdin)
    plain = {"size": None, "codec": "auto", "crf": None, "fps": FPS, "quality": "auto"}  # others than asked for
    try:
        found = measure(Look(**look), Machine(**machine | plain), Path(folder))
    except UserError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # unloading the frameworks would take most of a second


def clip_of(folder: Path, size: tuple[int, int]) -> Path:
    return folder / f"{_text(size)}.mp4"


def draw(folder: Path, frames: int) -> None:
    """The drawn aisle as H.264 films of both sizes. It is drawn in one, which is quicker."""
    from kaleidocam.opening import open_sink, open_source

    with (
        open_source("aisle", size=SMALLER, fps=FPS) as source,
        open_sink(str(clip_of(folder, SMALLER)), SMALLER, FPS) as smaller,
        open_sink(str(clip_of(folder, LARGER)), LARGER, FPS) as larger,
    ):
        for frame in islice(iter(source.read, None), frames):
            smaller.write(frame)
            larger.write(frame.showing(cv2.resize(frame.image, LARGER)))


def film_of(look: Look, machine: Machine, folder: Path, frames: int = FRAMES) -> dict:
    """Draws the clips and makes a short film; the fields of a FilmOutlook."""
    from kaleidocam.film.order import Order, scan_of
    from kaleidocam.film.studio import make
    from kaleidocam.sources.opening import open_source

    told: list[tuple[float, int]] = []
    draw(folder, frames)
    clip = str(clip_of(folder, SMALLER))
    order = Order(
        clip,
        str(folder / "film.mp4"),
        look,
        machine,
        called=lambda *count: told.append((time.perf_counter(), count[0])),
    )
    began = time.perf_counter()
    make(order)
    whole = time.perf_counter() - began
    with open_source(clip, machine) as source:
        began = time.perf_counter()
        scan_of(order, source)
        scan = (time.perf_counter() - began) / frames
    (since, before), (until, done) = next(pair for pair in told if pair[1] >= min(WARM, frames - 2)), told[-1]
    frame = (until - since) / (done - before) + scan
    return {"frame": frame, "start": max(0.0, whole - frames * frame)}


def live_of(look: Look, machine: Machine, folder: Path, size: tuple[int, int], seconds: float = LIVE_SECONDS) -> dict:
    """Performs the clip of that size, shown nowhere; the fields of a LiveOutlook."""
    from kaleidocam.live.assembly import make_desk, make_stage, open_played
    from kaleidocam.live.meter import WINDOW_SECONDS
    from kaleidocam.sinks.memory import Memory

    class Noting(Memory):
        """Keeps how many frames were dropped, and when, once all sizes of the dream are ready; ends it then."""

        def write(self, frame: Frame) -> None:
            super().write(frame)
            governor = stage.view.governor
            if dropped or (stage.view.dreaming.turns > 1 and all(map(governor.ready, governor.near))):
                dropped.append((time.monotonic(), source.dropped))
                if dropped[-1][0] - dropped[0][0] > seconds:
                    stage.quit()

    dropped: list[tuple[float, int]] = []
    with open_played(str(clip_of(folder, size)), machine) as source:
        stage = make_stage(source, [Noting(limit=1)], make_desk(look, machine), machine, until=LONGEST_LIVE)
        stage.run()
        reading = stage.reading()
    if not dropped:
        raise UserError(f"the dream was not ready within {LONGEST_LIVE:g} s")
    last, count = dropped[-1]
    return {
        "fps": reading.fps,
        "dropped": count - next(before for when, before in dropped if when >= last - WINDOW_SECONDS),
        "late": reading.latency_ms,
        "late_95": reading.latency_p95_ms,
        "steps": reading.steps,
        "quality": str(stage.view.governor),
    }
