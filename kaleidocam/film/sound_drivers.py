"""The beat and the sound levels at each moment of a film, for the looks that they move.

Invariant: a driver is a number from 0 to 1 that depends only on the film's sound and the seconds.
"""

import math
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kaleidocam.control.levels import BANDS, Levels
from kaleidocam.control.tempo import FALL
from kaleidocam.film.beats import find_beats
from kaleidocam.film.film_sound import RATE, samples_of
from kaleidocam.settings.modulation import DRIVERS

HOP = 512  # samples, 23 ms: half the window of `Levels`


@dataclass(frozen=True)
class SoundDrivers:
    """Call it with the seconds since the film's first frame. It returns all of modulation.DRIVERS; a driver is 0 if it
    was not wanted or there is no sound then.

    `beats`: seconds, rising. `levels`: (n, 4) float32, one column for each of levels.BANDS, one row every `hop`
    seconds from `start` on.
    """

    beats: Sequence[float] = ()
    levels: np.ndarray | None = None
    start: float = 0.0
    hop: float = HOP / RATE

    def __call__(self, seconds: float) -> Mapping[str, float]:
        now = dict.fromkeys(DRIVERS, 0.0) | {"beat": self._beat(seconds)}
        place = math.floor((seconds - self.start) / self.hop)
        if self.levels is not None and 0 <= place < len(self.levels):
            now |= zip(BANDS, self.levels[place].tolist(), strict=True)
        return now

    def _beat(self, seconds: float) -> float:
        """1 on a beat, then falling until the next. 0 before the first beat, and from one interval after the last."""
        last = bisect_right(self.beats, seconds) - 1
        if last < 0 or len(self.beats) < 2:
            return 0.0
        place = min(last, len(self.beats) - 2)
        phase = (seconds - self.beats[last]) / (self.beats[place + 1] - self.beats[place])
        return math.exp(-FALL * phase) if phase < 1 else 0.0


class _FilmLevels(Levels):
    """Levels by the film's clock: time passes only with the samples that are heard."""

    def now(self) -> list[float]:
        """The level of each of BANDS after the last samples."""
        return self._now


def hear(path: str, first: float, wanted: Collection[str]) -> SoundDrivers:
    """The drivers `wanted` (see Score.wanted_drivers) of the film `path`. `first`: the time of its first frame, seconds
    by its own clock. UserError if it has no sound, or if the beat is wanted and there is none."""
    beats = [seconds - first for seconds in find_beats(path)] if "beat" in wanted else ()
    if not set(BANDS) & set(wanted):
        return SoundDrivers(beats)
    start, levels = _levels(path)
    return SoundDrivers(beats, levels, start - first)


def _levels(path: str) -> tuple[float, np.ndarray]:
    """The time of the first window's middle, in seconds, and the levels there and every HOP after it, (n, 4)."""
    start, samples = samples_of(path)
    follower, waiting, heard = _FilmLevels(), np.zeros(0, np.float32), []
    for more in samples:
        waiting = np.concatenate([waiting, more])
        while len(waiting) >= HOP:
            follower.hear(waiting[:HOP, None], RATE)
            heard.append(follower.now())
            waiting = waiting[HOP:]
    return start + HOP / RATE, np.array(heard[1:], np.float32).reshape(-1, len(BANDS))  # window: 2 hops
