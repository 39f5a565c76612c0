"""Makes a film: scans, plans, renders piece by piece and joins; continues where an earlier run of the order stopped.

Invariant: rendered frames are never lost: a finished piece is kept until the complete film is in place.
"""

import logging
import math
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from kaleidocam.dream.compute.threads import cores_here
from kaleidocam.film import cluster, estimate, pieces, progress
from kaleidocam.film.job import Job
from kaleidocam.film.order import Order, begin, check
from kaleidocam.film.pieces import Pieces, count_frames
from kaleidocam.film.pouring import pour
from kaleidocam.film.worker import render_segment, source_of, try_out
from kaleidocam.frame import Frame
from kaleidocam.pipe import as_file
from kaleidocam.sinks.join import join
from kaleidocam.sinks.outlet import is_outlet
from kaleidocam.sources.opening import open_source

log = logging.getLogger(__name__)


def make(order: Order) -> None:
    """Makes the film. UserError if it can't be made. After an interruption (KeyboardInterrupt) the film so far can be
    played under its name, and the same order continues it; of one that goes to a pipe, nothing is kept."""
    if is_outlet(order.out):
        pour(order)
        return
    folder = pieces.folder_of(order.out)
    check(order, folder)
    with ExitStack() as stack:
        order = replace(order, source=stack.enter_context(as_file(order.source, Path(order.out).parent)))
        source = stack.enter_context(open_source(order.source, order.machine))
        for line in source.told:
            log.info(line)
        stack.enter_context(pieces.alone(folder))
        if order.programs and not pieces.is_begun(folder):
            progress.line("scanning", of=source.length)
        job, found = begin(order, source, folder)
        kept = Pieces(folder, order.codec.piece_suffix)
        count = progress.Count(job.plan, _resume(job, kept))
        try:
            _dream(order, job, kept, count)
        except KeyboardInterrupt:
            _stop(order, job, kept)
            raise
        if order.programs:
            progress.line("joining", frames=count.total)
        shown = nullcontext() if order.programs or order.called else progress.counting("joining", None)
        try:
            with shown:
                _join(order, job, [kept.path(piece) for piece in job.plan.pieces], job.plan.end)
        except KeyboardInterrupt:
            log.info("stopped while the film was being joined; the same command joins it again")
            raise
        if found["notice"]:
            log.info(found["notice"])
    pieces.end(folder)
    if order.programs:
        progress.line("done", film=order.out, frames=count.total)


def _resume(job: Job, kept: Pieces) -> int:
    """How many frames earlier runs have finished. Damaged pieces are deleted."""
    done = damaged = 0
    for piece in job.plan.pieces:
        if kept.finished(piece, thorough=True):
            done += piece.end - piece.first
        elif kept.finished(piece):
            damaged += 1
            kept.drop(piece)
    if damaged:
        log.info(f"{damaged} of the pieces in '{kept.folder}' were damaged; they are rendered again")
    if done:
        log.info(f"continuing: {done} of {job.plan.end - job.plan.first} frames are finished already")
    return done


def _dream(order: Order, job: Job, kept: Pieces, count: progress.Count) -> None:
    """Renders all unfinished frames, in this process or by workers."""
    many = (order.workers or order.cluster) and count.done < count.total
    with cluster.connected(order.cluster, order.workers) if many else nullcontext() as client:
        _estimate(order, job, kept, cluster.hosts(client) if many else None)
        with _reporting(order, kept, count) as tell:
            if many:
                _spread(client, job, kept, count, tell)
            else:
                _render(job, kept, count, tell)


def _reporting(order: Order, kept: Pieces, count: progress.Count) -> AbstractContextManager[progress.Tell]:
    """Reports the progress in the way that the order asks for; yields a function to call after each change."""
    if order.called:
        return progress.for_calls(count, order.called)
    return progress.for_programs(count, kept.folder) if order.programs else progress.for_people(count)


def _estimate(order: Order, job: Job, kept: Pieces, workers: Mapping[str, int] | None) -> None:
    """Logs how long the rest of the film will take, how large the film will be and where its pieces are kept; nothing
    if it is soon done. `workers`: how many on each machine; None: this process renders."""
    costs = [cost for _, cost in _unfinished(job, kept, alone=workers is None)]
    if sum(costs) < estimate.LEAST * estimate.TRIED_SHARE:
        return
    tried = try_out(job, kept, partial(estimate.goes_on, frames=sum(costs)))
    pace = estimate.pace(tried, key_every=job.plan.pieces[0].end - job.plan.first)
    speed_up = None if workers is None else estimate.speed_up(workers, cores_here(), pace.cores)
    seconds, end = job.plan.seconds, job.plan.end
    sound = (
        estimate.sound_bytes(job.sound, seconds[end - 1] - seconds[job.plan.first])
        if (job.sound and order.codec.joins)
        else 0
    )
    expected = estimate.expect(pace, costs, end - job.plan.first, workers=speed_up, sound_bytes=sound)
    if expected.seconds < estimate.WORTH_SECONDS:
        return
    if order.programs:
        progress.line("estimate", seconds=round(expected.seconds), bytes=round(expected.bytes), pieces=str(job.folder))
    log.info(f"{end - job.plan.first} frames: {expected}; finished pieces are kept in {job.folder}")
    if warned := estimate.warning(expected, shutil.disk_usage(kept.folder).free):
        log.info(warned)


def _unfinished(job: Job, kept: Pieces, *, alone: bool) -> list[tuple[int, int]]:
    """The unfinished segments: number, and how many frames must be dreamed for each. A process that renders `alone`
    continues from one segment to the next; with several, each segment needs its pre-roll too."""
    unfinished = []
    for number, segment in enumerate(job.plan.segments):
        if frames := sum(piece.end - piece.first for piece in segment.pieces if not kept.finished(piece)):
            fade = 0 if segment.fade is None else segment.end - segment.fade
            unfinished.append((number, frames + fade + (0 if alone else segment.first - segment.begin)))
    return unfinished


def _render(job: Job, kept: Pieces, count: progress.Count, tell: progress.Tell) -> None:
    """Renders all segments in this process, one after another."""
    with source_of(job) as source:
        for number, segment in enumerate(job.plan.segments):
            missing = [range(piece.first, piece.end) for piece in segment.pieces if not kept.finished(piece)]
            if not missing:
                continue

            def each(frame: Frame, missing: Sequence[range] = missing) -> None:
                count.at(frame.index)
                count.to(count.done + any(frame.index in frames for frames in missing))
                tell()

            render_segment(job, number, kept, each, source)


def _spread(client: Any, job: Job, kept: Pieces, count: progress.Count, tell: progress.Tell) -> None:
    """Has the workers of a cluster render all segments."""
    unfinished = list(job.plan.pieces)

    def look() -> None:
        unfinished[:] = [piece for piece in unfinished if not kept.finished(piece)]
        count.missing([piece.first for piece in unfinished])
        count.to(count.total - sum(piece.end - piece.first for piece in unfinished))
        tell()

    cluster.spread(client, job, render_segment, _unfinished(job, kept, alone=False), look)
    look()


def _stop(order: Order, job: Job, kept: Pieces) -> None:
    """Joins the finished pieces from the beginning on, and the incomplete piece after them, to a film that can be
    played. Logs how far the film is."""
    finished = [piece for piece in job.plan.pieces if kept.finished(piece)]
    playable = list(takewhile(kept.finished, job.plan.pieces))
    paths, frames = [kept.path(piece) for piece in playable], sum(piece.end - piece.first for piece in playable)
    if kept.left and kept.left.name.startswith(f"{len(playable):06d}."):
        paths.append(kept.left)
        frames += count_frames(kept.left)
    if paths:
        _join(order, job, paths, job.plan.first + frames)
    if len(finished) > len(playable):  # segments are not rendered in the film's order
        done, total = sum(piece.end - piece.first for piece in finished), job.plan.end - job.plan.first
        shown = f"; {order.out} shows the first {frames}" if paths else ""
        log.info(f"stopped; {done} of {total} frames are finished, and the same command continues with them{shown}")
    elif paths:
        log.info(
            f"stopped; the {frames} frames made so far are kept in {order.out}; the same command continues with them"
        )
    else:
        log.info("stopped before the first frame was finished; the same command begins again")


def _join(order: Order, job: Job, paths: Sequence[Path], end: int) -> None:
    """Writes the film from the pieces at `paths`; `end`: the number of the frame after its last."""
    seconds = job.plan.seconds
    start = None if order.start is None else seconds[job.plan.first]
    after = seconds[end] if end < len(seconds) else job.end
    until = seconds[end] if end < len(seconds) else None if order.end is None else seconds[0] + order.end
    for notice in join(
        paths,
        Path(order.out),
        codec=order.codec,
        crf=order.machine.crf,
        fps=job.fps,
        tick=job.tick,
        copy_from=job.sound,
        overwrite=True,
        start=-math.inf if start is None else start,
        end=until,
        shift=start,
        last=None if after is None else after - seconds[end - 1],
        form=job.form,
    ):
        log.info(notice)
