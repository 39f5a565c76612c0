"""Which control is meant when one is to be learned.

Invariant: what only accompanies a control (the touch of a motor fader, the fine half, an address) is not learned in its
place, if the control itself sends anything.
"""

import time
from collections.abc import Iterable

from kaleidocam.control.midi_map import Touch, is_knob
from kaleidocam.control.midi_messages import FINE

DOUBT_SECONDS = 0.15  # in which the coarse half comes after the fine one
NOTE_SECONDS = 1.0  # in which a fader moves that has sent a note because a finger touched it (Mackie Control)
PRESSED_HARD = 0.5  # of the range: a pad that is only hit is its note, not its pressure


def is_light(touch: Touch, share: float | None) -> bool:
    """Whether it is the pressure of a finger that means the key."""
    return touch.kind.endswith("aftertouch") and share is not None and share < PRESSED_HARD


class Learner:
    """Finds the control that is meant among those that were touched."""

    def __init__(self) -> None:
        self.name: str | None = None  # what the control that is touched next will play; None: nothing is learned
        self._doubtful: Touch | None = None
        self._until = 0.0

    def begin(self, name: str | None) -> None:
        """The control for `name` is to be found from now on; None: none any more."""
        self._doubtful = None
        self.name = name

    @property
    def waits(self) -> float | None:
        """Seconds until `found` should be asked again even if nothing happens."""
        return max(0.0, self._until - time.monotonic()) if self.name and self._doubtful else None

    def found(self, turned: Iterable[Touch], pressed: Iterable[Touch]) -> Touch | None:
        """The control for `name`, of those that were `turned` or `pressed` since the last call."""
        if self.name is None:
            return None
        turned, pressed = list(turned), list(pressed)
        if not is_knob(self.name):
            return self._decided(next(iter(pressed), None))
        coarse = [touch for touch in turned if not (touch.kind == "control" and FINE <= touch.number < 2 * FINE)]
        if coarse:
            return self._decided(coarse[0])
        notes = [touch for touch in pressed if touch.kind == "note"]
        if self._doubtful is None and (turned or notes):
            self._doubtful = (turned or notes)[0]
            self._until = time.monotonic() + (DOUBT_SECONDS if turned else NOTE_SECONDS)
        elif turned and self._doubtful and self._doubtful.kind == "note":
            return self._decided(turned[0])
        if self._doubtful and time.monotonic() >= self._until:
            return self._decided(self._doubtful)
        return None

    def _decided(self, touch: Touch | None) -> Touch | None:
        if touch is not None:
            self.name, self._doubtful = None, None
        return touch
