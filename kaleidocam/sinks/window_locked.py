"""A window before which nobody sits at the keyboard: the picture alone, and one way out.

Invariant: no key but that one, no click, no dropped file and no line of text gets through.
"""

from collections.abc import Sequence

from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink

WAY_OUT, HOLD_SECONDS = "ctrl+shift+q", 2.0


class Locked(Sink):
    """Stands before `window`, and belongs to whoever opened that."""

    name = "the window"
    alone = True

    def __init__(self, window: Sink) -> None:
        self._window = window
        window.lock()

    @property
    def seen(self) -> bool:  # type: ignore[override]  # read-only here
        return self._window.seen

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        return self._window.notice if self.seen else None  # which the window has logged

    def write(self, frame: Frame) -> None:
        self._window.write(frame)

    def keys(self) -> Sequence[str]:
        """The key that quits, once the way out was held for long enough."""
        self._window.keys()
        self._window.files()
        return ["q"] if self._window.held(WAY_OUT) >= HOLD_SECONDS else []

    def close(self) -> None:
        self._window.close()
