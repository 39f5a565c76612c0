"""Who dreams: the subject, or all but it; and the way from one to the other.

Invariant: where the look has no subject, no mask is wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from kaleidocam.mask.edges import moved, refined
from kaleidocam.mask.fine import fine, spread
from kaleidocam.mask.kinds import is_exact
from kaleidocam.planes import Picture, Planes
from kaleidocam.settings.parameters import Look

OFF = "off"
# How much of the dream is shown, as (everywhere, and more where the subject is).
SHOWN = {OFF: (1.0, 0.0), "keep": (1.0, -1.0), "dream": (0.0, 1.0)}
SECONDS = 0.6  # from off to one of the others; twice as long from one of those to the other
MASK_SECONDS = 0.5  # from one mask to another


@dataclass(frozen=True)
class Shown:
    """How much of the dream is shown at each place: `everywhere`, 0 to 1, and `more` than that, -1 to 1, times the
    `mask`, (h, w) float32, 0 to 1, of any size. `exact`: the mask's own edge is the truth. `fading`: another, and its
    share, 0 to 1, while one mask takes the other's place."""

    mask: np.ndarray
    everywhere: float
    more: float
    exact: bool = False
    fading: "tuple[Shown, float] | None" = None

    def on(self, picture: Picture) -> np.ndarray:
        """The same for each place of a full-size picture: (H, W) uint8, 0 to 255. The edge is where the picture has
        one, but of an exact mask, where it is."""
        mask = self._mask_on(picture)
        if (self.everywhere, self.more) != SHOWN["dream"]:
            mask = cv2.convertScaleAbs(mask, alpha=self.more, beta=255 * self.everywhere)
        if self.fading is None:
            return mask
        other, share = self.fading
        return cv2.addWeighted(mask, 1 - share, other.on(picture), share, 0)

    def _mask_on(self, picture: Picture) -> np.ndarray:
        if self.exact:
            return fine(self.mask, (picture.y if isinstance(picture, Planes) else picture).shape[:2])
        if isinstance(picture, Planes):
            return refined(self.mask, picture.y, picture.format.highest)
        return refined(self.mask, picture)

    def level(self) -> float | None:
        """The one share that is shown everywhere, 0 to 1; None where places differ."""
        low, high, *_ = cv2.minMaxLoc(self.mask)
        if low != high or self.fading is not None:
            return None
        return min(1.0, max(0.0, self.everywhere + self.more * low))

    def each(self, change: Callable[[np.ndarray], np.ndarray]) -> "Shown":
        """Every mask changed by a function that takes and gives (h, w)."""
        fading = self.fading and (self.fading[0].each(change), self.fading[1])
        return replace(self, mask=change(self.mask), fading=fading)


class Subject:
    """How much of the dream of each frame is shown where. State: how far that is on its way, and which masks with which
    shares."""

    def __init__(self) -> None:
        self._shown: tuple[float, float] | None = None  # None before the first frame
        self._shares: dict[str, float] = {}  # of each mask, by name; 1 together; the last one is the look's

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
        shown = self._shown and dict(zip(("everywhere", "more"), self._shown, strict=True))
        return {"shown": shown, "masks": dict(self._shares)}

    def restore(self, state: dict[str, Any] | None) -> None:
        """`state` None: of an earlier version, in which all dreamed."""
        shown = state and state["shown"]
        self._shown = (float(shown["everywhere"]), float(shown["more"])) if shown else None
        self._shares = dict((state or {}).get("masks", {}))

    def pass_time(self, elapsed: float, look: Look) -> None:
        """Advances to a frame `elapsed` seconds after the previous one."""
        seen = bool(self.wanted(look))
        self._shown = self._on_the_way(look, elapsed)
        self._fade(look.mask, elapsed / MASK_SECONDS if seen else 1.0)

    def _fade(self, name: str, step: float) -> None:
        """Goes on to the mask of a name; all others keep their shares of what is left."""
        share = self._shares.pop(name, 0.0) + step
        left = sum(self._shares.values())
        share = min(1.0, share) if left else 1.0
        others = {other: own * (1 - share) / left for other, own in self._shares.items()} if share < 1 else {}
        self._shares = {**others, name: share}

    def wanted(self, look: Look) -> tuple[str, ...]:
        """The names of the masks that are needed for this frame."""
        return () if self._shown in (None, SHOWN[OFF]) or look.wet == 0 else tuple(self._shares)

    def shown(self, masks: Mapping[str, np.ndarray], look: Look) -> Shown | None:
        """How much of the dream is shown at each place, under the mirrors; None: all of it everywhere."""
        if self._shown is None or not self.wanted(look):
            return None
        shown, reached = None, 0.0
        for name, share in self._shares.items():
            reached += share
            exact, mask = is_exact(name), masks[name]
            mask = (spread if exact else moved)(mask, look.subject_grow, look.subject_soft)
            fading = None if shown is None else (shown, 1 - share / reached)
            shown = Shown(mask, *self._shown, exact, fading)
        return shown

    def _on_the_way(self, look: Look, elapsed: float) -> tuple[float, float]:
        everywhere, more = SHOWN[look.subject]
        amount = look.subject_amount
        goal = (1 - amount * (1 - everywhere), amount * more)
        if self._shown is None:
            return goal
        ways = [to - now for to, now in zip(goal, self._shown, strict=True)]
        left = max(abs(way) for way in ways)
        if left <= elapsed / SECONDS:
            return goal
        share = elapsed / SECONDS / left
        return self._shown[0] + share * ways[0], self._shown[1] + share * ways[1]
