"""The commands and controls with which whole looks are played: undo, snapshots, crossfader, surprise.

Invariant: no look is lost unasked: where a move of the crossfader leaves one that is kept nowhere, that is a step that
can be undone; its other moves are none.
"""

from collections.abc import Collection
from pathlib import Path
from random import Random
from typing import Any

from kaleidocam.control.changeover import Changeover
from kaleidocam.control.commands import CALLED, RECALL, SIDES, STORE
from kaleidocam.control.crossfader import Crossfader
from kaleidocam.control.scene import Scene
from kaleidocam.control.snapshots import Snapshots
from kaleidocam.control.surprise import surprise
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Look, Performance


class Instrument:
    """Call it within a change (see `Changes.by`). `snapshots`: the file in which they outlast the program; `seed`: of
    the surprises; None: others each time."""

    def __init__(self, changeover: Changeover, snapshots: Path | None = None, seed: int | None = None) -> None:
        self._changeover, self._board = changeover, changeover.board
        self._snapshots, self._crossfader = Snapshots(snapshots), Crossfader()
        self._crossed: Scene | None = None  # what the crossfader has made last
        self._random = Random(seed)
        self._locked: frozenset[str] = frozenset()

    def state(self) -> dict[str, Any]:
        """Everything that surfaces show of it."""
        waiting = self._changeover.quantizer.waiting
        return {
            "undo": self._changeover.history.undo_steps,
            "redo": self._changeover.history.redo_steps,
            **self._snapshots.about(),
            **dict(self._changeover.controls),
            "locked": sorted(self._locked),
            "waiting": str(waiting) if waiting else None,
        }

    def keeps(self, slot: str) -> bool:
        """Whether there is a look in one of commands.SLOTS."""
        return self._snapshots.scene(slot) is not None

    def notice(self) -> str | None:
        """A line for the performer: what waits, and what went wrong."""
        told, self._snapshots.told = self._snapshots.told, None
        if told:
            self._changeover.say(told)
        return self._changeover.notice()

    def command(self, name: str, by: str) -> None:
        """Carries out one of commands.LOOKS. UserError where it can't be."""
        if name == "undo":
            self._changeover.undo()
        elif name == "redo":
            self._changeover.redo()
        elif name == "surprise":
            self._surprise(by)
        elif name.startswith(STORE):
            self._snapshots.store(name.removeprefix(STORE), self._board.scene)
            self._stand(name.removeprefix(STORE))
        else:
            self._recall(name.removeprefix(RECALL), by)

    def rename(self, before: str, after: str) -> None:
        """A preset has another name from now on, in all that is played and kept."""
        self._board.goal = self._board.goal.renamed(before, after)
        self._crossed = self._crossed and self._crossed.renamed(before, after)
        self._changeover.history.rename(before, after)
        self._snapshots.rename(before, after)

    def close(self) -> str | None:
        """Waits until the snapshots are written; returns a line on what could not be."""
        return self._snapshots.close()

    def control(self, controls: Performance, touched: Collection[str], by: str) -> None:
        """Sets the controls of the performance, of which some were `touched`. UserError where the crossfader is to move
        and has nothing to blend."""
        before, there = self._changeover.controls, all(map(self.keeps, SIDES))
        moves = controls.crossfade != before.crossfade
        turns = controls.crossfade_as != before.crossfade_as and self._board.goal == self._crossed
        if moves or (there and (turns or "crossfade" in touched)):
            self._crossfade(controls, by)
        self._changeover.controls = controls
        if controls.when == "now":
            self._changeover.let_go()

    def lock(self, name: str, locked: bool, by: str) -> None:
        """Whether `surprise` leaves a parameter alone. UserError if there is none of that name."""
        if name not in Look.model_fields:
            raise UserError(f"{by}: no parameter '{name}'{nearest(name, Look.model_fields)}")
        self._locked = self._locked | {name} if locked else self._locked - {name}

    def _crossfade(self, controls: Performance, by: str) -> None:
        a, b = (self._kept(side, f"{by}: the crossfader needs A and B; {side.upper()}") for side in SIDES)
        scene, before = self._crossfader.blend(a, b, controls.crossfade, controls.crossfade_as), self._board.goal
        if before == self._crossed or self._snapshots.holds(before):
            self._board.take(scene, self._changeover.clock())
            self._changeover.history.go_on(before, scene)
        else:
            self._changeover.play_now(scene)
        self._crossed = scene

    def _recall(self, slot: str, by: str) -> None:
        kept = self._kept(slot, f"{by}: {CALLED[slot]}")
        self._changeover.play(CALLED[slot], lambda: kept, by, then=lambda: self._stand(slot))

    def _kept(self, slot: str, called: str) -> Scene:
        kept = self._snapshots.scene(slot)
        if kept is None:
            raise UserError(f"{called} is empty: {STORE}{slot} keeps the look there")
        return kept

    def _stand(self, slot: str) -> None:
        """Where A or B is what is played now, the crossfader stands there."""
        if slot in SIDES:
            controls = self._changeover.controls
            self._changeover.controls = controls.model_copy(update={"crossfade": float(SIDES.index(slot))})

    def _surprise(self, by: str) -> None:
        seed = self._random.random()  # the same look when it is asked for and when it begins

        def make() -> Scene:
            goal = self._board.goal
            return goal.with_values(surprise(goal.look, goal.preset, self._locked, Random(seed), self._can_play), by)

        self._changeover.play("a surprise", make, by)

    def _can_play(self, look: Look) -> bool:
        try:
            self._board.require(look)
        except UserError:
            return False
        return True
