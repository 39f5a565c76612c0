"""The contract of every sink.

Invariant: a sink is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from kaleidocam.frame import Frame


class Sink(ABC):
    """Takes finished frames.

    The constructor opens what it needs and raises UserError if it can't. `write` is called with frames of one size and
    with rising `seconds`. `close` is called exactly once, also after an error and also without any `write`; all that
    was written is kept.
    """

    alone = False  # whether it fills a screen that an audience sees: then nothing is drawn over the picture unasked
    notice: str | None = None  # one line on a failure that does not end the show, such as a lost device

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"the {type(self).__name__.lower()}"

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Shows, sends or stores the frame; the sink copies it if it needs it after the call."""

    @abstractmethod
    def close(self) -> None:
        """Finishes the output and frees everything."""

    def keys(self) -> Sequence[str]:
        """The keys pressed since the previous call ("q", " ", "?", …); called once a frame. Only windows have keys."""
        return ()

    def press(self, key: str) -> None:
        """Handles a key that concerns the sink itself, such as "f" for full screen."""

    def status(self, lines: Sequence[str]) -> None:
        """Sets the text lines over the picture, for the performer only; none: no text. Only windows show them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
