"""The film's one clock: every frame gets its exact steps, and two runs give the same frames.

Invariant: seeing, dreaming and finishing overlap on three threads, but each handles the frames one by one in order,
so the result does not depend on timing.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

from kaleidocam.filter import Dream, Eye, Glass, Seen
from kaleidocam.frame import Frame
from kaleidocam.settings import Look
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source

# Frames that may wait between two threads. The network is asked for some frames only, so the dream comes in bursts, and
# with one frame seen ahead it would then wait for the next. Few enough for 4K.
AHEAD = 3


def dream_film(
    source: Source,
    sinks: Sequence[Sink],
    *,
    eye: Eye,
    dream: Dream,
    look: Look,
    until: float | None = None,
    each: Callable[[Frame], None] = lambda frame: None,
) -> int:
    """Renders `source` into `sinks` to its end, or for `until` seconds of it; returns the number of frames.

    `each` is called on the calling thread with every frame that was dreamed. An interruption (KeyboardInterrupt)
    goes through after the frames already dreamed are written; sources and sinks stay open, for their owner to close.
    """
    glass, count, start = Glass(), 0, None
    with ExitStack() as threads:
        reader, writer = (threads.enter_context(ThreadPoolExecutor(1)) for _ in range(2))
        written: list[Future] = []
        threads.callback(lambda: [job.result() for job in written])  # runs first: what was dreamed is written
        for seen in _seen(source, eye, look, reader):
            start = seen.frame.seconds if start is None else start
            if until is not None and seen.frame.seconds - start >= until:
                break
            layer = dream.advance(seen, look)
            written.append(writer.submit(_finish, glass, seen, layer, look, sinks))
            while len(written) > AHEAD or (written and written[0].done()):
                written.pop(0).result()
            count += 1
            each(seen.frame)
    return count


def _seen(source: Source, eye: Eye, look: Look, reader: ThreadPoolExecutor) -> Iterator[Seen]:
    """The frames of `source`, read and seen ahead of time on the reader's thread."""
    ended = False

    def next_one() -> Seen | None:
        nonlocal ended
        before, ended = ended, True  # and it stays so where the source fails
        frame = None if before else source.read()
        ended = frame is None
        return None if ended else eye.see(frame, look)

    waiting = deque(reader.submit(next_one) for _ in range(AHEAD))
    while (seen := waiting.popleft().result()) is not None:
        waiting.append(reader.submit(next_one))
        yield seen


def _finish(glass: Glass, seen: Seen, layer, look: Look, sinks: Sequence[Sink]) -> None:
    finished = glass.show(seen, layer, look)
    for sink in sinks:
        sink.write(finished)
