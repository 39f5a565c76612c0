"""How many threads dream live, chosen by trying beside the video.

Invariant: it only chooses; neither the video thread nor a turn waits for it. What is chosen changes no number of the
dream.
"""

import math
from collections.abc import Callable, Generator
from typing import NamedTuple

from kaleidocam.dream.compute.backends.base import Backend

BLOCK = 12  # turns that are taken together: each scale of a look as often, whether it has one, two, three or four
ROUNDS = 2  # blocks of each number in a trial, by turns, because the load changes
TOO_SLOW = 1.5  # times the best block's time, at which a block is given up
BETTER = 1.05  # times as fast must another number be to be taken
# Where frames come so many times later than with another number, a turn counts as so many times as long: with
# another program on one of two cores, two threads dreamed 1.2 times as fast as one, and 95 % of frames took up to 32 ms
# instead of 21.
LATER, COST = 1.25, 1.3
CHANGED = 1.25  # by which a turn's time goes up or down before another trial
PATIENCE = 3  # blocks in a row that are so much slower or faster: a single one may be anything
FIRST_WAIT, LONGEST_WAIT = 8, 512  # blocks until the next trial anyway; doubled each time that one changed nothing

Grid = tuple[int, int]
"""Width and height, in pixels."""


class Turn(NamedTuple):
    """A turn of the dream, or the mean of some: how long it took, and at which grid."""

    seconds: float
    grid: Grid


class Crew:
    """Tries the numbers of threads between which a backend can change, by turns, and keeps the fastest that does not
    hold up the video: after the first turns, where the pace has changed, and now and then."""

    def __init__(self, backend: Callable[[], Backend], late: Callable[[float], float]) -> None:
        """`backend`: asked once, after the first turn. `late`: by how much the video's frames came late in the last so
        many seconds, in any unit."""
        self._backend, self._late = backend, late
        self.threads: int | None = None  # that were found the best; None: nothing was tried yet
        self._course = self._run()
        next(self._course)

    def turned(self, seconds: float, grid: Grid) -> None:
        """Told after each turn. On the dream's thread."""
        self._course.send(Turn(seconds, grid))

    def _run(self) -> Generator[None, Turn, None]:
        yield
        on = self._backend()
        while len(on.crews) < 2:
            yield
        self.threads, wait = on.crews[0], FIRST_WAIT
        while True:
            before, found = self.threads, (yield from self._trial(on))
            best = min(found, key=lambda threads: found[threads])
            if found[before] >= BETTER * found[best]:
                self.threads = best
            on.work_with(self.threads)
            wait = FIRST_WAIT if self.threads != before else min(2 * wait, LONGEST_WAIT)
            yield from self._stay(wait)

    def _trial(self, on: Backend) -> Generator[None, Turn, dict[int, float]]:
        """What a turn costs by each number of threads, in seconds."""
        found: dict[int, list[float]] = {threads: [] for threads in on.crews}
        late = dict.fromkeys(on.crews, math.inf)  # a single late frame may be anything: so the better block counts
        grid: Grid | None = None
        while any(len(blocks) < ROUNDS for blocks in found.values()):
            for threads, blocks in found.items():
                on.work_with(threads)
                yield from _block()  # asks for all that must be compiled
                while not on.work_with(threads):
                    yield
                best = min((min(other) for other in found.values() if other), default=math.inf)
                mean = yield from _block(TOO_SLOW * best)
                if mean.grid != grid:
                    grid = mean.grid
                    for other in found.values():
                        other.clear()
                blocks.append(mean.seconds)
                late[threads] = min(late[threads], self._late(BLOCK * mean.seconds))
        least = min(late.values())
        return {
            threads: sum(blocks) / len(blocks) * (COST if late[threads] > LATER * least else 1)
            for threads, blocks in found.items()
        }

    def _stay(self, wait: int) -> Generator[None, Turn, None]:
        """Until the pace has changed, or `wait` blocks are over."""
        usual, odd = (yield from _block()), 0
        for _ in range(wait):
            mean = yield from _block()
            if mean.grid != usual.grid:
                usual, odd = mean, 0
            changed = max(mean.seconds / usual.seconds, usual.seconds / mean.seconds) > CHANGED
            odd = odd + 1 if changed else 0
            if odd >= PATIENCE:
                return


def _block(most: float = math.inf) -> Generator[None, Turn, Turn]:
    """The mean of so many turns at one grid; of fewer where they can only take longer than `most` seconds each."""
    turns: list[float] = []
    grid: Grid | None = None
    while len(turns) < BLOCK and sum(turns) <= most * BLOCK:
        seconds, now = yield
        if now != grid:
            turns, grid = [], now
        turns.append(seconds)
    assert grid is not None  # there was a turn
    return Turn(sum(turns) / len(turns), grid)
