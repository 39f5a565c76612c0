"""The blend of two looks, A and B: one dream on its way from A to B, or B's laid over A's.

Invariant: at its ends it is A and B themselves; between them every look is valid.
"""

from dataclasses import replace
from typing import Any

from kaleidocam.control.glide import blended, ways
from kaleidocam.control.scene import Scene
from kaleidocam.settings.layering import ALONE, alike, laid_over
from kaleidocam.settings.parameters import Look

MORPH = "morph"
PAST_HALF = 0.05  # a fader that rests near the half must not switch names back and forth


class Crossfader:
    """Remembers from which of the two it has taken what can't be blended."""

    def __init__(self) -> None:
        self._at_b = False

    def blend(self, a: Scene, b: Scene, share: float, how: str = MORPH) -> Scene:
        """`share`: 0 is `a`, 1 is `b`. Numbers lie between, by their knobs' curves; all else is of the nearer one, and
        changes a little past the half. `how`, as `Performance.crossfade_as`: but for MORPH, the dream of `b` is laid
        over that of `a`."""
        self._at_b = share > 0.5 + (-PAST_HALF if self._at_b else PAST_HALF)
        nearer = b if self._at_b else a
        if share in (0, 1):
            return nearer
        if how == MORPH or a.look.layer_channel or b.look.layer_channel:
            first, last = alike(a.look, b.look)
            look = (last if self._at_b else first).model_copy(update=blended(ways(first, last), share))
        else:
            look = nearer.look.model_copy(
                update=blended(ways(a.look, b.look), share) | _laid(a.look, b.look, share, how)
            )
        return replace(nearer, look=look)


def _laid(a: Look, b: Look, share: float, how: str) -> dict[str, Any]:
    """The two dreams. Half the way brings `b` where a blend leaves `a` to be seen, the other half takes `a` away."""
    return laid_over(a, b, how, share if how == "normal" else ALONE * share)
