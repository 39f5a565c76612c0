"""The contract of every sink.

Invariant: a sink is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from kaleidocam.frame import Frame


class Sink(ABC):
    """Takes finished frames.

    The constructor opens what it needs and raises UserError where that can't be done. `write` is called with
    frames of one size, their `seconds` rising. `close` is called exactly once, also after an error and also
    without a single `write`, and leaves behind everything that was written.
    """

    alone = False  # nothing is to be drawn over the picture unasked: it fills a screen that others look at
    notice: str | None = None  # one line on what went wrong without ending the show, such as a device that went away

    @property
    def name(self) -> str:
        """What people call it."""
        return f"the {type(self).__name__.lower()}"

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Shows, sends or stores the frame; it is not kept beyond the call unless copied."""

    @abstractmethod
    def close(self) -> None:
        """Finishes what was begun and frees everything."""

    def keys(self) -> Sequence[str]:
        """The keys pressed since the last call ("q", " ", "?", …); called once a frame. Only windows have any."""
        return ()

    def press(self, key: str) -> None:
        """A key that concerns the sink itself, such as "f" for fullscreen."""

    def status(self, lines: Sequence[str]) -> None:
        """What to lay over the picture for the performer's eyes; no lines: nothing. Only windows show it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
