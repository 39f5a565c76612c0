"""The sinks of a performance, and its screenshots.

Invariant: a sink that fails costs the others no frame.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from kaleidocam.errors import UserError, one_line
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink

NOTHING = "", 0.0  # to be told


class Outputs:
    """Gives every frame to each sink; one that fails gets no more."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._live = list(sinks)
        self._failure: Exception | None = None
        self.lost: list[str] = []  # a line on each sink that failed
        self.last: Frame | None = None  # that was given

    @property
    def live(self) -> tuple[Sink, ...]:
        """The sinks that still work."""
        return tuple(self._live)

    def give(self, frame: Frame, lines: Sequence[str], *, asked: bool, feedback: tuple[str, float] = NOTHING) -> None:
        """`lines` and `feedback`: what to lay over the picture, as `Sink.status` and `Sink.feedback` have it; `asked`:
        whether the performer asked for any. Unasked, none are laid over a picture that is shown alone. Raises the error
        of the last sink, once none is left."""
        self.last = frame
        for sink in self.live:
            try:
                told = asked or not sink.alone
                sink.status(lines if told else [])
                sink.feedback(*(feedback if told else NOTHING))
                sink.write(frame)
            except Exception as error:  # a full disk, a window system that went away: the others go on
                self._live.remove(sink)
                self._failure = error
                self.lost.append(f"{sink.name} was lost: {one_line(error)}")
        if not self._live:
            raise self._failure or UserError("there is nothing to show the picture on")

    def press(self, key: str) -> None:
        """A key that concerns the sinks themselves."""
        for sink in self._live:
            sink.press(key)

    def notices(self) -> list[str]:
        """What the sinks that work have to tell."""
        return [sink.notice for sink in self._live if sink.notice]


class Screenshots:
    """Saves frames beside the show, for compressing one takes longer than a frame; one at a time.

    `save` returns what to tell the performer; `say` tells it, on another thread, and `failed` what `save` raised.
    """

    def __init__(
        self, save: Callable[[Frame], str], say: Callable[[str], None], failed: Callable[[Exception], None]
    ) -> None:
        self._save, self._say, self._failed = save, say, failed
        self._thread = ThreadPoolExecutor(1, "screenshot")
        self._busy = False

    def take(self, frame: Frame | None) -> None:
        """Saves the frame; nothing where there is none, or while another is being saved."""
        if frame is not None and not self._busy:
            self._busy = True
            self._thread.submit(self._run, frame)

    def close(self) -> None:
        """Waits for the one that is being saved."""
        self._thread.shutdown()

    def _run(self, frame: Frame) -> None:
        try:
            self._say(self._save(frame))
        except Exception as error:
            self._failed(error)
        finally:
            self._busy = False
