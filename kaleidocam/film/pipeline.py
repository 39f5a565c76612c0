"""The film's one clock: every frame gets its exact steps, and two runs give the same frames.

Invariant: seeing, dreaming and finishing overlap on three threads, but each handles the frames one by one in order,
so the result does not depend on timing.
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

# Frames that may wait between two threads. The network is asked for some frames only, so the dream comes in bursts, and
# with one frame seen ahead it would then wait for the next. Few enough for 4K.
AHEAD = 3


class Seeing(Protocol):
    """An `Eye`, or what stands for one."""

    def see(self, frame: Frame, look: Look) -> Seen: ...

    def state(self) -> dict[str, Any]: ...


class Advancing(Protocol):
    """A `Dream`, or what stands for one."""

    def advance(self, seen: Seen, look: Look) -> np.ndarray: ...

    def state(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Dreamed:
    """A frame with its dream `layer`, (h, w, 3) float32 RGB. `state`: of eye and dream after it, where it was asked
    for."""

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
    """Dreams every frame that `read` gives until None, each with the look of its moment; returns their number.

    `finish` gets them in order on a thread of its own, `read` and `look_at` are called ahead on another; `each` is
    called here with every frame that was dreamed. `remember`: whether the state after a frame is wanted. An
    interruption (KeyboardInterrupt) goes through after the frames already dreamed are finished.
    """
    count, read, finish = 0, _Ending(read), _Ending(finish)
    with ExitStack() as threads:
        threads.callback(read.end)
        threads.callback(finish.end)
        reader, writer = (threads.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        written: list[Future] = []
        threads.callback(lambda: [job.result() for job in written])  # runs first: what was dreamed is written
        for seen, look, state in _seen(read, eye, look_at, remember, reader):
            layer = dream.advance(seen, look)
            state = None if state is None else {"eye": state, "dream": dream.state()}
            written.append(writer.submit(finish, Dreamed(seen, look, layer, state)))
            while len(written) > AHEAD or (written and written[0].done()):
                written.pop(0).result()
            count += 1
            each(seen.frame)
    return count


class _Ending:
    """A call on another thread that is over once `end` has returned, and made no more. A pool does not promise that:
    where an interruption comes while it starts its thread, it does not wait for that one."""

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
    """The frames, read and seen ahead of time on the reader's thread."""
    ended = False

    def next_one() -> tuple[Seen, Look, dict[str, Any] | None] | None:
        nonlocal ended
        before, ended = ended, True  # and it stays so where the source fails
        frame = None if before else read()
        if frame is None:
            return None
        ended = False
        look = look_at(frame)
        return eye.see(frame, look), look, eye.state() if remember(frame) else None

    waiting = deque(reader.submit(next_one) for _ in range(AHEAD))
    while (seen := waiting.popleft().result()) is not None:
        waiting.append(reader.submit(next_one))
        yield seen
