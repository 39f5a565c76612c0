"""The look that is played at this moment, on its way to the one that is meant.

Invariant: what is played is whole and valid at every moment; a look that is refused changes nothing.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from kaleidocam.control.glide import Glide
from kaleidocam.control.scene import Scene
from kaleidocam.settings.modulation import Modulation, parse
from kaleidocam.settings.parameters import Look

_terms = lru_cache(parse)


class Board:
    """`goal` is the scene that is meant, `look` what is played now. They differ while a glide is under way. Call it
    under the desk's lock; reading is for any thread.

    `check` raises UserError for a look that can't be played.
    """

    def __init__(self, scene: Scene, check: Callable[[Look], None]) -> None:
        self.goal, self.look = scene, scene.look
        self.terms: tuple[Modulation, ...] = _terms(scene.look.modulate)
        self._check = check
        self._glide: Glide | None = None

    @property
    def gliding(self) -> bool:
        return self._glide is not None

    @property
    def morph_seconds(self) -> float | None:
        """How long a change of channel takes that is part of a glide; None: as the look says."""
        glide = self._glide
        return glide.seconds if glide and glide.morphs else None

    @property
    def scene(self) -> Scene:
        """What is played now, to be kept."""
        return Scene(self.look, self.goal.preset, self.goal.by_hand)

    def require(self, look: Look) -> None:
        """UserError where it can't be played."""
        _terms(look.modulate)
        self._check(look)

    def take(self, goal: Scene, now: float, seconds: float = 0.0) -> None:
        """Plays another scene, which is reached in `seconds`."""
        self.require(goal.look)
        glide = Glide.between(self.look, goal.look, now, seconds) if seconds else None
        self.goal, self._glide = goal, glide
        self.pass_time(now)

    def amend(self, goal: Scene, names: Iterable[str], now: float) -> None:
        """Plays a scene in which a hand has changed the parameters `names`; a glide goes on without them."""
        self.require(goal.look)
        self.goal = goal
        self._glide = self._glide and self._glide.without(names)
        self.pass_time(now)

    def pass_time(self, now: float) -> None:
        """Goes on with a glide."""
        look = self.goal.look
        if self._glide and self._glide.ended(now):
            self._glide = None
        if self._glide:
            look = look.model_copy(update=self._glide.values(now))
        if look.modulate != self.look.modulate:
            self.terms = _terms(look.modulate)
        self.look = look
