"""Where the knobs of a MIDI device stand, and which of them hold their parameter.

Invariant: a knob never makes a value jump: it takes hold only near the value or in passing it (soft takeover, as in
Ableton Live and Traktor), and lets go when something else changes it.
"""

from dataclasses import dataclass

from kaleidocam.control.midi_map import Touch

PRESSED = 64  # at this value or above, a control that plays a command is down
FINE = 32  # a control below it may have a fine one, that much above: 14 bits in all (MIDI 1.0)
PAIRS = 2  # how often a control must come right after the coarse one before it is taken for its fine one


@dataclass(frozen=True)
class KnobMove:
    """A knob stands at `share` of its range, 0 to 1; since it was last asked it has passed all from `low` to `high`."""

    share: float
    low: float
    high: float


class Knobs:
    """`takeover`: how near, in shares of its range, a knob must come to the value to take hold; 1: the value
    jumps to the knob."""

    def __init__(self, takeover: float) -> None:
        self._takeover = takeover
        self._raw: dict[Touch, int] = {}
        self._last: Touch | None = None
        self._pairs: dict[Touch, int] = {}  # by the coarse control
        self._moves: dict[Touch, KnobMove] = {}  # since the last call of `moves`
        self._at: dict[Touch, float] = {}
        self._left: dict[str, float] = {}

    def move(self, touch: Touch, value: int, *, alone: bool) -> bool:
        """A control change, `value` 0 to 127; the newest counts. `alone`: it plays something itself, so it is not the
        fine half of another. Returns whether it went down, as a button does."""
        before, last = self._raw.get(touch, 0), self._last
        self._raw[touch], self._last = value, touch
        coarse = Touch("control", touch.channel, touch.number - FINE)
        if FINE <= touch.number < 2 * FINE and not alone:
            self._pairs[coarse] = self._pairs.get(coarse, 0) + (last == coarse)
            if self._pairs[coarse] >= PAIRS:
                self._move(coarse, (self._raw.get(coarse, 0) * 128 + value) / 16383)
                return False
        elif last == touch:
            self._pairs.pop(touch, None)
        fine = self._pairs.get(touch, 0) >= PAIRS
        self._move(touch, value * 128 / 16383 if fine else value / 127)
        return before < PRESSED <= value

    def moves(self) -> dict[Touch, KnobMove]:
        """What the knobs did since the last call, in the order in which they were touched."""
        moves, self._moves = self._moves, {}
        return moves

    def takes(self, name: str, move: KnobMove, value: float) -> bool:
        """Whether the knob that made `move` sets its parameter `name`, whose value stands at the share `value`."""
        return self.holds(name, value) or move.low - self._takeover <= value <= move.high + self._takeover

    def holds(self, name: str, value: float) -> bool:
        """Whether the parameter is where its knob has left it."""
        return self._left.get(name) == value

    def leave(self, name: str, value: float) -> None:
        """A knob has set its parameter, which stands at the share `value` now."""
        self._left[name] = value

    def let_go(self, name: str) -> None:
        """Another knob, or none, plays the parameter from now on."""
        self._left.pop(name, None)

    def _move(self, touch: Touch, share: float) -> None:
        before = self._at.get(touch, share)
        move = self._moves.get(touch, KnobMove(before, before, before))
        self._moves[touch] = KnobMove(share, min(move.low, share), max(move.high, share))
        self._at[touch] = share
