"""The governor: down when the machine can't follow, up again when there is room, never back and forth."""

from itertools import pairwise

import pytest

from kaleidocam.live.governor import (
    FIRST_WAIT,
    LEAST_STEPS,
    SETTLING,
    VIDEO_SHARE,
    Governor,
    Rung,
    first_rung,
    ladder,
    rung_of,
)
from kaleidocam.live.meter import Reading
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import QUALITIES, SMALLEST_GRID, Look

FPS = 30.0
RUNGS = ladder((640, 360))
DOWN = [*QUALITIES, QUALITIES[-1]]  # the last rung is the one before, resting


class Machine:
    """A computer that takes a step in `step` seconds at the full grid, less with its area, and so many times that
    long while `load` lasts; watched by a governor for `seconds`."""

    def __init__(self, step, governor):
        self.step, self.governor, self.now, self.dropped = step, governor, 0.0, 0
        self.history = [governor.rung.name]

    def run(self, seconds, late=lambda rung: False):
        until = self.now + seconds
        while self.now < until:
            self.now += 1 / FPS
            rung, behind = self.governor.rung, late(self.governor.rung)
            self.dropped += behind
            steps = 1 / (self.step * rung.area / RUNGS[0].area) / (1 + rung.rest)
            reading = Reading(FPS, 15, 50 if behind else 20, steps, self.dropped)
            if self.governor.due(self.now) and self.governor.judge(reading, self.now):
                self.history.append(self.governor.rung.name)


def test_the_ladder_goes_down_in_even_steps_of_the_same_shape():
    assert [rung.name for rung in RUNGS] == DOWN
    assert all(above.work > rung.work for above, rung in pairwise(RUNGS))
    for above, rung in pairwise(RUNGS[:-1]):
        assert rung.grid[0] % 2 == rung.grid[1] % 2 == 0 and not rung.rest
        assert rung.grid[0] / rung.grid[1] == pytest.approx(640 / 360, rel=0.02)
        assert rung.area / above.area == pytest.approx(RUNGS[1].area / RUNGS[0].area, rel=0.03)
    assert RUNGS[-1].grid == RUNGS[-2].grid and RUNGS[-1].rest


@pytest.mark.parametrize(
    "size", [(640, 360), (1280, 720), (1920, 1080), (1080, 1920), (640, 480), (1000, 1000), (4000, 1000)]
)
def test_the_ladder_reaches_down_to_what_a_slow_machine_can_dream(size):
    rungs = ladder(grid_of(Look(), size))
    for rung in rungs:
        assert rung.grid[0] / rung.grid[1] == pytest.approx(size[0] / size[1], rel=0.02)
    assert rungs[-1].area <= 176 * 100 * 1.05 or min(rungs[-1].grid) == SMALLEST_GRID
    assert all(rung.area > 0.4 * above.area for above, rung in pairwise(rungs))


@pytest.mark.parametrize("grid", [(96, 96), (160, 96), (320, 180), (1920, 1080), (100, 400), (97, 301)])
def test_no_rung_is_smaller_than_the_network_can_see(grid):
    rungs = ladder(grid)
    assert len(rungs) == len(RUNGS)
    assert rungs[0].grid == grid and all(min(rung.grid) >= SMALLEST_GRID for rung in rungs)


def test_a_quick_machine_stays_on_the_best():
    machine = Machine(0.02, Governor(RUNGS, FPS, 0))
    machine.run(600)
    assert machine.history == ["best"]


def test_too_few_steps_bring_the_grid_down_until_there_are_enough():
    machine = Machine(0.12, Governor(RUNGS, FPS, 0))
    machine.run(60)
    assert machine.governor.rung.name == "medium"
    assert 1 / (0.12 * machine.governor.rung.area / RUNGS[0].area) >= LEAST_STEPS
    assert 1 / (0.12 * RUNGS[1].area / RUNGS[0].area) < LEAST_STEPS


def test_a_video_that_falls_behind_brings_it_down_to_the_last_rung():
    machine = Machine(0.02, Governor(RUNGS, FPS, 0))
    machine.run(30, late=lambda rung: True)
    assert machine.history == DOWN and machine.governor.rung.rest
    machine.run(30, late=lambda rung: True)  # and there it stays
    assert machine.history == DOWN


def watched(governor, readings):
    """The rungs after each of so many looks, one a second; a reading is (dropped, latency, its 95 %)."""
    now, dropped, rungs = 0.0, 0, []
    governor.due(now)
    for more, latency, latest in readings:
        now, dropped = now + SETTLING, dropped + more
        assert governor.due(now)
        governor.judge(Reading(FPS, latency, latest, 25.0, dropped), now)
        rungs.append(governor.rung.name)
    return rungs


def test_one_stall_is_nothing_to_give_quality_up_for():
    assert watched(Governor(RUNGS, FPS, 0), [(0, 15, 20), (5, 15, 80), (0, 15, 80), (0, 15, 20)]) == ["best"] * 4


def test_falling_behind_a_little_all_the_time_is():
    assert watched(Governor(RUNGS, FPS, 0), [(2, 15, 20)] * 4) == ["best", "best", "high", "high"]


def test_falling_far_behind_is_at_once():
    assert watched(Governor(RUNGS, FPS, 0), [(9, 15, 20)]) == ["high"]
    assert watched(Governor(RUNGS, FPS, 0), [(0, 40, 60)]) == ["high"]


def test_it_comes_back_when_the_load_is_gone():
    machine = Machine(0.02, Governor(RUNGS, FPS, 0))
    machine.run(9, late=lambda rung: rung.name in ("best", "high"))
    assert machine.governor.rung.name == "medium"
    machine.run(8 * FIRST_WAIT)
    assert machine.governor.rung.name == "best"


def test_it_does_not_hunt():
    """A rung that is too much again and again is tried less and less often."""
    machine = Machine(0.02, Governor(RUNGS, FPS, 0))
    machine.run(1800, late=lambda rung: rung.name == "best")
    assert machine.history.count("best") < 16
    later = len(machine.history)
    machine.run(1800, late=lambda rung: rung.name == "best")
    assert len(machine.history) - later <= 24


def test_slow_steps_rest_nowhere():
    """Resting gives no more steps: only a video that falls behind asks for it."""
    machine = Machine(1.0, Governor(RUNGS, FPS, 0))
    machine.run(120)
    assert machine.governor.rung == RUNGS[-2]


def test_pinned_it_stays():
    machine = Machine(1.0, Governor(RUNGS, FPS, 1, pinned=True))
    machine.run(60, late=lambda rung: True)
    assert machine.history == ["high"] and str(machine.governor) == "quality high (458x258)"


def test_where_it_begins():
    enough = 1 / (VIDEO_SHARE * LEAST_STEPS)
    assert first_rung(RUNGS, [0.01] * 6) == 0
    assert first_rung(RUNGS, [0.2, 0.1, enough, 0.02, 0.01, 0.01]) == 2
    assert first_rung(RUNGS, [0.2, 0.1, 1.01 * enough, 0.02, 0.01, 0.01]) == 3
    assert first_rung(RUNGS, [2.0] * 6) == 4
    assert first_rung(RUNGS[-1:], [2.0]) == first_rung(RUNGS[-1:], [0.01]) == 0  # pinned to the one that rests


def test_pinned_to_the_least_it_begins_there():
    governor = Governor(RUNGS, 30.0, rung_of(RUNGS, "least"), pinned=True)
    assert governor.aim(2.0, 1.0) == 0 and governor.rung is RUNGS[-1]


def test_one_pace_tells_where_to_begin():
    """`growth`: how a step's time grows with its pixels."""
    governor = Governor(RUNGS, FPS, 2)
    enough = 1 / LEAST_STEPS
    assert governor.aim(0.99 * enough, 1.0) == 2
    assert governor.aim(0.99 * enough * RUNGS[2].area / RUNGS[1].area, 1.0) == 1
    assert governor.aim(0.99 * enough * (RUNGS[2].area / RUNGS[0].area) ** 0.7, 0.7) == 0
    assert governor.aim(2.0, 1.0) == 4


def test_it_begins_where_it_is_told_unless_it_has_chosen_itself():
    governor = Governor(RUNGS, FPS, 2)
    governor.begin(0, 0.0)
    governor.start_on(0)
    assert governor.rung.name == "best" and not governor.begun  # the figures so far were another rung's
    governor.start_on(3)
    assert governor.rung.name == "best"
    slow = Governor(RUNGS, FPS, 2)
    slow.begin(0, 0.0)
    slow.judge(Reading(FPS, 15, 20, 5.0, 0), SETTLING)
    slow.start_on(0)
    assert slow.rung.name == "low"


def test_frames_dropped_before_the_dream_was_there_are_not_its_fault():
    governor = Governor(RUNGS, FPS, 0)
    governor.begin(40, 0.0)
    assert not governor.due(SETTLING - 0.1) and governor.due(SETTLING)
    assert not governor.judge(Reading(FPS, 15, 20, 25.0, 40), SETTLING)
    assert governor.judge(Reading(FPS, 15, 20, 25.0, 80), SETTLING + 1)


def test_it_goes_only_where_it_is_ready():
    machine = Machine(0.02, Governor(RUNGS, FPS, 1))
    machine.governor.ready = lambda rung: rung.name in ("high", "low")
    machine.run(60)
    assert machine.history == ["high"]
    machine.run(4, late=lambda rung: True)
    assert machine.history == ["high", "low"]
    machine.governor.ready = lambda rung: rung.name != "least"
    machine.run(30, late=lambda rung: True)
    assert machine.history == ["high", "low"]


def test_what_quality_means():
    """Who asks for the least gets the rung that asks least of the machine."""
    assert [rung_of(RUNGS, quality) for quality in QUALITIES] == [0, 1, 2, 3, 5]
    assert str(RUNGS[rung_of(RUNGS, "least")]) == "least (170x96, resting)"


def test_another_shape_leaves_it_where_it_was():
    governor = Governor(RUNGS, FPS, 2)
    governor.take_ladder(ladder((360, 640)))
    assert governor.best == (360, 640) and str(governor) == "quality medium (186x330), chosen"


def test_rungs_that_are_alike_are_passed_over():
    rungs = (Rung("best", (100, 100)), Rung("high", (100, 100)), Rung("low", (100, 100)), Rung("least", (100, 100), 2))
    machine = Machine(0.001, Governor(rungs, FPS, 0))
    machine.run(6, late=lambda rung: True)
    assert machine.history == ["best", "least"]
    machine.run(30)
    assert machine.history == ["best", "least", "low"]


def test_another_quality_is_taken_at_once_and_let_go_again():
    machine = Machine(0.02, Governor(RUNGS, FPS, rung_of(RUNGS, "medium")))
    governor = machine.governor
    assert governor.asked == "auto" and str(governor).endswith(", chosen")
    for quality in QUALITIES:
        governor.ask(quality)
        assert governor.rung == RUNGS[rung_of(RUNGS, quality)] and governor.asked == quality
        assert str(governor) == f"quality {governor.rung}" and list(governor.rungs) == [governor.rung]
        machine.run(20, late=lambda rung: True)  # however it goes
        assert governor.rung.name == quality
    governor.ask("auto")
    assert governor.rung.name == "least" and governor.asked == "auto"
    governor.begin(machine.dropped, machine.now)
    machine.run(120)
    assert governor.rung.name != "least"  # it chooses again


def test_a_quality_that_is_not_ready_is_waited_for():
    """Where each size is compiled: until then the dream goes on where it is, and that rung is what is prepared."""
    ready = set(RUNGS[2:3])
    governor = Governor(RUNGS, FPS, 2)
    governor.ready = ready.__contains__
    governor.ask("best")
    governor.settle()
    assert governor.rung == RUNGS[2] and list(governor.near) == [RUNGS[0]] and governor.asked == "best"
    ready.add(RUNGS[0])
    governor.settle()
    assert governor.rung == RUNGS[0]


def test_what_was_dropped_before_it_chooses_again_does_not_count():
    governor = Governor(RUNGS, FPS, 0, pinned=True)
    governor.ask("auto")
    assert not governor.begun and not governor.waiting
    governor.begin(1000, 50.0)
    reading = Reading(FPS, 15, 20, 2 * LEAST_STEPS, 1000)
    assert not governor.judge(reading, 50.0 + SETTLING) and governor.rung == RUNGS[0]
