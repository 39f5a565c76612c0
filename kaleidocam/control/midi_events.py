"""What the controls of a MIDI device do, as its messages say.

Invariant: each is one movement of one control, however many messages it took.
"""

from dataclasses import dataclass

from kaleidocam.control.midi_map import Touch


@dataclass(frozen=True)
class Moved:
    """A control stands at `share` of its range, 0 to 1. `leaps`: it may not have passed what lies between."""

    touch: Touch
    share: float
    leaps: bool = False


@dataclass(frozen=True)
class Stepped:
    """A control was turned by `share` of its range, right or left."""

    touch: Touch
    share: float


@dataclass(frozen=True)
class Pressed:
    touch: Touch


@dataclass(frozen=True)
class Held:
    """A finger lies on a motor fader, or no longer."""

    touch: Touch
    down: bool


@dataclass(frozen=True)
class Odd:
    """Something that nothing is done with, or not what one might expect: a line for people."""

    line: str


Event = Moved | Stepped | Pressed | Held | Odd
