"""What has come from a MIDI device and from the desk since the last turn.

Invariant: whoever puts something in never waits for what is done with it; of floods the newest is kept.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kaleidocam.control.midi_events import Event, Held, Moved, Odd, Pressed, Stepped
from kaleidocam.control.midi_feedback import Feedback
from kaleidocam.control.midi_halves import HOLD_SECONDS
from kaleidocam.control.midi_knobs import KnobMove, Knobs
from kaleidocam.control.midi_map import Touch
from kaleidocam.control.midi_messages import Reader

WAITING_PRESSES = 32  # between two turns; no player makes more


@dataclass(frozen=True)
class News:
    """Of one turn: what was turned; what was pressed, and when; names that have changed at the desk; what is odd; the
    endless knobs that are known by now, and their way."""

    moves: dict[Touch, KnobMove]
    pressed: list[tuple[Touch, float]]
    changed: set[str]
    odd: list[str]
    endless: dict[Touch, str]


class Inbox:
    """All may be called from any thread; `wait` and `take` are the desk's thread's."""

    def __init__(self, reader: Reader, knobs: Knobs, feedback: Feedback) -> None:
        self._reader, self._knobs, self._feedback = reader, knobs, feedback
        self._lock, self._some = threading.Lock(), threading.Event()
        self._pressed: deque[tuple[Touch, float]] = deque(maxlen=WAITING_PRESSES)
        self._changed: set[str] = set()
        self._odd: deque[str] = deque(maxlen=WAITING_PRESSES)

    def read(self, message: Any) -> None:
        """A message of the device."""
        with self._lock:
            for event in self._reader.read(message):
                self._note(event)
        self.wake()

    def change(self, names: Iterable[str]) -> None:
        """So much has changed at the desk."""
        with self._lock:
            self._changed |= set(names)
        self.wake()

    def say(self, odd: Odd) -> None:
        with self._lock:
            self._odd.append(odd.line)
        self.wake()

    def forget(self, touch: Touch) -> None:
        """What is known of how a control writes its steps is to be found out anew."""
        with self._lock:
            self._reader.forget(touch)

    def wake(self) -> None:
        """Ends `wait`."""
        self._some.set()

    def wait(self, *seconds: float | None) -> None:
        """Until there is something, or the least of `seconds` has passed."""
        waits = (HOLD_SECONDS if self._reader.holds else None, *seconds)
        self._some.wait(min((each for each in waits if each is not None), default=None))
        self._some.clear()

    def take(self) -> News:
        """All of it, which is then no longer here."""
        with self._lock:
            for event in self._reader.late():
                self._note(event)
            news = News(
                self._knobs.moves(), list(self._pressed), self._changed, list(self._odd), self._reader.endless()
            )
            self._pressed.clear()
            self._odd.clear()
            self._changed = set()
        return news

    def _note(self, event: Event) -> None:
        match event:
            case Moved(touch, share, leaps):
                self._knobs.move(touch, share, leaps=leaps)
                self._feedback.moved(touch, share)
            case Held(touch, down):
                self._feedback.hold(touch, down)
            case Stepped(touch, share):
                self._knobs.step(touch, share)
            case Pressed(touch):
                self._pressed.append((touch, time.monotonic()))
            case Odd(line):
                self._odd.append(line)
