"""Makes a film that is written to a pipe as it is rendered, frame after frame.

Invariant: its frames are those of the same film in a file. Nothing is kept of it, so it can't go on where it stopped,
and one process renders it.
"""

import logging
import math
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import av

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError
from kaleidocam.film import progress, showing
from kaleidocam.film.job import Job
from kaleidocam.film.order import Order, begin_unkept, check_look
from kaleidocam.film.plan import Piece
from kaleidocam.film.render import render
from kaleidocam.film.state import State
from kaleidocam.film.worker import segment_parts, source_of
from kaleidocam.frame import Frame
from kaleidocam.pipe import as_file
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.film_copy import Copies
from kaleidocam.sinks.film_tags import copy_tags
from kaleidocam.sinks.outlet import Outlet
from kaleidocam.sinks.piped import Piped
from kaleidocam.sources.opening import open_source

log = logging.getLogger(__name__)


def pour(order: Order) -> None:
    """Makes the film. UserError if it can't be made; ReaderGone once nothing reads it."""
    check_pour(order)
    with ExitStack() as stack:
        outlet = Outlet(order.out)
        stack.callback(outlet.close)
        order = replace(order, source=stack.enter_context(as_file(order.source, Path("."))))
        source = stack.enter_context(open_source(order.source, order.machine))
        for line in source.told:
            log.info(line)
        job, found = begin_unkept(order, source)
        film = stack.enter_context(_Film(order, job, outlet))
        _render(order, job, film)
        if job.sound and order.codec.encoder == "rawvideo":
            log.info(f"raw pictures hold no sound: that of '{without_secrets(order.source)}' is left out")
        for line in filter(None, [*film.left_out, found["notice"]]):
            log.info(line)


def check_pour(order: Order) -> None:
    """UserError for every error that can be found before the input is read."""
    check_look(order)
    order.codec.crf(order.machine.crf if order.codec.quality else None)
    if order.workers or order.cluster:
        raise UserError(f"'{order.out}' is a pipe, to which one process writes; leave --workers and --cluster out")
    if order.programs:
        raise UserError(
            f"--json reports on stdout, and so does the film ('{order.out}'); give a file, or leave --json out"
        )


class _Film(Sink):
    """The film, with the sound and all else that the source holds. Its frames have the times of the source."""

    fixed = True

    def __init__(self, order: Order, job: Job, outlet: Outlet) -> None:
        seconds = job.plan.seconds
        self._shift = seconds[job.plan.first] if order.start is not None else min(0.0, seconds[0])
        start = -math.inf if order.start is None else seconds[job.plan.first]
        end = math.inf if order.end is None else seconds[0] + order.end
        self._cut = {"start": start, "end": end, "shift": float(round(self._shift / job.tick) * job.tick)}
        self._name, self._sound, self._fps = order.out, job.sound, job.fps
        self.left_out: list[str] = []
        self._copies: Copies | None = None
        self._film = Piped(
            outlet,
            order.machine,
            size=showing.shown_size(job.shown, job.size),
            fps=job.fps,
            live=False,
            tick=job.tick,
            form=job.form,
            more=self._add if job.sound and order.codec.encoder != "rawvideo" else None,
        )

    def write(self, frame: Frame) -> None:
        if self._copies:
            self._copies.copy_until(frame.seconds)
        self._film.write(frame.at(frame.seconds - self._shift))

    def finish(self) -> None:
        """All that the source holds up to the end of the film; before `close`, if nothing failed."""
        if self._copies:
            self._copies.copy_until(math.inf)

    def close(self) -> None:
        if self._copies:
            self._copies.close()
        self._copies = None
        self._film.close()

    def _add(self, container: av.container.OutputContainer, video: av.VideoStream) -> None:
        assert self._sound  # or it would not be called
        self._copies = Copies(self._sound, container, self._name, self.left_out, **self._cut)
        self.left_out += copy_tags(self._sound, container, video, fps=self._fps, **self._cut)


class _Part(Sink):
    """What a piece is written to: the film, which does not end with it."""

    def __init__(self, film: _Film) -> None:
        self._film = film

    def write(self, frame: Frame) -> None:
        self._film.write(frame)

    def close(self) -> None:
        pass


class _Sent:
    """Stands for the folder of a film's pieces: which are sent, and the state of the dream after the last one."""

    left: Path | None = None

    def __init__(self) -> None:
        self._sent: set[int] = set()
        self._states: dict[int, State] = {}

    def aside(self, piece: Piece) -> Path:
        return Path(str(piece.number))

    def keep(self, piece: Piece, aside: Path, state: State | None) -> None:
        self._sent.add(piece.number)
        self._states = {} if state is None else {piece.number: state}

    def forget(self, piece: Piece) -> None:
        self._states.pop(piece.number, None)

    def finished(self, piece: Piece) -> bool:
        return piece.number in self._sent

    def state(self, piece: Piece) -> State | None:
        return self._states.get(piece.number)


def _render(order: Order, job: Job, film: _Film) -> None:
    """Renders all segments, one after another."""
    count, sent, part = progress.Count(job.plan, 0), _Sent(), _Part(film)
    telling = progress.for_calls(count, order.called) if order.called else progress.for_people(count)
    with source_of(job) as source, telling as tell:
        for number, segment in enumerate(job.plan.segments):

            def each(frame: Frame, first: int = segment.first) -> None:
                count.at(frame.index)
                count.to(count.done + (frame.index >= first))
                tell()

            render(segment, job.plan, sent, segment_parts(job, number, source, lambda path: part), each)
    film.finish()
