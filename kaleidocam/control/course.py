"""Where in the music a moment is, as long as the tempo stays.

Invariant: a course that is bent from another one goes on where that one is, without a jump and never backward.
"""

from dataclasses import dataclass, replace

BAR = 4  # beats; programs that speak Link call it the quantum
SHIFT_BEATS = 0.25  # over which a correction is spread; a larger one is a jump


@dataclass(frozen=True)
class Course:
    """The beat number was `beats` at the time `at`; each beat lasts `seconds`. `lag`: by how many beats the place given
    out before differed, at the time `since`; it fades within SHIFT_BEATS."""

    at: float
    beats: float
    seconds: float
    lag: float = 0.0
    since: float = 0.0

    def place(self, now: float) -> float:
        """The beat number at the time `now`."""
        return self.beats + (now - self.at) / self.seconds + self.lag * (1 - self._faded(now))

    def shifted(self, beats: float) -> "Course":
        """The same, so many beats further, at once."""
        return replace(self, beats=self.beats + beats, lag=0.0)

    def bent_from(self, before: "Course | None", now: float) -> "Course":
        """The same, gone over to from `before` at the time `now`."""
        lag = before.place(now) - self.place(now) if before else 0.0
        return replace(self, lag=lag, since=now) if 0 < abs(lag) < SHIFT_BEATS else self

    def _faded(self, now: float) -> float:
        return min(1.0, max(0.0, (now - self.since) / (SHIFT_BEATS * self.seconds)))
