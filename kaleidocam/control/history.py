"""The steps by which the look has changed, back and forth.

Invariant: a step that is undone and done again ends where it was; a new one ends what could be done again. The newest
STEPS are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kaleidocam.control.scene import Scene
from kaleidocam.errors import UserError

STEPS = 200
JOIN_SECONDS = 1.0  # between two changes of a parameter by the same surface that are one movement of the hand


@dataclass(frozen=True)
class Step:
    """A change from `before` to `after` of the parameters `names` by a surface, last at `at` seconds; or of the `whole`
    scene."""

    names: frozenset[str]
    before: Scene
    after: Scene
    by: str = ""
    at: float = 0.0
    whole: bool = False


class History:
    """Call it under the desk's lock."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def undo_steps(self) -> int:
        return len(self._done)

    @property
    def redo_steps(self) -> int:
        return len(self._undone)

    def note(self, before: Scene, after: Scene, by: str, at: float) -> None:
        """A hand has changed some parameters, at `at` seconds. A slider that is dragged, or two of a pad, are one
        step."""
        names = before.differing(after)
        if names:
            self._add(Step(names, before, after, by, at))

    def note_whole(self, before: Scene, after: Scene) -> None:
        """Another look has taken the place of the one before."""
        if before.look != after.look:
            self._add(Step(before.differing(after), before, after, whole=True))

    def go_on(self, before: Scene, after: Scene) -> None:
        """The last step, where it ended at `before`, ends at `after`: the crossfader has moved on."""
        if self._done and self._done[-1].whole and self._done[-1].after == before:
            self._done[-1] = replace(self._done[-1], after=after)

    def undo(self) -> Step:
        """Takes back the last step; it is the caller's to play what was before it. UserError where there is none."""
        return self._turn(self._done, self._undone, "undo")

    def redo(self) -> Step:
        """The step that was taken back last; it is the caller's to play what was after it. UserError where there is
        none."""
        return self._turn(self._undone, self._done, "redo")

    def rename(self, before: str, after: str) -> None:
        """A preset has another name from now on."""
        for steps in (self._done, self._undone):
            steps[:] = [
                replace(step, before=step.before.renamed(before, after), after=step.after.renamed(before, after))
                for step in steps
            ]

    def drop(self, step: Step) -> None:
        """Forgets a step that can't be played any more."""
        self._done = [other for other in self._done if other is not step]
        self._undone = [other for other in self._undone if other is not step]

    @staticmethod
    def _turn(steps: list[Step], others: list[Step], what: str) -> Step:
        if not steps:
            raise UserError(f"there is nothing to {what}")
        others.append(steps.pop())
        return others[-1]

    def _add(self, step: Step) -> None:
        first = self._gesture(step)
        if first is not None:
            own = [other for other in self._done[first:] if other.by == step.by]
            rest = [other for other in self._done[first:] if other.by != step.by]
            whole = _joined([*own, step])
            self._done[first:] = [whole, *rest] if whole.names & whole.before.differing(whole.after) else rest
        else:
            self._done.append(step)
        del self._done[:-STEPS]
        self._undone.clear()

    def _gesture(self, step: Step) -> int | None:
        """Where the movement of the hand began that this step goes on with: at the oldest step of the last moment by
        the same surface that has one of its parameters, where no other surface has changed the same ones since."""
        first, others = None, frozenset[str]()
        for at in range(len(self._done) - 1, -1, -1):
            other = self._done[at]
            if step.whole or other.whole or step.at - other.at > JOIN_SECONDS:
                break
            if other.by != step.by:
                others |= other.names
            elif others & (other.names | step.names):
                break
            elif other.names & step.names:
                first = at
        return first


def _joined(steps: Sequence[Step]) -> Step:
    """Steps one after another as one."""
    whole = steps[0]
    for step in steps[1:]:
        before = whole.before.taking(step.names - whole.names, step.before)
        whole = replace(step, names=whole.names | step.names, before=before)
    return whole
