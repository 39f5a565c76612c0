"""Where the knobs of a MIDI device stand, and which of them hold their parameter.

Invariant: a knob never makes a value jump: it takes hold only near the value or in passing it (soft takeover, as in
Ableton Live and Traktor), and lets go when something else changes it. An endless one moves the value from where it is,
and one with a motor stands where the value is.
"""

from collections import Counter
from dataclasses import dataclass, replace

from kaleidocam.control.midi_map import Touch

NEAR, FAR = 0.03, 0.1  # of the range: so near to where it was sent, from so far away, only a motor brings a fader
MOVED = 2  # times


@dataclass(frozen=True)
class KnobMove:
    """A knob stands at `share` of its range, 0 to 1; since it was last asked it has passed all from `low` to `high`. An
    endless one stands nowhere (None), and was turned `by` a share of its range."""

    share: float | None
    low: float
    high: float
    by: float = 0.0


class Knobs:
    """`takeover`: how near, in shares of its range, a knob must come to the value to take hold; 1: the value
    jumps to the knob."""

    def __init__(self, takeover: float) -> None:
        self._takeover = takeover
        self._moves: dict[Touch, KnobMove] = {}  # since the last call of `moves`
        self._at: dict[Touch, float] = {}
        self._sent: dict[Touch, float] = {}  # where a motor would have brought it since it was touched
        self._motors: Counter[Touch] = Counter()  # how often one seems to have
        self._left: dict[str, float] = {}
        self._meant: dict[str, float] = {}  # the share that an endless knob has reached, where the value has few steps

    def move(self, touch: Touch, share: float, *, leaps: bool) -> None:
        """A knob stands at `share` now; the newest counts. `leaps`: it has not passed what lies between."""
        before, move = self._at.get(touch), self._moves.get(touch)
        if (sent := self._sent.pop(touch, None)) is not None:
            brought = before is not None and abs(before - sent) > FAR and abs(share - sent) <= NEAR
            self._motors[touch] += brought
            if brought or self._motors[touch] >= MOVED:
                before, move = sent, None
        if before is None or leaps:  # it is just touched: what lies near it counts as passed
            move = KnobMove(share, share - self._takeover, share + self._takeover)
        elif move is None or move.share is None:
            move = KnobMove(before, before, before)
        self._moves[touch] = KnobMove(share, min(move.low, share), max(move.high, share))
        self._at[touch] = share

    def send(self, touch: Touch, share: float) -> None:
        """The device is told that the value is at `share`; if the control has a motor, it stands there from now on."""
        self._sent[touch] = share

    def has_motor(self, touch: Touch) -> None:
        """It is known to have one."""
        self._motors[touch] = MOVED

    def step(self, touch: Touch, share: float) -> None:
        """An endless knob was turned by `share`."""
        move = self._moves.get(touch)
        if move is None or move.share is not None:
            move = KnobMove(None, 0.0, 0.0)
        self._moves[touch] = replace(move, by=move.by + share)

    def moves(self) -> dict[Touch, KnobMove]:
        """What the knobs did since the last call, in the order in which they were touched."""
        moves, self._moves = self._moves, {}
        return moves

    def wanted(self, name: str, move: KnobMove, value: float) -> float | None:
        """The share that the knob that made `move` gives its parameter `name`, which stands at the share `value`; None
        if it has not taken hold."""
        if move.share is None:
            at = self._meant.get(name, value) if self.holds(name, value) else value
            self._meant[name] = min(1.0, max(0.0, at + move.by))
            return self._meant[name]
        passed = move.low <= value <= move.high or self.holds(name, value)
        return move.share if passed or self._is_near_an_end(move.share, value) else None

    def _is_near_an_end(self, share: float, value: float) -> bool:
        """Whether knob and value are at an end, which not all faders reach. Elsewhere a moving knob takes hold only
        once it has passed the value: before that it would be a step back."""
        return abs(share - value) <= self._takeover and not self._takeover < value < 1 - self._takeover

    def holds(self, name: str, value: float) -> bool:
        """Whether the parameter is where its knob has left it."""
        return self._left.get(name) == value

    def leave(self, name: str, value: float) -> None:
        """A knob has set its parameter, which stands at the share `value` now."""
        self._left[name] = value

    def let_go(self, name: str) -> None:
        """Another knob, or none, plays the parameter from now on."""
        self._left.pop(name, None)
        self._meant.pop(name, None)
