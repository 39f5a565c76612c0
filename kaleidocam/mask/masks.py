"""The masks that a look asks for, each by its name.

Invariant: each is made when it is wanted first, asked once a frame, and dropped when it is wanted no longer.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kaleidocam.mask.base import Mask, Sight
from kaleidocam.mask.kinds import plain
from kaleidocam.settings.mask_words import NOT


class Masks:
    """State: that of each mask."""

    def __init__(self, make: Callable[[str], Mask]) -> None:
        """`make`: makes the mask of a name."""
        self._make = make
        self._made: dict[str, Mask] = {}

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
        return {name: mask.state() for name, mask in self._made.items()}

    def restore(self, state: dict[str, Any]) -> None:
        self._made = {name: self._make(name) for name in state}
        for name, mask in self._made.items():
            mask.restore(state[name])

    def see(self, wanted: Iterable[str], sight: Sight) -> dict[str, np.ndarray]:
        """Each of the `wanted` masks of a frame, under the mirrors: (h, w) float32 of any size, 0 to 1. UserError where
        one can't be made."""
        wanted = list(dict.fromkeys(wanted))
        names = list(dict.fromkeys(map(plain, wanted)))
        self._made = {name: self._made.get(name) or self._make(name) for name in names}
        found = {name: mask.of(sight) for name, mask in self._made.items()}
        return {name: _turned(found[plain(name)], name) for name in wanted}


def _turned(mask: np.ndarray, name: str) -> np.ndarray:
    return 1 - mask if name.strip().startswith(NOT) else mask
