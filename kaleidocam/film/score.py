"""The look of a film at each of its moments.

Invariant: a look depends on the score and the seconds only. The order of requests, the process and the machine make no
difference.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from kaleidocam.control.wandering import wandering
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.layering import CHANNELS, COLORS, EVERYWHERE
from kaleidocam.settings.modulation import DRIVERS, moved, parse
from kaleidocam.settings.parameters import Look

EARLY = 0.001  # seconds: Matroska rounds frame times to this; a change at a frame still begins with it
ALWAYS = float("-inf")
EASES: dict[str, Callable[[float], float]] = {  # from the share of the time to the share of the way, both 0 to 1
    "linear": lambda share: share,
    "smooth": lambda share: share * share * (3 - 2 * share),
    "in": lambda share: share * share,
    "out": lambda share: share * (2 - share),
    "hold": lambda share: 0.0,
}
DEFAULT_EASE = "smooth"
COSTS = ("detail", "steps", "cadence")  # parameters that make a look cost more as they rise; the grid does so too
_terms = lru_cache(parse)


class Move(NamedTuple):
    """From `at` on, a parameter goes from `start` to `target`, which it reaches `over` seconds later. For a parameter
    that is not a number, `over` is 0."""

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
    """One parameter through the film. Moves are added in the order of their `at`; the last that has begun counts."""

    def __init__(self, initial: Any) -> None:
        """`initial`: the value before any move."""
        self._ats, self._moves = [ALWAYS], [Move(ALWAYS, initial)]

    def go(self, at: float, target: Any, over: float = 0.0, ease: str = DEFAULT_EASE) -> None:
        """Adds a move, from the value at `at` to `target`."""
        start = self._moves[-1].value(at) if over else None
        self._ats.append(at)
        self._moves.append(Move(at, target, over, start, ease))

    def value(self, seconds: float) -> Any:
        return self._moves[bisect_right(self._ats, seconds + EARLY) - 1].value(seconds)

    def since(self, seconds: float) -> float:
        """The seconds at which the move began that counts then; 0 before any."""
        return max(0.0, self._moves[bisect_right(self._ats, seconds + EARLY) - 1].at)

    def targets(self) -> list[Any]:
        """All values that a track without glides has in the film, in order."""
        ends = [*self._ats[1:], float("inf")]
        return [move.target for move, end in zip(self._moves, ends, strict=True) if end > max(move.at, EARLY)]

    def bounds(self) -> list[Any]:
        """Values whose minimum and maximum bound the track: no ease leaves the range from its start to its end."""
        return [*self.targets(), *(move.start for move in self._moves if move.over)]

    def mapped(self, change: Callable[[Any], Any]) -> "Track":
        """A copy with `change` applied to each value; only for a track without glides."""
        other = Track(change(self._moves[0].target))
        for move in self._moves[1:]:
            other.go(move.at, change(move.target))
        return other


@dataclass(frozen=True)
class Score:
    """`base`, changed first by `tracks`, then as it wanders, then by beat and sound: `modulate` of the look says what
    moves, and `drivers` give the levels at that moment. Without `drivers`, beat and sound move nothing. `fades`: a
    track of the seconds that the current change of channel takes; None: `morph` decides. A Score that has only `base`,
    which does not wander, is that look, always.
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
        chosen = self.tracks["channel"].since(seconds) if "channel" in self.tracks else 0.0
        look = wandering(look, seconds, chosen)
        if self.drivers is None or not look.modulate:
            return look
        return moved(look, _terms(look.modulate), self.drivers(seconds))

    def all_channels(self) -> list[str]:
        """Every channel that is played, in order of first use."""
        return self._named(CHANNELS)

    def all_palettes(self) -> list[str]:
        """Every palette that is played, in order of first use."""
        return self._named(COLORS)

    def all_masks(self) -> list[str]:
        """Every mask that is looked for, in order of first use."""
        subject = any(what != "off" for what in self._all("subject")) or any(self._all("subject_channel"))
        masks = [*(self._all("mask") if subject else []), *self._named(("layer_mask",))]
        return list(dict.fromkeys(mask for mask in masks if mask != EVERYWHERE))

    def wanted_drivers(self) -> set[str]:
        """The drivers (beat, levels of sound) that move anything at any time."""
        return {term.driver for text in self._all("modulate") for term in _terms(text)}

    def costliest(self, size: tuple[int, int]) -> Look:
        """A look that costs at least as much to dream as any look of the score, on pictures of `size` (width, height).
        Its grid is explicit."""
        look = self.base.model_copy(update={name: max(self._bounds(name)) for name in COSTS})
        rising = [[term for term in _terms(text) if term.amount > 0] for text in self._all("modulate")]
        driven = [look, *(moved(look, terms, dict.fromkeys(DRIVERS, 1.0)) for terms in rising)]
        look = look.model_copy(update={name: max(getattr(look, name) for look in driven) for name in COSTS})
        grids = [grid_of(look.model_copy(update={"grid": grid}), size) for grid in self._bounds("grid")]
        return look.model_copy(update={"grid": max(grids, key=math.prod)})

    def renamed(self, changes: Mapping[str, Callable[[str], str]]) -> "Score":
        """A copy: for each parameter named in `changes`, its function is applied to all values."""
        tracks = {
            name: track.mapped(changes[name]) if name in changes else track for name, track in self.tracks.items()
        }
        base = {name: change(getattr(self.base, name)) for name, change in changes.items()}
        return replace(self, base=self.base.model_copy(update=base), tracks=tracks)

    def _named(self, names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(text for name in names for text in self._all(name) if text))

    def _all(self, name: str) -> list[Any]:
        return self.tracks[name].targets() if name in self.tracks else [getattr(self.base, name)]

    def _bounds(self, name: str) -> list[Any]:
        return self.tracks[name].bounds() if name in self.tracks else [getattr(self.base, name)]


class Fading(Protocol):
    """A `Dream` or `Dreamer`: what comes and goes with time alone."""

    def reset(self, channel: str | None = None) -> None: ...

    def pass_time(self, seconds: float, look: Look) -> None: ...


def begin_at(fading: Fading, score: Score, seconds: Sequence[float]) -> None:
    """Resets it, then brings every fade to its position at the last of `seconds`. These are the times of the film's
    frames up to there, from its first frame."""
    previous = seconds[0]
    fading.reset(score.look(previous).channel)
    fading.pass_time(0.0, score.look(previous))
    for now in seconds[1:]:
        fading.pass_time(now - previous, score.look(now))
        previous = now
