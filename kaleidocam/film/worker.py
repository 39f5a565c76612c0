"""Renders one segment of a film, in this process or in a worker of a cluster.

Invariant: the frames of a segment depend only on the job and the segment's number.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from kaleidocam.dream.compute.threads import cores_here
from kaleidocam.film import showing
from kaleidocam.film.estimate import Tried
from kaleidocam.film.job import Job
from kaleidocam.film.pieces import Pieces
from kaleidocam.film.pipeline import Dreamed, dream_each
from kaleidocam.film.render import SegmentParts, render
from kaleidocam.film.score import begin_at
from kaleidocam.film.seam import SeamDream, SeamEye
from kaleidocam.film.state import State
from kaleidocam.frame import Frame
from kaleidocam.picture.assembly import make_dream, make_eye, make_film_dreamer
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye, turned
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks import hardware
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import named
from kaleidocam.sinks.join import join
from kaleidocam.sinks.piece import PieceFile, open_piece, packets
from kaleidocam.sources.base import Source
from kaleidocam.sources.opening import open_source
from kaleidocam.sources.resized import InBgr
from kaleidocam.sources.rewinding import Rewinding

TRIED_FROM = 240  # frames into the film, at most: some sources can't seek and must read up to there
EVEN_FRAMES = 250  # frames that show whether a film's frame rate is constant
EVEN_TICKS = 2.0  # by which their times may be off: they are rounded, and so is the rate in the file
MOST_THREADS = 4  # for the network: on a small grid, more do not help
# Cores for each of OpenCV's threads. Reading, dreaming and writing run at once and fill the others: a film takes 8 %
# less of two cores with one thread than with two.
CORES_EACH = 2


def render_segment(
    job: Job,
    number: int,
    pieces: Pieces | None = None,
    each: Callable[[Frame], None] = lambda frame: None,
    source: Source | None = None,
) -> None:
    """Renders the unfinished pieces of the job's segment `number`. `source`: an open source from `source_of`, if more
    segments follow in this process; it stays open. UserError: as in `film.render.render`."""
    with source_of(job) if source is None else nullcontext(source) as opened:
        parts = segment_parts(job, number, opened, piece_opener(job))
        kept = pieces or Pieces(job.folder, named(job.codec).piece_suffix)
        render(job.plan.segments[number], job.plan, kept, parts, each)


def segment_parts(job: Job, number: int, source: Source, open_piece: Callable[[Path], Sink]) -> SegmentParts:
    """What the job's segment `number` is rendered with, into the sinks of `open_piece`."""
    cv2.setNumThreads(job.picture_threads)
    segment = job.plan.segments[number]
    own_eye, own_dream, fresh = begun(job, segment.begin)
    eye: Eye | SeamEye = own_eye
    dream: Dream | SeamDream = own_dream
    if segment.fade is not None:
        next_eye, next_dream, next_fresh = begun(job, segment.fade)
        eye = seam = SeamEye(own_eye, next_eye, segment.fade, segment.end)
        dream = SeamDream(own_dream, next_dream, seam, segment.fade, segment.end)
        fresh = {part: {"own": fresh[part], "following": next_fresh[part]} for part in fresh}
    return SegmentParts(source, eye, dream, fresh, job.look_at, partial(showing.shown, job.shown), open_piece)


def source_of(job: Job) -> Source:
    """A source from which all segments of the job can be rendered, one after another."""
    return Rewinding(lambda: open_for(job))


def open_for(job: Job) -> Source:
    """The job's source at its first frame; its pictures are planes where the film's are."""
    source = open_source(job.source, job.machine)
    return InBgr(source) if job.form is None and source.format else source


def piece_opener(job: Job) -> Callable[[Path], PieceFile]:
    """A function that opens the sink of a piece at a path. UserError if this machine has no such encoder."""
    codec, size = named(job.codec), showing.shown_size(job.shown, job.size)
    if codec.hardware:
        hardware.check(codec.name, size)
    return partial(
        PieceFile,
        codec=codec,
        size=size,
        fps=job.fps,
        tick=job.tick,
        crf=job.machine.crf,
        even=_even(job.plan.seconds, job.fps, float(job.tick)),
        form=job.form,
    )


def _even(seconds: Sequence[float], fps: float, tick: float) -> bool:
    """Whether frames at these times come at `fps`, as far as `tick` allows."""
    return all(abs(at - seconds[0] - i / fps) <= EVEN_TICKS * tick for i, at in enumerate(seconds[:EVEN_FRAMES]))


def try_out(job: Job, pieces: Pieces, goes_on: Callable[[Sequence[tuple[float, float]]], bool]) -> Tried:
    """Renders some frames from inside the film and throws them away. `goes_on` gets the finish times so far, and says
    whether to render another."""
    cv2.setNumThreads(job.picture_threads)
    first = min(job.plan.first + TRIED_FROM, (job.plan.first + job.plan.end) // 2)
    eye, dream, _ = begun(job, first)
    glass, path = Glass(), pieces.folder / f"trial.part{pieces.suffix}"
    finished: list[tuple[float, float]] = []

    def finish(dreamed: Dreamed) -> None:
        frame, picture = dreamed.seen.frame, glass.show(dreamed.seen, dreamed.layer, dreamed.look).picture
        sink.write(frame.showing(showing.shown(job.shown, frame.picture, picture)))
        finished.append((time.perf_counter(), time.process_time()))

    try:
        with open_for(job) as source, piece_opener(job)(path) as sink:
            begin = [source.skip_to(job.plan.seconds[first])]
            dream_each(
                lambda: (begin.pop() if begin else source.read()) if goes_on(finished) else None,
                finish,
                eye=eye,
                dream=dream,
                look_at=lambda frame: job.look_at(frame.seconds),
            )
        with open_piece(path) as opened:
            sizes = [packet.size for _, packet in packets(opened, job.tick)]
        return Tried(finished, sizes, *(_tried_film(job, path) if not named(job.codec).joins else ()))
    finally:
        path.unlink(missing_ok=True)


def _tried_film(job: Job, piece: Path) -> tuple[float, int]:
    """The seconds that it takes to encode the film from a piece, and the film's size in bytes."""
    codec, begun_at = named(job.codec), time.perf_counter()
    with TemporaryDirectory(prefix="kaleidocam-") as scratch:
        out = Path(scratch) / ("film/%06d.png" if codec.name == "png" else f"film{codec.suffixes[0]}")
        join([piece], out, codec=codec, crf=job.machine.crf, fps=job.fps, tick=job.tick)
        size = sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file())
        return time.perf_counter() - begun_at, size


def fresh_parts(machine: Machine, look: Look, seconds: float, size: tuple[int, int]) -> tuple[Eye, Dream]:
    """Eye and dream for a start `seconds` into the film, in about the state that they have there. `size` (width,
    height): of the film's pictures."""
    morph = make_film_dreamer(machine, threads_here(), look.channel)
    eye = make_eye(machine)
    eye.turn_to(turned(0.0, look.spin, seconds))
    if seconds:
        eye.begin_at(0.0)
    return eye, make_dream(grid_of(look, size), morph, machine)


def threads_here() -> int:
    """How many threads dream a film that is begun on this machine."""
    return min(MOST_THREADS, cores_here())


def picture_threads_here() -> int:
    """How many threads OpenCV uses for a film that is begun on this machine."""
    return max(1, threads_here() // CORES_EACH)


def begun(job: Job, begin: int) -> tuple[Eye, Dream, State]:
    """Eye and dream, and their state, for a dream that begins at frame `begin`. Nothing is dreamed yet, but the mirrors
    and the channel fades are where they are in the complete film at that frame."""
    seconds = job.plan.seconds[: begin + 1]
    look = job.look_at(seconds[0])
    morph = make_film_dreamer(job.machine, job.threads, look.channel)
    dream = make_dream(grid_of(look, job.size), morph, job.machine)
    eye = make_eye(job.machine)
    begin_at(dream, job.score, [at - seconds[0] for at in seconds])
    turn = 0.0
    for before, now in pairwise(seconds):
        turn = turned(turn, job.look_at(now).spin, now - before)
    eye.turn_to(turn)
    eye.begin_at(seconds[0])
    return eye, dream, {"eye": eye.state(), "dream": dream.state()}
