"""The contract of every sink.

Invariant: a sink is used by one thread and closed exactly once, by whoever opened it (`with` does both).
"""

from abc import abstractmethod
from collections.abc import Sequence

from kaleidocam.closing import Closing
from kaleidocam.frame import Frame


class Held(str):
    """A key that comes again because it is held down."""


class Sink(Closing):
    """Takes finished frames.

    The constructor opens what it needs and raises UserError if it can't. `write` is called with frames of one size,
    which may change where the sink is not `fixed`, and with rising `seconds`. `close` is called exactly once, also
    after an error and also without any `write`; all that was written is kept.
    """

    alone = False  # whether it fills a screen that an audience sees: then nothing is drawn over the picture unasked
    fixed = False  # whether its frames have one size from the first to the last
    seen = True  # whether anybody can see what is written to it now; a window whose display is unplugged is not
    told: str | None = None  # one line for the start, such as a name under which others find it
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

    def cut(self) -> None:
        """Ends a `write` or `close` that waits for somebody else, such as a reader that takes nothing. Any thread. Most
        wait for nobody."""

    def keys(self) -> Sequence[str]:
        """The keys pressed since the previous call ("q", " ", "?", …); called once a frame, in order. What
        comes again because a key is held down is `Held`. Only windows have keys."""
        return ()

    def held(self, key: str) -> float:
        """For how many seconds a key has been held down. Only windows have keys."""
        return 0.0

    def lock(self) -> None:
        """Nobody sits before it from now on: it hides what is for a hand, such as the mouse's cursor. Only windows have
        such."""

    def files(self) -> Sequence[str]:
        """The paths of files that were dropped on it since the previous call, in order. Only windows have them."""
        return ()

    def press(self, key: str) -> None:
        """Handles a key that concerns the sink itself, such as "f" for full screen."""

    def status(self, lines: Sequence[str]) -> None:
        """Sets the text lines over the picture, for the performer only; none: no text. Only windows show them."""

    def feedback(self, line: str, share: float) -> None:
        """Sets a line that fades: what was just changed, for the performer only. `share`: how much of it is there, 0
        (none) to 1. Only windows show it."""
