"""What a MIDI device is told: its motor faders and rings follow the look, its pads show what there is.

Invariant: a control is told only what it does not show yet, never what the hand on it has just set, and nothing at all
while a hand is on it; and no more than a MIDI cable takes.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kaleidocam.control.midi_knobs import Knobs
from kaleidocam.control.midi_lit import is_lit
from kaleidocam.control.midi_map import MidiMap, Touch, is_knob
from kaleidocam.control.midi_shown import Bytes, shown
from kaleidocam.settings.ranges import knob

HAND_SECONDS = 0.4  # after a fader has moved, in which the hand may still be on it
BYTES_A_SECOND, BURST_BYTES = 2000, 600  # of the 3125 that a cable takes
ECHO = 0.51 / 127  # of the range: so much may be lost on the way there and back
MOST_TOUCHED = 256  # between two turns
PATIENCE = 0.05  # seconds, after which what did not fit is tried again


class Feedback:
    """`share` gives where a parameter stands, 0 to 1, and of a command or a preset 1 or 0: whether it is there. `send`
    sends messages. `fine` says whether a control has 14 bits. `clock`: seconds."""

    def __init__(
        self,
        controls: MidiMap,
        knobs: Knobs,
        share: Callable[[str], float],
        send: Callable[[Sequence[Bytes]], None],
        fine: Callable[[Touch], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._map, self._knobs, self._share, self._send, self._fine = controls, knobs, share, send, fine
        self._clock = clock
        self._shown: dict[Touch, Sequence[Bytes]] = {}
        self._sent: dict[Touch, float] = {}  # where it was sent, and has not been moved from
        self._waiting: dict[str, None] = {}  # names whose controls have yet to be told, the oldest first
        self._moved: dict[Touch, float] = {}  # when a hand moved it
        self._touched: deque[Touch] = deque(maxlen=MOST_TOUCHED)
        self._held: set[Touch] = set()
        self._spare, self._at = float(BURST_BYTES), clock()

    def forget(self) -> None:
        """The device has been opened anew: what it shows is not known."""
        self._shown.clear()
        self._held.clear()

    def moved(self, touch: Touch, share: float) -> None:
        """A hand moves it now, to `share`; it is to be told anew then, but for what it was told (some devices send that
        back, and would for ever). Any thread."""
        self._moved[touch] = self._clock()
        if abs(share - self._sent.get(touch, math.inf)) > ECHO:
            self._touched.append(touch)

    def hold(self, touch: Touch, down: bool) -> None:
        """A finger lies on it from now on, or no longer. Any thread."""
        self._knobs.has_motor(touch)
        if down:
            self._held.add(touch)
        else:
            self._held.discard(touch)
            self._moved.pop(touch, None)

    def tell(self, changed: Iterable[str]) -> float | None:
        """Tells the device what has `changed`, as far as it may be told now. Returns after how many seconds the rest
        should be tried; None: there is none."""
        while self._touched:
            moved = self._touched.popleft()
            self._shown.pop(moved, None)
            self._sent.pop(moved, None)
            changed = (*changed, *filter(None, [self._map.name(moved)]))
        self._waiting |= dict.fromkeys(changed)
        now = self._clock()
        self._spare, self._at = min(BURST_BYTES, self._spare + BYTES_A_SECOND * (now - self._at)), now
        for name in list(self._waiting):
            touch = self._map.touch(name)
            if touch is None or not is_lit(name):
                del self._waiting[name]
            elif not self._in_hand(touch, now) and self._spare > 0:
                del self._waiting[name]
                self._tell(name, touch)
        return PATIENCE if self._waiting else None

    def _tell(self, name: str, touch: Touch) -> None:
        share, way = self._share(name), self._map.way(touch)
        from_middle = is_knob(name) and knob(name).low < 0
        messages = shown(touch, share, way=way, fine=self._fine(touch), from_middle=from_middle)
        before, self._shown[touch] = self._shown.get(touch), messages
        stands_there = way is None and self._knobs.holds(name, share)
        if messages and messages != before and not stands_there:
            self._spare -= sum(map(len, messages))
            self._knobs.send(touch, share)
            self._sent[touch] = share
            self._send(messages)

    def _in_hand(self, touch: Touch, now: float) -> bool:
        """Whether a hand is on it, or may be; an endless one can be told all the same."""
        if self._map.way(touch) is not None:
            return False
        return touch in self._held or now - self._moved.get(touch, -HAND_SECONDS) < HAND_SECONDS
