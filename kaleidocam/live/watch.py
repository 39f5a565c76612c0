"""Whether somebody stands before the camera.

Invariant: it is the camera's own picture that is looked at, a few times a second, whatever is shown.
"""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np

from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.errors import UserError
from kaleidocam.mask.assembly import PEOPLE
from kaleidocam.mask.base import Sight
from kaleidocam.mask.person import SIZE
from kaleidocam.mask.stir import Stir
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.shrinking import small_bgr

EVERY = 0.3  # seconds from one look for people to the next, where the look does not ask for them anyway
SURE = 0.5  # confidence from which a place is a person's
JUST = 1.0  # seconds for which somebody counts as just seen
# Whoever has not stirred for so long, seconds, is a poster or a statue.
STATUE = 120.0


class Watch:
    """Looks for people and for motion. State: when there was any, and what was seen before."""

    def __init__(self, beside: Executor | None = None) -> None:
        """`beside`: where people are looked for; None: on a thread of its own, so that the video doesn't wait."""
        self._beside = beside or ThreadPoolExecutor(1, "watch", initializer=stand_behind)
        self._finding: Future[float] | None = None
        self._stir = Stir()
        self._find: object = None  # what finds people; False: it can't be had
        self._now = 0.0
        self._looked: float | None = None  # for people
        self._people = 0.0  # share of the picture
        self._met: float | None = None  # when somebody was seen last
        self._moved: float | None = None  # when anything moved last
        self.told: str | None = None  # one line on why people can't be looked for

    @property
    def seconds_alone(self) -> float:
        """How long nobody has been there; before the first frame and with it, 0."""
        return 0.0 if self._met is None else self._now - self._met

    @property
    def meets(self) -> bool:
        """Whether somebody was there just now."""
        return self._met is not None and self.seconds_alone < JUST

    def close(self) -> None:
        """Ends the thread."""
        self._beside.shutdown(wait=False, cancel_futures=True)

    def see(self, seen: Seen, level: float) -> None:
        """Looks at a frame. `level`: how much of it must move, or be a person, 0 to 1."""
        self._now += seen.elapsed
        frame, same = seen.frame, lambda mask: mask  # the camera's own picture, without mirrors
        sight = Sight(
            frame, seen.elapsed, seen.motion, lambda size: small_bgr(frame.picture, size), same, seen.small, same
        )
        moves = (self._stir.of(sight) or 0.0) >= level
        if self._moved is None or moves:
            self._moved = self._now
        someone = self._share_of_people(seen) >= level and self._now - self._moved < STATUE
        if self._met is None or moves or someone:
            self._met = self._now

    def _share_of_people(self, seen: Seen) -> float:
        """The share of the picture that is people, as it was found last."""
        if PEOPLE in seen.masks and (seen.mirror is None or seen.fold == "after"):  # else mirrors leave some of it out
            self._people, self._looked = float(seen.masks[PEOPLE].mean()), self._now
            return self._people
        if self._finding is None and (self._looked is None or self._now - self._looked >= EVERY):
            self._looked = self._now
            self._finding = self._beside.submit(self._found, small_bgr(seen.frame.picture, SIZE))
        if self._finding and self._finding.done():
            found, self._finding = self._finding, None
            self._people = found.result()
        return self._people

    def _found(self, small: np.ndarray) -> float:
        from kaleidocam.mask.person import Person

        if self._find is None:
            try:
                self._find = Person()
            except UserError as error:
                self._find, self.told = False, f"{error}; only motion shows that somebody is there"
        if not isinstance(self._find, Person):
            return 0.0
        return float((self._find(small) > SURE).mean())
