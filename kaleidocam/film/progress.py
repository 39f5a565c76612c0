"""The progress of a film, for a person at a terminal or for another program.

Invariant: it only reports; it never changes how a film is made.
"""

import json
import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection
from contextlib import contextmanager
from pathlib import Path

from kaleidocam.address import without_secrets_in
from kaleidocam.film.plan import Plan

EVERY = 0.5  # seconds between two lines of JSON
PACE_SECONDS = 15.0  # the pace is measured over this time


class Count:
    """Counts frames and measures their pace. `total`, `done`: frames of the film. Frames of pre-rolls count only for
    the pace."""

    def __init__(self, plan: Plan, done: int) -> None:
        self.total, self.done = plan.end - plan.first, done
        self._shots = [plan.seconds.index(at) for at in plan.shots]
        self._ends = [*self._shots[1:], plan.end]
        self.shot = 1
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), done)])

    @property
    def shots(self) -> int:
        return len(self._shots)

    def at(self, number: int) -> None:
        """Sets the shot: the frame `number` of the plan was just dreamed."""
        self.shot = max(1, bisect_right(self._shots, number))

    def missing(self, numbers: Collection[int]) -> None:
        """Sets the shot where several are rendered at once: the number of complete shots plus 1. `numbers`: the first
        frame of each unfinished piece."""
        complete = sum(
            not any(start <= number < end for number in numbers)
            for start, end in zip(self._shots, self._ends, strict=True)
        )
        self.shot = min(self.shots, complete + 1)

    def to(self, done: int) -> None:
        """Sets the number of frames that are done."""
        self.done, now = done, time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > PACE_SECONDS:
            self._marks.popleft()

    @property
    def fps(self) -> float:
        (start, done_then), (now, done) = self._marks[0], self._marks[-1]
        return (done - done_then) / (now - start) if now > start else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that remain at this pace; None: not known yet."""
        return (self.total - self.done) / self.fps if self.fps else None


@contextmanager
def counting(doing: str, total: int | None, event: str | None = None):
    """A progress bar on stderr for work without a plan; or, with `event`, lines of JSON of that event on stdout. Yields
    a function to call with the number of further items done."""
    if event:
        count, reported = 0, time.monotonic()

        def tell(more: int) -> None:
            nonlocal count, reported
            count += more
            if time.monotonic() - reported >= EVERY:
                reported = time.monotonic()
                line(event, frames=count, of=total)

        yield tell
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def for_people(count: Count, doing: str = "dreaming"):
    """A bar on stderr with frames, pace, shot and remaining time. Yields a function to call after each change."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Pace(ProgressColumn):
        def render(self, task) -> Text:
            return Text(f"{count.fps:.1f} fps")

    class Shot(ProgressColumn):
        def render(self, task) -> Text:
            return Text(f"shot {count.shot}/{count.shots}" if count.shots > 1 else "")

    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), Pace(), Shot(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(doing, total=count.total, completed=count.done)
        yield lambda: progress.update(task, completed=count.done)


@contextmanager
def for_programs(count: Count, folder: Path):
    """Lines of JSON on stdout, two a second at most. Yields a function to call after each change."""
    reported = 0.0

    def tell() -> None:
        nonlocal reported
        now = time.monotonic()
        if now - reported >= EVERY or count.done == count.total:
            reported = now
            line(
                "progress",
                frames=count.done,
                of=count.total,
                fps=round(count.fps, 2),
                shot=count.shot,
                shots=count.shots,
                seconds_left=None if count.left is None else round(count.left, 1),
                pieces=str(folder.absolute()),
            )

    tell()
    yield tell


@contextmanager
def for_calls(count: Count, called: Callable[[int, int], None]):
    """Calls `called` with the number of frames done and the total; shows nothing."""
    called(count.done, count.total)
    yield lambda: called(count.done, count.total)


def line(event: str, **facts: object) -> None:
    """Writes one line of JSON to stdout; no text in it, or in a row of texts, shows a secret of an address."""
    told = {name: _without_secrets(fact) for name, fact in facts.items()}
    sys.stdout.write(json.dumps({"event": event, **told}) + "\n")
    sys.stdout.flush()


def _without_secrets(fact: object) -> object:
    if isinstance(fact, (list, tuple)):
        return [_without_secrets(each) for each in fact]
    return without_secrets_in(fact) if isinstance(fact, str) else fact


Tell = Callable[[], None]
