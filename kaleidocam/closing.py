"""What must be closed exactly once, by whoever opened it.

Invariant: `with` closes it, also after an error.
"""

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Opened by its constructor, and closed by `close` or at the end of a `with`."""

    @abstractmethod
    def close(self) -> None:
        """Frees everything. Called exactly once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
