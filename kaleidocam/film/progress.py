"""How far a film is, for a person at a terminal or for another program.

Invariant: it only tells; whatever goes wrong with telling, a film is made all the same.
"""

import json
import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection
from contextlib import contextmanager
from pathlib import Path

from kaleidocam.film.plan import Plan

EVERY = 0.5  # seconds between two lines of JSON
PACE_SECONDS = 15.0  # over which the pace is taken


class Count:
    """Counts frames and takes their pace. `total`, `done`: frames of the film; those of pre-rolls count for the pace
    alone."""

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
        """The frame of that number in the plan was dreamed."""
        self.shot = max(1, bisect_right(self._shots, number))

    def missing(self, numbers: Collection[int]) -> None:
        """Where several shots are rendered at once: the frames of these numbers are not finished, of pieces the first.
        The shot is one more than are whole."""
        whole = sum(
            not any(start <= number < end for number in numbers)
            for start, end in zip(self._shots, self._ends, strict=True)
        )
        self.shot = min(self.shots, whole + 1)

    def to(self, done: int) -> None:
        """So many frames are done."""
        self.done, now = done, time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > PACE_SECONDS:
            self._marks.popleft()

    @property
    def fps(self) -> float:
        (start, before), (now, done) = self._marks[0], self._marks[-1]
        return (done - before) / (now - start) if now > start else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that are left at this pace; None: not known yet."""
        return (self.total - self.done) / self.fps if self.fps else None


@contextmanager
def counting(doing: str, total: int | None, event: str | None = None):
    """A bar for work that only counts, on stderr, or lines of JSON of that `event` on stdout; yields what to call with
    how many more are done."""
    if event:
        count, told = 0, time.monotonic()

        def tell(more: int) -> None:
            nonlocal count, told
            count += more
            if time.monotonic() - told >= EVERY:
                told = time.monotonic()
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
    """A bar with frames, pace, shot and time left, on stderr; yields what to call when something has changed."""
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
    """A line of JSON on stdout whenever something has changed, twice a second at most."""
    told = 0.0

    def tell() -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= EVERY or count.done == count.total:
            told = now
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
    """Calls `called` with the frames that are done and their total, and shows nothing."""
    called(count.done, count.total)
    yield lambda: called(count.done, count.total)


def line(event: str, **facts: object) -> None:
    """One line of JSON on stdout."""
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


Tell = Callable[[], None]
