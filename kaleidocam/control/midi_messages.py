"""What MIDI messages say of the controls of a device: mido's messages in, movements of controls out.

Invariant: no message raises, however malformed; what belongs together (coarse and fine, an address and its value) is
one movement of one control. Another kind of control is a line in `midi_map.KINDS` and a case in `Reader.read`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kaleidocam.control.midi_encoders import Encoder
from kaleidocam.control.midi_map import Touch

PRESSED = 64  # at this value or above, a control that plays a command is down
FINE = 32  # a control below it may have a fine one, that much above: 14 bits in all (MIDI 1.0)
PAIRS = 2  # how often a control must come right after the coarse one before it is taken for its fine one
FULL = 16383  # of 14 bits
HOLD_SECONDS = 0.004  # in which the fine half follows the coarse one; a message takes 1 ms on a cable
CHANNEL_MODES = range(120, 128)  # all sound off, reset, local control, ...: messages to the device, no controls
ADDRESSES = {99: ("nrpn", 7), 98: ("nrpn", 0), 101: ("rpn", 7), 100: ("rpn", 0)}  # which half they shift in
DATA, DATA_FINE, MORE, LESS = 6, 38, 96, 97
NOWHERE = FULL  # the address that ends the one before
# Real-time and system messages that say nothing of a control, though every device may send them.
NOISE = ("active_sensing", "reset", "quarter_frame", "songpos", "song_select", "tune_request", "sysex", "note_off")


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
class Odd:
    """A message that nothing is done with; `name` for people."""

    name: str


Event = Moved | Stepped | Pressed | Odd


class Reader:
    """`turns` says whether a control plays a parameter, `alone` whether it plays anything: then it is no half of
    another. `way` gives the way of an endless knob that is known already."""

    def __init__(
        self, turns: Callable[[Touch], bool], alone: Callable[[Touch], bool], way: Callable[[Touch], str | None]
    ) -> None:
        self._turns, self._alone, self._way = turns, alone, way
        self._raw: dict[Touch, int] = {}
        self._last: Touch | None = None
        self._pairs: dict[Touch, int] = {}  # by the coarse control
        self._address: dict[int, tuple[str, int]] = {}  # by channel: kind and number that are being set
        self._fine: set[Touch] = set()  # numbered parameters that send the fine half too
        self._encoders: dict[Touch, Encoder] = {}
        self._held: dict[Touch, tuple[float, float]] = {}  # shares by the coarse half alone, and since when

    @property
    def holds(self) -> bool:
        """Whether `late` will have something."""
        return bool(self._held)

    def late(self) -> list[Moved]:
        """Movements whose fine half has not come in time: the coarse one is all."""
        now = time.monotonic()
        late = [Moved(touch, share) for touch, (share, at) in self._held.items() if now - at >= HOLD_SECONDS]
        for moved in late:
            del self._held[moved.touch]
        return late

    def endless(self) -> dict[Touch, str]:
        """The endless knobs among the controls that have been turned, and their way."""
        return {touch: encoder.way for touch, encoder in self._encoders.items() if encoder.way}

    def forget(self, touch: Touch) -> None:
        """What is known of how the control writes its steps is to be found out anew."""
        self._encoders.pop(touch, None)

    def read(self, message: Any) -> Iterator[Event]:
        match message.type:
            case "control_change":
                yield from self._control(message.channel + 1, message.control, message.value)
            case "note_on" if message.velocity:
                yield Pressed(Touch("note", message.channel + 1, message.note))
            case "program_change":
                yield Pressed(Touch("program", message.channel + 1, message.program))
            case "pitchwheel":
                yield Moved(Touch("pitch_bend", message.channel + 1, 0), (message.pitch + 8192) / FULL)
            case "aftertouch":
                yield Moved(Touch("aftertouch", message.channel + 1, 0), message.value / 127)
            case "polytouch":
                yield Odd("the aftertouch of single keys")

    def _control(self, channel: int, control: int, value: int) -> Iterator[Event]:
        touch = Touch("control", channel, control)
        if control in CHANNEL_MODES:
            yield Odd(f"control {control}, a channel mode,")
            return
        if control in ADDRESSES:
            self._select(channel, control, value)
            if not self._alone(touch):  # in a mapping from before these were known as addresses
                return
        elif control in (DATA, DATA_FINE, MORE, LESS) and channel in self._address and not self._alone(touch):
            yield from self._numbered(channel, control, value)
            return
        before, follows = self._raw.get(touch, 0), self._last == touch
        last, self._raw[touch], self._last = self._last, value, touch
        if (coarse := self._coarse(touch, last)) is not None:
            self._held.pop(coarse, None)
            yield Moved(coarse, (self._raw.get(coarse, 0) * 128 + value) / FULL)
            return
        if touch in self._pairs:
            self._encoders.pop(touch, None)
        if self._turns(touch) and touch not in self._pairs:
            encoder = self._encoders.setdefault(touch, Encoder(self._way(touch)))
            doubtful = encoder.is_doubtful(value)
            if (steps := encoder.see(value, follows=follows)) is not None:
                yield Stepped(touch, steps / 127)
                return
        else:
            doubtful = False
        if self._pairs.get(touch, 0) >= PAIRS:
            yield from self._hold(touch, value * 128 / FULL)
        else:
            self._held.pop(touch, None)
            yield Moved(touch, value / 127, leaps=doubtful)
        if before < PRESSED <= value:
            yield Pressed(touch)

    def _coarse(self, touch: Touch, last: Touch | None) -> Touch | None:
        """The control whose fine half this is; None if it is none."""
        coarse = Touch("control", touch.channel, touch.number - FINE)
        if FINE <= touch.number < 2 * FINE and not self._alone(touch):
            if last == coarse:
                self._pairs[coarse] = self._pairs.get(coarse, 0) + 1
            return coarse if self._pairs.get(coarse, 0) >= PAIRS else None
        if last == touch:
            self._pairs.pop(touch, None)
        return None

    def _select(self, channel: int, control: int, value: int) -> None:
        kind, shift = ADDRESSES[control]
        before = self._address.get(channel, (kind, 0))
        number = before[1] if before[0] == kind else 0
        number = number & ~(127 << shift) | value << shift
        self._address[channel] = kind, number

    def _numbered(self, channel: int, control: int, value: int) -> Iterator[Event]:
        """A value for the numbered parameter that is selected."""
        kind, number = self._address[channel]
        if number == NOWHERE:
            return
        touch = Touch(kind, channel, number)
        if control in (MORE, LESS):
            yield Stepped(touch, (1 if control == MORE else -1) / 127)
            return
        if control == DATA_FINE:
            self._fine.add(touch)
            self._held.pop(touch, None)
            yield Moved(touch, (self._raw.get(touch, 0) * 128 + value) / FULL)
            return
        self._raw[touch] = value
        yield from self._hold(touch, value * 128 / FULL if touch in self._fine else value / 127)

    def _hold(self, touch: Touch, share: float) -> Iterator[Moved]:
        """Keeps a coarse half until its fine one is there: alone it would be a step back, on the way down. One that was
        kept in vain comes out."""
        if touch in self._held:
            yield Moved(touch, self._held[touch][0])
        self._held[touch] = share, time.monotonic()
