"""The plan of a film: its shots, segments and pieces, in the order in which they are rendered.

Invariant: a plan depends only on the film and its settings, never on the machine, so every machine that renders a part
of it makes the same frames.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look
from kaleidocam.sinks.codecs import Codec

LONGEST_PIECE = 240  # frames: the encoder's interval between keyframes, so ending there costs nothing
PIECE_SECONDS = 8.0  # of rendering on two cores; so at most 30 s are lost on a machine a third as fast
# Seconds on two cores, measured: to decode, blend and encode a pixel; for one step on a pixel of the grid.
PIXEL_SECONDS, GRID_SECONDS = 1.4e-8, 4.5e-7
# Extra seconds to encode a pixel with codecs slower than h264, on two cores; the slower of 1280x720 and 1920x1080.
ENCODING_SECONDS = {"h265": 7e-8, "prores": 1.3e-7, "ffv1": 2.5e-8}


@dataclass(frozen=True)
class Piece:
    """The frames `first` to `end`, `end` excluded, in one file."""

    number: int
    first: int
    end: int


@dataclass(frozen=True)
class Segment:
    """Pieces that are rendered one after another; each continues where the previous one ended. `begin`: the frame where
    the dream begins; it is before the first piece if a long take was split. `fade`: the frame where the fade into the
    dream of the next segment begins, or None. `shot`: the number of its shot, from 0."""

    shot: int
    begin: int
    pieces: tuple[Piece, ...]
    fade: int | None = None

    @property
    def first(self) -> int:
        return self.pieces[0].first

    @property
    def end(self) -> int:
        return self.pieces[-1].end


@dataclass(frozen=True)
class Plan:
    """`seconds`: the time of every frame of the source, by its own clock. `segments`: together they are the film."""

    seconds: tuple[float, ...]
    segments: tuple[Segment, ...]

    @property
    def pieces(self) -> list[Piece]:
        """All pieces, in the film's order."""
        return [piece for segment in self.segments for piece in segment.pieces]

    @property
    def first(self) -> int:
        return self.segments[0].first

    @property
    def end(self) -> int:
        return self.segments[-1].end

    @property
    def shots(self) -> tuple[float, ...]:
        """Seconds at which each shot begins."""
        starts = {segment.shot: segment.first for segment in reversed(self.segments)}
        return tuple(self.seconds[starts[shot]] for shot in sorted(starts))


def make_plan(
    seconds: Sequence[float],
    cuts: Sequence[int],
    *,
    first: int = 0,
    end: int | None = None,
    split: float = 0.0,
    pre_roll: float = 0.0,
    longest: int = LONGEST_PIECE,
) -> Plan:
    """The plan of the frames `first` to `end`, `end` excluded, of a film whose frames are at `seconds`. A new shot
    begins at each of the frames `cuts`. Shots longer than `split` seconds are split evenly (0: never). The dream of
    each part begins `pre_roll` seconds before it, and the previous part fades into it in that time. `longest`: frames
    per piece."""
    end = len(seconds) if end is None else end
    edges = [first, *(cut for cut in cuts if first < cut < end), end]
    segments: list[Segment] = []
    number = 0
    for shot, (start, stop) in enumerate(pairwise(edges)):
        parts = list(_split(seconds, start, stop, split))
        begins = [start, *(_begin(seconds, a, before, pre_roll) for (before, _), (a, _) in pairwise(parts))]
        for i, (a, b) in enumerate(parts):
            pieces = tuple(Piece(number + k, *span) for k, span in enumerate(_evenly(a, b, longest)))
            number += len(pieces)
            fades = i + 1 < len(parts) and begins[i + 1] < b
            segments.append(Segment(shot, begins[i], pieces, begins[i + 1] if fades else None))
    return Plan(tuple(seconds), tuple(segments))


def piece_frames(look: Look, size: tuple[int, int], fps: float, codec: Codec) -> int:
    """How many frames a piece can have to be rendered in about PIECE_SECONDS; at least 1. `look`: the most expensive of
    the film, from `Score.costliest`. `size` (width, height): of the encoded pictures."""
    asked = min(1.0, look.cadence / fps) * look.steps
    pixel_seconds = PIXEL_SECONDS + ENCODING_SECONDS.get(codec.piece.name, 0.0)
    seconds = size[0] * size[1] * pixel_seconds + math.prod(grid_of(look, size)) * asked * GRID_SECONDS
    return max(1, min(LONGEST_PIECE, int(PIECE_SECONDS / seconds)))


def _split(seconds: Sequence[float], start: int, stop: int, longest: float) -> Iterator[tuple[int, int]]:
    lasts = seconds[stop - 1] - seconds[start]
    parts = int(lasts / longest) + 1 if longest else 1
    edges = [start]
    for part in range(1, parts):
        at = next(i for i in range(edges[-1], stop) if seconds[i] - seconds[start] >= lasts * part / parts)
        if at > edges[-1]:
            edges.append(at)
    yield from pairwise([*edges, stop])


def _begin(seconds: Sequence[float], first: int, earliest: int, pre_roll: float) -> int:
    """The frame `pre_roll` seconds before `first`, but not earlier than frame `earliest`."""
    begin = first
    while begin > earliest and seconds[first] - seconds[begin] < pre_roll:
        begin -= 1
    return begin


def _evenly(first: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    count = -(-(end - first) // longest)
    edges = [first + (end - first) * i // count for i in range(count + 1)]
    yield from pairwise(edges)
