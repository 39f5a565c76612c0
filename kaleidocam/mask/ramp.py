"""A range of levels with soft ends: what of 0 to 1 counts.

Invariant: below the range and above it is 0, within it 1; each end is a smooth step as wide as its softness.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kaleidocam.errors import UserError

NUMBER = r"(\d+\.?\d*|\.\d+)"
RANGE = re.compile(rf"{NUMBER}(?:-{NUMBER})?")


@dataclass(frozen=True)
class Ramp:
    """From `low` to `high`, 0 to 1; at a `high` of 1 there is no upper end, at a `low` of 0 no lower one. `soft`: the
    width of each end."""

    low: float
    high: float
    soft: float

    @classmethod
    def of(cls, words: Sequence[str], default: "Ramp", said: str) -> "Ramp":
        """From words such as `0.6`, `0.3-0.7` or `0.6 0.2`, the last a softness. UserError, which begins with `said`,
        where they are something else."""
        if len(words) > 2:
            raise _wrong(said)
        low, high, soft = default.low, default.high, default.soft
        if words:
            match = RANGE.fullmatch(words[0])
            if match is None:
                raise _wrong(said)
            low, high = float(match[1]), 1.0 if match[2] is None else float(match[2])
        if len(words) == 2:
            soft = share_of(words[1], said)
        if not 0 <= low < high <= 1:
            raise _wrong(said)
        return cls(low, high, soft)

    def levels(self, black: float = 0, white: float = 255) -> np.ndarray:
        """(256,) float32, 0 to 1: what each byte counts, where `black` is 0 and `white` is 1."""
        level = (np.arange(256) - black) / (white - black)
        soft = max(self.soft, 1e-6)
        above = smooth((level - self.low) / soft + 0.5) if self.low > 0 else np.ones(256)
        below = smooth((self.high - level) / soft + 0.5) if self.high < 1 else np.ones(256)
        return (above * below).astype(np.float32)


def share_of(word: str, said: str) -> float:
    """A number from 0 to 1. UserError for all else."""
    if not re.fullmatch(NUMBER, word) or float(word) > 1:
        raise UserError(f"{said}: '{word}' is no number from 0 to 1")
    return float(word)


def smooth(way: np.ndarray) -> np.ndarray:
    """A smooth step: 0 up to 0, 1 from 1 on."""
    way = np.clip(way, 0, 1)
    return way * way * (3 - 2 * way)


def _wrong(said: str) -> UserError:
    return UserError(
        f"{said}; after the name comes a threshold from 0 to 1, as 0.6, or a range, as 0.3-0.7, and then "
        "a softness, as 0.1"
    )
