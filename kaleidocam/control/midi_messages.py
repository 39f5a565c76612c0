"""What MIDI messages say of the controls of a device: mido's messages in, movements of controls out.

Invariant: no message raises, however malformed; what belongs together (coarse and fine, an address and its value) is
one movement of one control. Another kind of control is a line in `midi_map.KINDS` and a case in `Reader.read`. A
device that leaves out the first byte of what is like the message before (running status) is read by the system: ALSA,
CoreMIDI and Windows give whole messages.
"""

from collections.abc import Callable, Iterator
from typing import Any

from kaleidocam.control.midi_encoders import Encoder
from kaleidocam.control.midi_events import Event, Held, Moved, Odd, Pressed, Stepped
from kaleidocam.control.midi_halves import FULL, Halves
from kaleidocam.control.midi_map import Touch

PRESSED = 64  # at this value or above, a control that plays a command is down
FINE = 32  # a control below it may have a fine one, that much above: 14 bits in all (MIDI 1.0)
PAIRS = 2  # how often a control must come right after the coarse one before it is taken for its fine one
CHANNEL_MODES = range(120, 128)  # all sound off, reset, local control, ...: messages to the device, no controls
ADDRESSES = {99: ("nrpn", 7), 98: ("nrpn", 0), 101: ("rpn", 7), 100: ("rpn", 0)}  # which half they shift in
DATA, DATA_FINE, MORE, LESS = 6, 38, 96, 97
NOWHERE = FULL  # the address that ends the one before
FINGERS = range(104, 113)  # notes of the fingers on a Mackie Control's faders, on channel 1
FIRST_FINGER = 103  # above the channel of the fader's pitch bend
NOTHING = "plays nothing; take a knob, a fader, a pad or a program change"
ODD = {  # messages that say nothing of a control, of which a performer may expect something
    "quarter_frame": f"MIDI time code {NOTHING}",
    "song_select": f"a choice of songs {NOTHING}",
}


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
        self._halves = Halves()

    @property
    def holds(self) -> bool:
        """Whether `late` will have something."""
        return self._halves.holds

    def late(self) -> list[Moved]:
        """Movements whose other half has not come in time: the one is all."""
        return self._halves.late()

    def endless(self) -> dict[Touch, str]:
        """The endless knobs among the controls that have been turned, and their way."""
        return {touch: encoder.way for touch, encoder in self._encoders.items() if encoder.way}

    def is_fine(self, touch: Touch) -> bool:
        """Whether a control is known to have 14 bits."""
        return self._pairs.get(touch, 0) >= PAIRS

    def forget(self, touch: Touch) -> None:
        """What is known of how the control writes its steps is to be found out anew."""
        self._encoders.pop(touch, None)

    def read(self, message: Any) -> Iterator[Event]:
        match message.type:
            case "control_change":
                yield from self._control(message.channel + 1, message.control, message.value)
            case "note_on" | "note_off":
                yield from self._note(message.channel + 1, message.note, message.type == "note_on" and message.velocity)
            case "program_change":
                yield Pressed(Touch("program", message.channel + 1, message.program))
            case "pitchwheel":
                yield Moved(Touch("pitch_bend", message.channel + 1, 0), (message.pitch + 8192) / FULL)
            case "aftertouch":
                yield Moved(Touch("aftertouch", message.channel + 1, 0), message.value / 127)
            case "polytouch":
                yield Moved(Touch("poly_aftertouch", message.channel + 1, message.note), message.value / 127)
            case kind if kind in ODD:
                yield Odd(ODD[kind])

    def _note(self, channel: int, number: int, velocity: int) -> Iterator[Event]:
        note, fader = Touch("note", channel, number), Touch("pitch_bend", number - FIRST_FINGER, 0)
        if channel == 1 and number in FINGERS and self._alone(fader) and not self._alone(note):
            yield Held(fader, bool(velocity))
        elif velocity:
            yield Pressed(note)

    def _control(self, channel: int, control: int, value: int) -> Iterator[Event]:
        touch = Touch("control", channel, control)
        if control in CHANNEL_MODES:
            yield Odd(f"control {control}, a channel mode, {NOTHING}")
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
        if (coarse := self._coarse(touch, last, value)) is not None:
            yield from self._halves.fine(coarse, value)
            return
        if touch in self._pairs:
            self._encoders.pop(touch, None)
        doubtful = False
        if self._turns(touch) and touch not in self._pairs:
            encoder = self._encoders.setdefault(touch, Encoder(self._way(touch)))
            doubtful = encoder.is_doubtful(value)
            if (steps := encoder.see(value, follows=follows)) is not None:
                yield Stepped(touch, steps / 127)
                return
        if self.is_fine(touch):
            yield from self._halves.coarse(touch, value)
        else:
            self._halves.note(touch, value)
            yield Moved(touch, value / 127, leaps=doubtful)
        if before < PRESSED <= value:
            yield Pressed(touch)

    def _coarse(self, touch: Touch, last: Touch | None, value: int) -> Touch | None:
        """The control whose fine half this is; None if it is none."""
        coarse = Touch("control", touch.channel, touch.number - FINE)
        if FINE <= touch.number < 2 * FINE and not self._alone(touch):
            if last == coarse:
                self._pairs[coarse] = self._pairs.get(coarse, 0) + 1
            if self.is_fine(coarse):
                return coarse
            self._halves.note_fine(coarse, value)
        elif last == touch:
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
        touch = Touch(kind, channel, number)
        if number == NOWHERE:
            yield Odd(f"control {control} after the address that ends all others {NOTHING}")
        elif control in (MORE, LESS):
            yield Stepped(touch, (1 if control == MORE else -1) / 127)
        elif control == DATA_FINE:
            self._fine.add(touch)
            yield from self._halves.fine(touch, value)
        elif touch in self._fine:
            yield from self._halves.coarse(touch, value)
        else:
            yield from self._halves.coarse(touch, value, value / 127)
