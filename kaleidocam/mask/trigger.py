"""What lets the dream in: stillness, motion, or that somebody is there.

Invariant: how much is let in never jumps but where it may come or go in no time; it depends on pictures and their times
alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kaleidocam.mask.assembly import PEOPLE
from kaleidocam.mask.base import Sight
from kaleidocam.mask.stir import Stir
from kaleidocam.settings.parameters import Look

OFF, STILL, MOTION, PRESENCE = "off", "still", "motion", "presence"
# As long as this, seconds, whatever stirred counts as stirring, and whoever was seen as present: a gesture has pauses.
PAUSE = 0.5
# In the first second of a film, or of a part of one, the dream comes in this time at most: it was there before.
FIRST, SOON = 1.0, 0.5
CALM = 0.5  # of the level, below which a stir is over: else it would come and go at the level itself


class Trigger:
    """How much of the dream is let in, frame by frame. State: how far it is on its way, and what stirs."""

    def __init__(self) -> None:
        self._stir = Stir()
        self._way: float | None = None  # 0 to 1; None before the first frame
        self._active: bool | None = None  # something moves, or somebody is there; None: it is not known
        self._calm = 0.0  # seconds since
        self._age = 0.0  # seconds since the first frame

    def state(self) -> dict[str, Any]:
        """All that the next frames depend on; for `restore`."""
        times = {"calm": self._calm, "age": self._age}
        return {"way": self._way, "active": self._active, "stir": self._stir.state(), **times}

    def restore(self, state: dict[str, Any] | None) -> None:
        """`state` None: of an earlier version, in which all was let in."""
        self.__init__()  # type: ignore[misc]
        if state is not None:
            self._way = None if state["way"] is None else float(state["way"])
            self._active = None if state["active"] is None else bool(state["active"])
            self._calm, self._age = float(state["calm"]), float(state["age"])
            self._stir.restore(state["stir"])

    def wanted(self, look: Look) -> tuple[str, ...]:
        """The names of the masks that are needed for this frame."""
        return (PEOPLE,) if look.trigger == PRESENCE and look.wet else ()

    def see(self, sight: Sight, masks: Mapping[str, np.ndarray], look: Look) -> float:
        """How much of the dream is let in, 0 to 1. `masks`: at least those that are `wanted`."""
        self._look_out(sight, masks, look)
        goal = self._goal(look.trigger)
        if self._way is None:
            self._way = goal
        self._age += sight.elapsed
        come = min(SOON, look.trigger_come) if self._age < FIRST else look.trigger_come
        up, down = (sight.elapsed / seconds if seconds else 1.0 for seconds in (come, look.trigger_go))
        self._way = min(max(goal, self._way - down), self._way + up)
        return self._way * self._way * (3 - 2 * self._way)

    def _goal(self, trigger: str) -> float:
        if trigger == OFF:
            return 1.0
        return float(self._active is not None and self._active is not (trigger == STILL))

    def _look_out(self, sight: Sight, masks: Mapping[str, np.ndarray], look: Look) -> None:
        """Finds out whether something moves, or somebody is there."""
        if look.trigger in (OFF, PRESENCE):
            self._stir.forget()
        if look.trigger == OFF:
            self._active, self._calm = None, 0.0
            return
        if look.trigger == PRESENCE:
            share = float(masks[PEOPLE].mean()) if self.wanted(look) else None
        else:
            share = self._stir.of(sight)
        if share is None:
            return
        self._calm += sight.elapsed
        if share >= look.trigger_level * (CALM if self._active else 1):
            self._active, self._calm = True, 0.0
        elif self._active is None or self._calm > PAUSE:
            self._active = False
