"""How a MIDI device is told where a value stands: by the same kind of message that its control sends, as fine as that.

Invariant: a kind of control that can show nothing (aftertouch, a program) is told nothing.
Source: MIDI 1.0; the rings of the V-Pots, Mackie Control Universal.
"""

from kaleidocam.control.midi_map import Touch

FULL, BEND_ZERO = 16383, 8192  # of 14 bits
CONTROL, NOTE, BEND = 0xB0, 0x90, 0xE0  # first bytes, with the channel from 0
FINE = 32  # the fine half of a control, above it
SELECT = {"nrpn": (99, 98), "rpn": (101, 100)}
DATA, DATA_FINE = 6, 38
V_POTS, RING = range(16, 24), 32  # the controls of the V-Pots; their rings are so much above
FROM_LEFT, FROM_MIDDLE = 0x20, 0x10  # how a ring is lit
LAMPS = 10  # steps of a ring, and one
Bytes = tuple[int, int, int]


def shown(touch: Touch, share: float, *, way: str | None, fine: bool, from_middle: bool) -> tuple[Bytes, ...]:
    """The messages that tell a control that its value is at `share`, 0 to 1. `way`: of an endless knob; `fine`: it has
    14 bits; `from_middle`: the value rests in the middle of its range."""
    channel, value = touch.channel - 1, round(FULL * share)
    match touch.kind:
        case "note":
            return ((NOTE | channel, touch.number, round(127 * share)),)
        case "control" if way == "1/65" and touch.number in V_POTS:
            ring = (FROM_MIDDLE if from_middle else FROM_LEFT) | 1 + round(LAMPS * share)
            return ((CONTROL | channel, touch.number + RING, ring),)
        case "control" if fine:
            return (
                (CONTROL | channel, touch.number, value >> 7),
                (CONTROL | channel, touch.number + FINE, value & 127),
            )
        case "control":
            return ((CONTROL | channel, touch.number, round(127 * share)),)
        case "pitch_bend":
            return ((BEND | channel, value & 127, value >> 7),)
        case "nrpn" | "rpn":
            high, low = SELECT[touch.kind]
            pairs = (high, touch.number >> 7), (low, touch.number & 127), (DATA, value >> 7), (DATA_FINE, value & 127)
            return tuple((CONTROL | channel, number, data) for number, data in pairs)
    return ()
