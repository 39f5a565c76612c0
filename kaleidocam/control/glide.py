"""The way from one look to another within some seconds.

Invariant: every look on the way is valid. Numbers glide on their knob's curve; what can't glide changes at once, but
palettes and modulation in the middle. A dream that comes anew begins as it is to be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kaleidocam.settings.layering import CHANNELS, COLORS
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import knob, span

# Numbers of which each value has the network made ready for pictures of other sizes; whole numbers never glide.
SIZES = ("detail", "spacing")
GLIDING = tuple(name for name in Look.model_fields if (reach := span(name)) and not reach.whole and name not in SIZES)
IN_THE_MIDDLE = (*COLORS, "modulate")


@dataclass(frozen=True)
class Glide:
    """From `start` on, within `seconds`. `shares`: from where to where the knobs go; `held`: what changes in the
    middle, and how it is before. `morphs`: whether a channel changes, which then takes as long."""

    start: float
    seconds: float
    shares: Mapping[str, tuple[float, float]]
    held: Mapping[str, Any]
    morphs: frozenset[str]

    @classmethod
    def between(cls, before: Look, after: Look, start: float, seconds: float) -> "Glide":
        before = _as_it_comes(before, after)
        changed = [name for name, value in before if getattr(after, name) != value]
        held = {name: getattr(before, name) for name in changed if name in IN_THE_MIDDLE}
        return cls(start, seconds, ways(before, after), held, frozenset(changed).intersection(CHANNELS))

    def ended(self, now: float) -> bool:
        return now >= self.start + self.seconds

    def values(self, now: float) -> dict[str, Any]:
        """What differs from the look at the end, at `now`."""
        if self.ended(now):
            return {}
        done = max(0.0, now - self.start) / self.seconds
        return blended(self.shares, done) | (dict(self.held) if done < 0.5 else {})

    def without(self, names: Iterable[str]) -> "Glide":
        """A hand has taken over these parameters."""
        names = set(names)
        return replace(
            self,
            shares={name: ends for name, ends in self.shares.items() if name not in names},
            held={name: value for name, value in self.held.items() if name not in names},
            morphs=frozenset() if "morph" in names else self.morphs - names,
        )


def _as_it_comes(before: Look, after: Look) -> Look:
    """`before`, but for what dreams that come only now had no use for."""
    anew = {"subject_palette": after.subject_palette} if after.subject_channel and not before.subject_channel else {}
    if after.layer_channel and not before.layer_channel:
        anew |= {name: value for name, value in after if name.startswith("layer_") and name != "layer_channel"}
    return before.model_copy(update=anew)


def ways(before: Look, after: Look) -> dict[str, tuple[float, float]]:
    """From where to where the knobs go of all numbers that glide and differ."""
    return {
        name: (knob(name).share(getattr(before, name)), knob(name).share(getattr(after, name)))
        for name in GLIDING
        if getattr(before, name) != getattr(after, name)
    }


def blended(shares: Mapping[str, tuple[float, float]], way: float) -> dict[str, Any]:
    """The values of numbers whose knobs have gone the share `way`, 0 to 1, of their ways `shares`."""
    return {name: knob(name).value(start + (end - start) * way) for name, (start, end) in shares.items()}
