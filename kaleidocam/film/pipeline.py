"""The pipeline of a film: every frame is read, seen, dreamed and finished, with its exact number of steps.

Invariant: seeing, dreaming and finishing run on three threads at once, but each handles the frames one by one, in
order. So the result does not depend on timing, and two runs give the same frames.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.picture.eye import Seen
from kaleidocam.settings.parameters import Look

# Frames that may wait between two threads. Only some frames use the network, so the dream is done in bursts; with a
# single frame seen ahead it would have to wait for the next. Small enough for the memory that 4K takes.
AHEAD = 3


class Seeing(Protocol):
    """An `Eye`, or something that acts as an eye."""

    def see(self, frame: Frame, look: Look) -> Seen: ...

    def state(self) -> dict[str, Any]: ...


class Advancing(Protocol):
    """A `Dream`, or something that acts as a dream."""

    def advance(self, seen: Seen, look: Look) -> np.ndarray: ...

    def state(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Dreamed:
    """A frame with its dream `layer`, (h, w, 3) float32 RGB. `state`: of eye and dream after it, if it was asked for;
    else None."""

    seen: Seen
    look: Look
    layer: np.ndarray
    state: dict[str, Any] | None = None


def dream_each(
    read: Callable[[], Frame | None],
    finish: Callable[[Dreamed], None],
    *,
    eye: Seeing,
    dream: Advancing,
    look_at: Callable[[Frame], Look],
    remember: Callable[[Frame], bool] = lambda frame: False,
    each: Callable[[Frame], None] = lambda frame: None,
) -> int:
    """Dreams every frame that `read` returns before None, each with the look at its time; returns how many there were.

    `finish` gets the frames in order on its own thread. `read` and `look_at` are called ahead on another thread. `each`
    is called on this thread with every dreamed frame. `remember`: whether the state after a frame is wanted. An
    interruption (KeyboardInterrupt) is raised after the frames already dreamed are finished.
    """
    count, read, finish = 0, _Stoppable(read), _Stoppable(finish)
    with ExitStack() as threads:
        threads.callback(read.end)
        threads.callback(finish.end)
        reader, writer = (threads.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        written: list[Future] = []
        threads.callback(lambda: [job.result() for job in written])  # runs first: dreamed frames are written
        for seen, look, state in _seen(read, eye, look_at, remember, reader):
            layer = dream.advance(seen, look)
            state = None if state is None else {"eye": state, "dream": dream.state()}
            written.append(writer.submit(finish, Dreamed(seen, look, layer, state)))
            while len(written) > AHEAD or (written and written[0].done()):
                written.pop(0).result()
            count += 1
            each(seen.frame)
    return count


class _Stoppable:
    """Wraps a call that is made on another thread. When `end` has returned, the call has finished and is not made
    again. A pool alone does not ensure that: if an interruption comes while it starts a thread, it does not wait for
    that thread."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call, self._ended, self._lock = call, False, threading.Lock()

    def __call__(self, *given: Any) -> Any:
        with self._lock:
            return None if self._ended else self._call(*given)

    def end(self) -> None:
        with self._lock:
            self._ended = True


def _seen(
    read: Callable[[], Frame | None],
    eye: Seeing,
    look_at: Callable[[Frame], Look],
    remember: Callable[[Frame], bool],
    reader: ThreadPoolExecutor,
) -> Iterator[tuple[Seen, Look, dict[str, Any] | None]]:
    """The frames with their looks and states, read and seen ahead on the reader's thread."""
    ended = False

    def next_one() -> tuple[Seen, Look, dict[str, Any] | None] | None:
        nonlocal ended
        was_ended, ended = ended, True  # it stays True if the source fails
        frame = None if was_ended else read()
        if frame is None:
            return None
        ended = False
        look = look_at(frame)
        return eye.see(frame, look), look, eye.state() if remember(frame) else None

    waiting = deque(reader.submit(next_one) for _ in range(AHEAD))
    while (seen := waiting.popleft().result()) is not None:
        waiting.append(reader.submit(next_one))
        yield seen
