"""The crew: the number of threads that is the fastest beside the video, found by trying."""

import itertools

import pytest

from kaleidocam.live.crew import BLOCK, LONGEST_WAIT, Crew

GRID = (320, 180)


class Engine:
    """A backend that dreams by 2 threads or 1, and compiles for `compiling` turns when it is told to change."""

    def __init__(self, crews=(2, 1), compiling=0):
        self.crews, self.compiling, self.now, self.left, self.known = crews, compiling, crews[:1], 0, set(crews[:1])
        self.changes, self.lateness = 0, {}

    def work_with(self, threads):
        if threads not in self.known:
            self.known.add(threads)
            self.left = self.compiling
        self.changes += (threads,) != tuple(self.now)
        self.now = (threads,)
        return not self.left

    def late(self, seconds):
        """Of the video, by {threads: milliseconds, one after another}."""
        given = self.lateness.get(self.now[0], [20])
        return given.pop(0) if len(given) > 1 else given[0]

    def turn(self, seconds):
        """The seconds of a turn; {threads: seconds}. While it compiles, it goes on with the first."""
        at = self.crews[0] if self.left else self.now[0]
        self.left = max(0, self.left - 1)
        return seconds[at]


def play(crew, engine, seconds, turns, grid=GRID):
    for _ in range(turns):
        crew.turned(engine.turn(seconds), grid)


@pytest.mark.parametrize("seconds, best", [({2: 0.02, 1: 0.03}, 2), ({2: 0.1, 1: 0.03}, 1), ({2: 0.030, 1: 0.029}, 2)])
@pytest.mark.parametrize("compiling", [0, 40])
def test_the_faster_is_kept_and_a_small_lead_changes_nothing(seconds, best, compiling):
    engine = Engine(compiling=compiling)
    crew = Crew(lambda: engine, engine.late)
    play(crew, engine, seconds, 12 * BLOCK)
    assert crew.threads == best and engine.now == (best,)


@pytest.mark.parametrize(
    "lateness, seconds, best",
    [
        ({2: [32], 1: [21]}, {2: 0.020, 1: 0.024}, 1),  # the video is held up, for little
        ({2: [32], 1: [21]}, {2: 0.020, 1: 0.030}, 2),  # for much
        ({2: [90, 21], 1: [21]}, {2: 0.020, 1: 0.024}, 2),  # by chance
        ({2: [22], 1: [20]}, {2: 0.020, 1: 0.021}, 2),  # hardly
    ],
)
def test_frames_that_come_late_count_too(lateness, seconds, best):
    engine = Engine()
    engine.lateness = lateness
    crew = Crew(lambda: engine, engine.late)
    play(crew, engine, seconds, 9 * BLOCK)
    assert crew.threads == best


def test_of_several_numbers_the_fastest():
    engine = Engine((8, 7, 4))
    crew = Crew(lambda: engine, engine.late)
    play(crew, engine, {8: 0.05, 7: 0.02, 4: 0.03}, 16 * BLOCK)
    assert crew.threads == 7


@pytest.mark.parametrize("busy", [{2: 0.3, 1: 0.05}, {2: 0.06, 1: 0.05}])
def test_where_the_pace_falls_it_is_tried_again_and_where_it_rises_too(busy):
    quiet, engine = {2: 0.02, 1: 0.03}, Engine()
    crew = Crew(lambda: engine, engine.late)
    for _ in range(3):
        play(crew, engine, quiet, 40 * BLOCK)
        assert crew.threads == 2
        play(crew, engine, busy, 40 * BLOCK)
        assert crew.threads == 1


def test_a_steady_pace_is_left_in_peace():
    """Less than one turn in a hundred goes to trials, once all is known."""
    engine = Engine()
    crew = Crew(lambda: engine, engine.late)
    play(crew, engine, {2: 0.02, 1: 0.03}, 4 * LONGEST_WAIT * BLOCK)
    before, by_one = engine.changes, 0
    for _ in range(2 * LONGEST_WAIT * BLOCK):
        crew.turned(engine.turn({2: 0.02, 1: 0.03}), GRID)
        by_one += engine.now == (1,)
    assert engine.changes > before and by_one < 0.02 * 2 * LONGEST_WAIT * BLOCK


def test_another_grid_is_not_taken_for_another_pace():
    engine = Engine()
    crew = Crew(lambda: engine, engine.late)
    grids = itertools.cycle([((320, 180), {2: 0.02, 1: 0.03}), ((160, 90), {2: 0.005, 1: 0.0075})])
    for _, (grid, seconds) in zip(range(24), grids, strict=False):
        play(crew, engine, seconds, 3 * BLOCK // 2, grid)
    assert crew.threads in (None, 2)
    play(crew, engine, {2: 0.02, 1: 0.03}, 12 * BLOCK)
    assert crew.threads == 2


def test_a_backend_that_can_not_change_is_left_alone():
    engine = Engine(())
    crew = Crew(lambda: engine, engine.late)
    for _ in range(3 * BLOCK):
        crew.turned(0.02, GRID)
    assert engine.changes == 0 and crew.threads is None
