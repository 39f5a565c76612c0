"""Renders a segment of a film, piece by piece; each piece is kept as soon as it is complete.

Invariant: a segment's frames are the same however often rendering was interrupted, because the complete state of eye
and dream is kept after each piece.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

from kaleidocam.errors import ReaderGone, UserError, one_line
from kaleidocam.film.pipeline import Dreamed, dream_each
from kaleidocam.film.plan import Piece, Plan, Segment
from kaleidocam.film.seam import SeamDream, SeamEye
from kaleidocam.film.state import State
from kaleidocam.frame import Frame
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye
from kaleidocam.picture.glass import Glass
from kaleidocam.planes import Picture
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source


class Pieces(Protocol):
    """`pieces.Pieces`, or what stands for them where nothing is kept."""

    left: Path | None

    def aside(self, piece: Piece) -> Path: ...

    def keep(self, piece: Piece, aside: Path, state: State | None) -> None: ...

    def forget(self, piece: Piece) -> None: ...

    def finished(self, piece: Piece) -> bool: ...

    def state(self, piece: Piece) -> State | None: ...


@dataclass(frozen=True)
class SegmentParts:
    """What a segment is rendered with. `fresh`: the state of eye and dream where the segment begins. `look_at`: from
    the seconds of a frame to its look. `shown`: from the source's picture and the dreamed one to the film's; all are
    (H, W, 3) uint8 BGR, or planes. `open_piece`: opens the sink of a piece."""

    source: Source
    eye: Eye | SeamEye
    dream: Dream | SeamDream
    fresh: State
    look_at: Callable[[float], Look]
    shown: Callable[[Picture, Picture], Picture]
    open_piece: Callable[[Path], Sink]


def render(
    segment: Segment,
    plan: Plan,
    pieces: Pieces,
    parts: SegmentParts,
    each: Callable[[Frame], None] = lambda frame: None,
) -> None:
    """Renders the pieces of a segment that are not finished yet. `each` is called with every frame that was dreamed,
    those of a pre-roll included; a frame's index is its number in the plan.

    UserError if the disk fails, or if the source has changed since the plan was made. After an interruption, the
    incomplete piece is kept, and `pieces.left` is its path.
    """
    pieces.left = None
    for finished, group in groupby(segment.pieces, pieces.finished):
        if not finished:
            _render(list(group), segment, plan, pieces, parts, each)


def _render(
    group: list[Piece], segment: Segment, plan: Plan, pieces: Pieces, parts: SegmentParts, each: Callable[[Frame], None]
) -> None:
    """Renders consecutive pieces, from the state after the previous piece."""
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
    """The frame at which to begin so that `piece` can be rendered, and the state there: that after the nearest earlier
    piece that has one. If none has, the segment is dreamed again from its beginning."""
    for before in reversed(segment.pieces[: segment.pieces.index(piece)]):
        if pieces.finished(before) and (state := pieces.state(before)) is not None:
            return before.end, state
    return _beginning(segment, plan, pieces, fresh)


def _beginning(segment: Segment, plan: Plan, pieces: Pieces, fresh: State) -> tuple[int, State]:
    """The frame at which to begin a segment, and the state there. This is the beginning of its pre-roll; or its first
    frame, if the segment that fades into it is finished, as that one has dreamed the same pre-roll already."""
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
    """A function that reads the frames `start` to `end`, `end` excluded. Their index is their number in the plan."""

    def frames() -> Iterator[Frame]:
        frame = source.skip_to(plan.seconds[start])
        for number in range(start, end):
            if frame is None or frame.seconds != plan.seconds[number]:
                raise UserError("the input has changed since the film was begun; give -y to begin again")
            yield frame.numbered(number)
            frame = source.read() if number + 1 < end else None

    numbered = frames()
    return lambda: next(numbered, None)


class _Writing:
    """Writes dreamed frames into one piece after another. Its state is the open piece."""

    def __init__(self, group: list[Piece], before: Piece | None, pieces: Pieces, parts: SegmentParts) -> None:
        """`before`: the piece just before the `group`."""
        self._pieces, self._parts, self._glass = pieces, parts, Glass()
        self._waiting = iter(group)
        self._piece, self._before = next(self._waiting), before
        self._aside: Path | None = None
        self._sink: Sink | None = None
        self._failed = False

    def __call__(self, dreamed: Dreamed) -> None:
        frame = dreamed.seen.frame
        if self._failed or frame.index < self._piece.first:
            return  # a frame of the pre-roll, or one that was in the pipeline when the disk failed
        picture = self._glass.show(dreamed.seen, dreamed.layer, dreamed.look).picture
        try:
            if self._sink is None or self._aside is None:
                self._aside = self._pieces.aside(self._piece)
                self._sink = self._parts.open_piece(self._aside)
            self._sink.write(frame.showing(self._parts.shown(frame.picture, picture)))
            if frame.index == self._piece.end - 1:
                self._close()
                self._pieces.keep(self._piece, self._aside, dreamed.state)
                if self._before:
                    self._pieces.forget(self._before)
                self._aside, self._before, self._piece = None, self._piece, next(self._waiting, self._piece)
        except ReaderGone:
            self._failed = True
            raise
        except (UserError, OSError) as error:
            self._failed = True
            raise UserError(
                f"the film can't be written: {one_line(error)}; finished pieces are kept: make room, then "
                f"give the same command again"
            ) from error

    def leave(self, *, keep: bool) -> None:
        """Closes the open piece; with `keep`, sets `Pieces.left` to it, else deletes it."""
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
