"""How long to wait before a performance is started again, and when that can't help.

Invariant: each pause is twice the one before, up to a most, until a run was healthy for a while.
"""

from dataclasses import dataclass

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
HEALTHY_SECONDS = 180.0  # of a run: what ends it then is another trouble, and the pauses begin anew
BAD_INPUT = 2  # the exit code of what a restart can't mend
EARLY_ENDS = 3  # in a row, after which the look that was last played is not played again: it may be the cause


@dataclass
class Pauses:
    """`early`: runs in a row that ended soon. `ever`: whether any of the runs has shown a picture."""

    early: int = 0
    ever: bool = False

    def ended(self, seconds: float, *, shown: bool) -> None:
        """A run has ended by itself, `seconds` after its first picture; without any, it was never `shown`."""
        self.ever = self.ever or shown
        self.early = 1 if shown and seconds >= HEALTHY_SECONDS else self.early + 1

    @property
    def seconds(self) -> float:
        """Before the next run."""
        return min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(self.early - 1, 16))

    @property
    def begins_plain(self) -> bool:
        """Whether the next run begins with the look of the command line."""
        return self.early >= EARLY_ENDS

    def hopeless(self, code: int) -> bool:
        """Whether no run can begin: bad input, with which none has ever shown a picture."""
        return code == BAD_INPUT and not self.ever
