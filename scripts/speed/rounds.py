"""What several runs of a part say together: the spread of each figure, and one tree's beside another's.

Invariant: figures are compared within a round, whose runs follow each other, because a machine's speed wanders.
"""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass

Figures = dict[str, float]


@dataclass(frozen=True)
class Spread:
    """Of one figure over several runs, in their order."""

    lowest: float
    median: float
    highest: float
    runs: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.lowest:10.3f} {self.median:10.3f} {self.highest:10.3f}"


def spread(values: Sequence[float]) -> Spread:
    return Spread(min(values), statistics.median(values), max(values), tuple(values))


def spreads(rounds: Sequence[Figures]) -> dict[str, Spread]:
    """Of each figure that all rounds have."""
    return {name: spread([one[name] for one in rounds]) for name in rounds[0] if all(name in one for one in rounds)}


def ratios(ours: Sequence[Figures], theirs: Sequence[Figures]) -> dict[str, Spread]:
    """Ours over theirs, round by round, of each figure that both have; none where theirs is zero."""
    names = [name for name in spreads(ours) if all(one.get(name) for one in theirs)]
    return {name: spread([a[name] / b[name] for a, b in zip(ours, theirs, strict=True)]) for name in names}


def as_json(found: dict[str, Spread]) -> dict:
    return {name: asdict(one) for name, one in found.items()}
