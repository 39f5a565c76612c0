"""The look of a film at each of its moments.

Invariant: a look depends on the score and the seconds alone: it is the same in whatever order, process or machine it is
asked for.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from kaleidocam.dream.base import Dreamer
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.modulation import DRIVERS, moved, parse
from kaleidocam.settings.parameters import Look

EARLY = 0.001  # seconds: containers round the times of frames, Matroska to this; what began with a frame stays with it
ALWAYS = float("-inf")
EASES: dict[str, Callable[[float], float]] = {  # of the way after a share of the time, both 0 to 1
    "linear": lambda share: share,
    "smooth": lambda share: share * share * (3 - 2 * share),
    "in": lambda share: share * share,
    "out": lambda share: share * (2 - share),
    "hold": lambda share: 0.0,
}
DEFAULT_EASE = "smooth"
COSTS = ("detail", "steps", "cadence")  # what makes a look the costlier the more it is, besides its grid
_terms = lru_cache(parse)


class Move(NamedTuple):
    """From `at` on a parameter goes from `start` to `target`, which it reaches `over` seconds later; one that is no
    number has an `over` of 0."""

    at: float
    target: Any
    over: float = 0.0
    start: Any = None
    ease: str = DEFAULT_EASE

    def value(self, seconds: float) -> Any:
        if not self.over or seconds >= self.at + self.over:
            return self.target
        share = EASES[self.ease](max(0.0, seconds - self.at) / self.over)
        value = self.start + (self.target - self.start) * share
        return round(value) if isinstance(self.target, int) else value


class Track:
    """One parameter through the film. Moves are added in the order of their `at`; the newest that has begun counts."""

    def __init__(self, before: Any) -> None:
        """`before`: the value before any move."""
        self._ats, self._moves = [ALWAYS], [Move(ALWAYS, before)]

    def go(self, at: float, target: Any, over: float = 0.0, ease: str = DEFAULT_EASE) -> None:
        """From `at` on, from where it is then to `target`."""
        start = self._moves[-1].value(at) if over else None
        self._ats.append(at)
        self._moves.append(Move(at, target, over, start, ease))

    def value(self, seconds: float) -> Any:
        return self._moves[bisect_right(self._ats, seconds + EARLY) - 1].value(seconds)

    def targets(self) -> list[Any]:
        """All values that are there at some moment of the film, of a track that does not glide, in their order."""
        ends = [*self._ats[1:], float("inf")]
        return [move.target for move, end in zip(self._moves, ends, strict=True) if end > max(move.at, EARLY)]

    def bounds(self) -> list[Any]:
        """Values that all that are ever there lie between: an ease goes neither below its start nor above its end."""
        return [*self.targets(), *(move.start for move in self._moves if move.over)]

    def mapped(self, change: Callable[[Any], Any]) -> "Track":
        """The same with `change` made to each value; of a track that does not glide."""
        other = Track(change(self._moves[0].target))
        for move in self._moves[1:]:
            other.go(move.at, change(move.target))
        return other


@dataclass(frozen=True)
class Score:
    """`base`, as `tracks` change it, and then as beat and sound move it: what its `modulate` says, by what `drivers`
    say at that moment; without them nothing does. `fades`: a track of how long the present change of channel takes, in
    seconds, where that is not for `morph` to say, and None where it is. A Score of a look alone is that look, always.
    """

    base: Look
    tracks: Mapping[str, Track] = field(default_factory=dict)
    fades: Track | None = None
    drivers: Callable[[float], Mapping[str, float]] | None = None

    def look(self, seconds: float) -> Look:
        """The look `seconds` after the film's first frame."""
        now = {name: track.value(seconds) for name, track in self.tracks.items()}
        fade = self.fades.value(seconds) if self.fades else None
        if fade is not None:
            now["morph"] = fade
        look = self.base.model_copy(update=now) if now else self.base
        if self.drivers is None or not look.modulate:
            return look
        return moved(look, _terms(look.modulate), self.drivers(seconds))

    def all_channels(self) -> list[str]:
        """Every channel that is played, in the order of their first time."""
        return list(dict.fromkeys(self._all("channel")))

    def all_palettes(self) -> list[str]:
        """Every palette, likewise."""
        return list(dict.fromkeys(self._all("palette")))

    def wanted_drivers(self) -> set[str]:
        """What of beat and sound moves anything at any time."""
        return {term.driver for text in self._all("modulate") for term in _terms(text)}

    def costliest(self, size: tuple[int, int]) -> Look:
        """A look that costs to dream no less than any that is ever played on pictures of `size` (width, height); its
        grid is pinned."""
        look = self.base.model_copy(update={name: max(self._bounds(name)) for name in COSTS})
        rising = [[term for term in _terms(text) if term.amount > 0] for text in self._all("modulate")]
        driven = [look, *(moved(look, terms, dict.fromkeys(DRIVERS, 1.0)) for terms in rising)]
        look = look.model_copy(update={name: max(getattr(one, name) for one in driven) for name in COSTS})
        grids = [grid_of(look.model_copy(update={"grid": grid}), size) for grid in self._bounds("grid")]
        return look.model_copy(update={"grid": max(grids, key=math.prod)})

    def renamed(self, changes: Mapping[str, Callable[[str], str]]) -> "Score":
        """The same with `changes`, by the parameter's name, made to all its values."""
        tracks = {
            name: track.mapped(changes[name]) if name in changes else track for name, track in self.tracks.items()
        }
        base = {name: change(getattr(self.base, name)) for name, change in changes.items()}
        return replace(self, base=self.base.model_copy(update=base), tracks=tracks)

    def _all(self, name: str) -> list[Any]:
        return self.tracks[name].targets() if name in self.tracks else [getattr(self.base, name)]

    def _bounds(self, name: str) -> list[Any]:
        return self.tracks[name].bounds() if name in self.tracks else [getattr(self.base, name)]


def begin_at(dreamer: Dreamer, score: Score, seconds: Sequence[float]) -> None:
    """Makes `dreamer` as new, with every fade as it stands at the last of the film's frames up to there, which are at
    `seconds` from its first."""
    before = seconds[0]
    dreamer.reset(score.look(before).channel)
    for now in seconds[1:]:
        dreamer.pass_time(now - before, score.look(now))
        before = now
