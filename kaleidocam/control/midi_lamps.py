"""The lamps round a MIDI device's knobs, which follow the look.

Invariant: a lamp is told only what it does not show yet, and not what the hand on its knob has just set.
"""

from collections.abc import Callable, Iterable

from kaleidocam.control.midi_knobs import Knobs
from kaleidocam.control.midi_map import MidiMap, Touch, is_knob


class Lamps:
    """`light` shows a value at a control: called with its channel from 1, its number, and 0 to 127. `share` gives the
    share of a parameter. Kinds of controls other than plain ones have no lamps yet."""

    def __init__(
        self, controls: MidiMap, knobs: Knobs, share: Callable[[str], float], light: Callable[[int, int, int], None]
    ) -> None:
        self._map, self._knobs, self._share, self._light = controls, knobs, share, light
        self._shown: dict[Touch, int] = {}

    def forget(self) -> None:
        """The device has been opened anew: what it shows is not known."""
        self._shown.clear()

    def tell(self, changed: Iterable[str]) -> None:
        """Tells the device what others have changed; a knob that plays its parameter needs no lamp, but for an endless
        one, which does not know where it stands."""
        for name in changed:
            touch = self._map.touch(name)
            if touch is None or touch.kind != "control" or not is_knob(name):
                continue
            share = self._share(name)
            shown, self._shown[touch] = self._shown.get(touch), round(127 * share)
            in_hand = self._knobs.holds(name, share) and self._map.way(touch) is None
            if self._shown[touch] != shown and not in_hand:
                self._light(touch.channel, touch.number, self._shown[touch])
