"""How much to dream live, so that the video holds its pace on any machine.

Invariant: it only chooses among rungs that are ready to run; nothing is built, traced or waited for when it does.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kaleidocam.live.meter import Reading
from kaleidocam.picture.grid import of_area
from kaleidocam.settings.parameters import AUTO, QUALITIES, SMALLEST_GRID

LEAST_AREA = 170 * 96  # pixels of `least`: at 16:9 the network sees no fewer
# Of a side of the look's grid, below which `least` does not go: five rungs to a smaller one would lie so far apart that
# a machine that is a little too slow for one dreamed at a third of its pixels.
LEAST_SCALE = 0.22
REST = 2.0  # turns' time for which the dream of the lowest rung sleeps after each turn
LEAST_STEPS = 20.0  # dream steps a second: with fewer, each is so large that the dream grows coarse and jerks
ROOM = 1.25  # times that many must be expected of a finer grid before it is tried
CALM_LATENCY = 0.8  # of a frame's time: above it there is no room for more
TOO_MANY_DROPPED = 0.03  # of the frames: one in a second may be anything
FAR_TOO_MANY = 0.2  # of the frames: no waiting then
PATIENCE = 3  # looks in a row at a video that falls behind: one stall, which no grid prevents, makes fewer
PERIOD, SETTLING = 1.0, 2.5  # seconds between two looks at the figures, and after a change until they are its own
VIDEO_SHARE = 1.7  # how much longer a step takes beside a live video on two cores (measured: 1.6 to 1.8)
FIRST = "medium"  # the rung that is made ready first, and tells by its pace which one is right
FIRST_WAIT, LONGEST_WAIT = 6.0, 180.0  # seconds of calm before a finer grid is tried; doubled each time it failed
NEAR = 1  # rungs from the present one that are made ready; all would take memory that few performances need


@dataclass(frozen=True)
class Rung:
    """`name` as `--quality` has it; `grid` (width, height) in pixels; `rest` after each turn, in turns."""

    name: str
    grid: tuple[int, int]
    rest: float = 0.0

    @property
    def area(self) -> int:
        return self.grid[0] * self.grid[1]

    @property
    def work(self) -> float:
        """How much it asks of the machine, in pixels at full pace."""
        return self.area / (1 + self.rest)

    def __str__(self) -> str:
        return f"{self.name} ({self.grid[0]}x{self.grid[1]}{', resting' if self.rest else ''})"


def ladder(grid: tuple[int, int]) -> tuple[Rung, ...]:
    """The rungs for a look's `grid`, best first: one for each of QUALITIES, in its shape and even steps of scale, and
    the last once more, resting. No side is under SMALLEST_GRID, so that on a small grid several are alike."""
    least = max(math.sqrt(LEAST_AREA / math.prod(grid)), SMALLEST_GRID / min(grid), LEAST_SCALE)
    areas = [math.prod(grid) * least ** (2 * i / (len(QUALITIES) - 1)) for i in range(1, len(QUALITIES))]
    grids = [grid, *(of_area(grid, area) if least < 1 else grid for area in areas)]
    rungs = [Rung(name, size) for name, size in zip(QUALITIES, grids, strict=True)]
    return (*rungs, Rung(QUALITIES[-1], rungs[-1].grid, REST))


def rung_of(rungs: Sequence[Rung], quality: str) -> int:
    """Which of the rungs `--quality` means by one of QUALITIES: of two of that name, the one that asks less of the
    machine."""
    return max(i for i, rung in enumerate(rungs) if rung.name == quality)


class Governor:
    """Steps down when the video falls behind or the dream gets too few steps, and up again when there is room.

    Call `judge` after every frame, where it is `due`. State: the rung, and what happened since it was chosen.
    `ready`: asked whether a rung may be chosen; set it where rungs must be made ready. Pinned to a rung that is not
    ready, it stays on another until `settle` finds that it is.
    """

    def __init__(self, rungs: Sequence[Rung], fps: float, start: int, *, pinned: bool = False) -> None:
        """`fps`: the pace to hold; `start`: which rung to begin on; `pinned`: and to stay on."""
        self._rungs, self._interval, self._at = rungs, 1 / fps, start
        self._pin = start if pinned else None  # the rung to be on
        self._started = self._begun = False
        self.ready: Callable[[Rung], bool] = lambda rung: True
        self._next: float | None = None
        self._calm_since = self._raised = float("-inf")
        self._wait, self._dropped, self._late = FIRST_WAIT, 0, 0

    @property
    def rung(self) -> Rung:
        return self._rungs[self._at]

    @property
    def best(self) -> tuple[int, int]:
        """The grid of the look that the rungs were made for."""
        return self._rungs[0].grid

    @property
    def rungs(self) -> Sequence[Rung]:
        """Those that it may choose, best first."""
        return self._rungs if self._pin is None else [self._rungs[self._pin]]

    @property
    def near(self) -> Sequence[Rung]:
        """Those of its `rungs` that it may choose next, and the present one."""
        return near_to(self.rungs, self.at)

    @property
    def begun(self) -> bool:
        """Whether it looks at figures yet."""
        return self._begun

    def begin(self, dropped: int, now: float) -> None:
        """Looks at figures from `now` on; the `dropped` frames until then were not the dream's."""
        self._begun, self._dropped, self._next = True, dropped, now + SETTLING
        self._calm_since = now

    @property
    def at(self) -> int:
        """Which of its `rungs` it is on."""
        return self._at if self._pin is None else 0

    @property
    def waiting(self) -> bool:
        """Whether it has neither begun where it should nor chosen a rung itself."""
        return not self._started and self._pin is None

    def aim(self, seconds: float, growth: float) -> int:
        """Which of its `rungs` to begin on, where a step took `seconds` on this one beside the video, and grows with
        the power `growth` of its pixels."""
        expected = [seconds * (rung.area / self.rung.area) ** growth for rung in self.rungs]
        return first_rung(self.rungs, expected, share=1.0)

    def start_on(self, at: int) -> None:
        """Begins on that one of its `rungs`; nothing where it has chosen one itself. Any thread."""
        if self.waiting:
            self._started, self._at = True, at
            self._begun = False  # the figures so far were another's

    def take_ladder(self, rungs: Sequence[Rung]) -> None:
        """Goes over to the rungs of another look, on the one of the same name."""
        self._rungs = rungs

    def hold(self, fps: float) -> None:
        """Another pace to hold."""
        self._interval = 1 / fps

    @property
    def asked(self) -> str:
        """What was asked for, as `--quality` has it."""
        return AUTO if self._pin is None else self._rungs[self._pin].name

    def ask(self, quality: str) -> None:
        """Stays on the rung that `--quality` means by one of QUALITIES, as soon as it is ready; or, by AUTO, chooses
        itself again, from the present rung on. The caller has checked the name."""
        self._started = True
        if quality == AUTO:
            self._pin, self._begun = None, False  # what was dropped until now was not its doing
        else:
            self._pin = rung_of(self._rungs, quality)
            self.settle()

    def settle(self) -> None:
        """Goes to the rung that was asked for, where it is ready by now."""
        if self._pin is not None and self._at != self._pin and self.ready(self._rungs[self._pin]):
            self._at = self._pin

    def __str__(self) -> str:
        return f"quality {self.rung}" + (", chosen" if self._pin is None else "")

    def due(self, now: float) -> bool:
        """Whether `judge` wants figures at `now`, in seconds of any clock that does not jump."""
        if self._next is None:
            self._next = self._calm_since = now
            self._next += SETTLING
        return self._pin is None and now >= self._next

    def calm(self, reading: Reading) -> bool:
        """Whether the video has time to spare."""
        return reading.latency_p95_ms <= CALM_LATENCY * self._interval * 1000

    def judge(self, reading: Reading, now: float) -> bool:
        """Looks at the figures, once `due`; True where the rung has changed."""
        dropped, self._dropped = reading.dropped - self._dropped, reading.dropped
        expected, limit = PERIOD / self._interval, 1000 * self._interval
        late = dropped > max(1, TOO_MANY_DROPPED * expected) or reading.latency_p95_ms > limit
        far_behind = dropped > FAR_TOO_MANY * expected or reading.latency_ms > limit
        self._late = self._late + 1 if late else 0
        before, self._next = self._at, now + PERIOD
        if self._late >= PATIENCE or far_behind or self._starved(reading):
            self._lower(now)
            self._late = 0
        if late or self._at != before:
            self._calm_since = now
        elif now - self._calm_since >= self._wait and self._room(reading) and (above := self._above()) is not None:
            self._at = above
            self._raised = self._calm_since = now
        if self._at != before:
            self._started, self._next = True, now + SETTLING
        return self._at != before

    def _starved(self, reading: Reading) -> bool:
        return reading.steps < LEAST_STEPS and any(r.area < self.rung.area for r in self._rungs[self._at + 1 :])

    def _lower(self, now: float) -> None:
        if now - self._raised < 2 * self._wait:
            self._wait = min(2 * self._wait, LONGEST_WAIT)  # the last try was too much: try less often
        here = self.rung
        below = range(self._at + 1, len(self._rungs))
        lower = (i for i in below if self._rungs[i].work < here.work and self.ready(self._rungs[i]))
        self._at = next(lower, self._at)

    def _above(self) -> int | None:
        """The next rung up that is more work than this one."""
        return next((i for i in reversed(range(self._at)) if self._rungs[i].work > self.rung.work), None)

    def _room(self, reading: Reading) -> bool:
        above = self._above()
        if above is None or not self.ready(self._rungs[above]) or not self.calm(reading):
            return False
        if self.rung.rest:
            return True
        return reading.steps * self.rung.area / self._rungs[above].area >= ROOM * LEAST_STEPS


def near_to(rungs: Sequence[Rung], at: int) -> list[Rung]:
    """Those near number `at`, which comes first, and then the nearest."""
    return [rungs[i] for i in sorted(range(len(rungs)), key=lambda i: abs(i - at)) if abs(i - at) <= NEAR]


def first_rung(rungs: Sequence[Rung], seconds: Sequence[float], share: float = VIDEO_SHARE) -> int:
    """Where to begin, `seconds` being what a step took on each rung: the finest that will have steps enough once each
    takes `share` times as long, or else the last that does not rest; where all rest, as the one asked for, the last."""
    awake = [i for i, rung in enumerate(rungs) if not rung.rest] or [len(rungs) - 1]
    return next((i for i in awake if 1 / seconds[i] >= share * LEAST_STEPS), awake[-1])
