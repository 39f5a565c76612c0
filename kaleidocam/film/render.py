"""Renders a segment of a film, piece by piece, each kept as soon as it is whole.

Invariant: a segment's frames are the same however often it was interrupted: between pieces the whole state of eye and
dream is kept with them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from kaleidocam.errors import UserError, one_line
from kaleidocam.film.pieces import Pieces
from kaleidocam.film.pipeline import Dreamed, dream_each
from kaleidocam.film.plan import Piece, Plan, Segment
from kaleidocam.film.seam import SeamDream, SeamEye
from kaleidocam.film.state import State
from kaleidocam.frame import Frame
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source


@dataclass(frozen=True)
class SegmentParts:
    """What a segment is rendered with. `fresh`: the state of eye and dream where the segment begins. `look_at`: the
    look at the seconds of a frame. `shown`: source and dreamed picture, (H, W, 3) uint8 BGR, to what the film shows.
    `open_piece`: the sink of a piece."""

    source: Source
    eye: Eye | SeamEye
    dream: Dream | SeamDream
    fresh: State
    look_at: Callable[[float], Look]
    shown: Callable[[np.ndarray, np.ndarray], np.ndarray]
    open_piece: Callable[[Path], Sink]


def render(
    segment: Segment,
    plan: Plan,
    pieces: Pieces,
    parts: SegmentParts,
    each: Callable[[Frame], None] = lambda frame: None,
) -> None:
    """Renders what of a segment is not finished yet. `each` is called with every frame that was dreamed, those of a
    pre-roll included; a frame's index is its number in the plan.

    UserError where the disk fails, or the source is not what the plan was made of. Interrupted, it leaves the piece
    that was being written, as far as it came, under `pieces.left`.
    """
    pieces.left = None
    for finished, group in groupby(segment.pieces, pieces.finished):
        if not finished:
            _render(list(group), segment, plan, pieces, parts, each)


def _render(
    group: list[Piece], segment: Segment, plan: Plan, pieces: Pieces, parts: SegmentParts, each: Callable[[Frame], None]
) -> None:
    """Pieces that follow each other, from the state of the one before."""
    start, state = _start(group[0], segment, plan, pieces, parts.fresh)
    parts.eye.restore(state["eye"])
    parts.dream.restore(state["dream"])
    goes_on = {piece.end - 1 for piece in group if piece is not segment.pieces[-1] or segment.fade is not None}
    at = segment.pieces.index(group[0])
    writing = _Writing(group, segment.pieces[at - 1] if at else None, pieces, parts)
    try:
        dream_each(
            _numbered(parts.source, plan, start, group[-1].end),
            writing,
            eye=parts.eye,
            dream=parts.dream,
            look_at=lambda frame: parts.look_at(frame.seconds),
            remember=lambda frame: frame.index in goes_on,
            each=each,
        )
    except BaseException as error:
        writing.leave(keep=isinstance(error, KeyboardInterrupt))
        raise


def _start(piece: Piece, segment: Segment, plan: Plan, pieces: Pieces, fresh: State) -> tuple[int, State]:
    """The frame to begin at so as to go on with `piece`, and the state there: that of the nearest piece before it
    which has one; at worst the segment is dreamed again from its beginning."""
    for before in reversed(segment.pieces[: segment.pieces.index(piece)]):
        if pieces.finished(before) and (state := pieces.state(before)) is not None:
            return before.end, state
    return _beginning(segment, plan, pieces, fresh)


def _beginning(segment: Segment, plan: Plan, pieces: Pieces, fresh: State) -> tuple[int, State]:
    """The frame to begin a segment at, and the state there: that of its pre-roll's beginning; or, where the segment
    that fades into it is finished, what its dream had become by then, which is the same."""
    fading = (other for other in plan.segments if (other.fade, other.end) == (segment.begin, segment.first))
    before = next(fading, None)
    state = None if before is None or not pieces.finished(before.pieces[-1]) else pieces.state(before.pieces[-1])
    if state is None:
        return segment.begin, fresh
    reached = {part: kept["following"] for part, kept in state.items()}
    if segment.fade is not None:
        reached = {part: {"own": reached[part], "following": fresh[part]["following"]} for part in reached}
    return segment.first, reached


def _numbered(source: Source, plan: Plan, start: int, end: int) -> Callable[[], Frame | None]:
    """Reads the frames `start` to `end`, their index their number in the plan."""

    def frames() -> Iterator[Frame]:
        frame = source.skip_to(plan.seconds[start])
        for number in range(start, end):
            if frame is None or frame.seconds != plan.seconds[number]:
                raise UserError("the input is not as it was when the film was begun; give -y to begin anew")
            yield replace(frame, index=number)
            frame = source.read() if number + 1 < end else None

    numbered = frames()
    return lambda: next(numbered, None)


class _Writing:
    """Writes dreamed frames into one piece after another. State: the piece that is open."""

    def __init__(self, group: list[Piece], before: Piece | None, pieces: Pieces, parts: SegmentParts) -> None:
        """`before`: the piece before the `group`."""
        self._pieces, self._parts, self._glass = pieces, parts, Glass()
        self._waiting = iter(group)
        self._piece, self._before = next(self._waiting), before
        self._aside: Path | None = None
        self._sink: Sink | None = None
        self._failed = False

    def __call__(self, dreamed: Dreamed) -> None:
        frame = dreamed.seen.frame
        if self._failed or frame.index < self._piece.first:
            return  # the pre-roll, or what was on its way when the disk failed
        image = self._glass.show(dreamed.seen, dreamed.layer, dreamed.look).image
        try:
            if self._sink is None or self._aside is None:
                self._aside = self._pieces.aside(self._piece)
                self._sink = self._parts.open_piece(self._aside)
            self._sink.write(frame.showing(self._parts.shown(frame.image, image)))
            if frame.index == self._piece.end - 1:
                self._close()
                self._pieces.keep(self._piece, self._aside, dreamed.state)
                if self._before:
                    self._pieces.forget(self._before)
                self._aside, self._before, self._piece = None, self._piece, next(self._waiting, self._piece)
        except (UserError, OSError) as error:
            self._failed = True
            raise UserError(
                f"the film can't be written on: {one_line(error)}; what is finished is kept: make room and "
                f"give the same command again"
            ) from error

    def leave(self, *, keep: bool) -> None:
        """Closes the piece that is open, and keeps it as what was `left`, or not."""
        try:
            self._close()
        except UserError:
            keep = False
        if self._aside and keep:
            self._pieces.left = self._aside
        elif self._aside:
            self._aside.unlink(missing_ok=True)

    def _close(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()
