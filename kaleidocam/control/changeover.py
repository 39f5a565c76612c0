"""How one whole look takes the place of another: now or on the beat, at once or in some seconds, and back again.

Invariant: whatever takes the place of a look is a step that can be undone.
"""

from collections.abc import Callable, Mapping
from functools import partial

from kaleidocam.control.board import Board
from kaleidocam.control.history import History, Step
from kaleidocam.control.quantizer import Quantizer
from kaleidocam.control.scene import Scene
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Performance

MESSAGE_SECONDS = 6.0  # that a line for the performer stays


class Changeover:
    """Plays the board by `clock`, in seconds; call it within a change (see `Changes.by`). `controls` say when and how
    fast."""

    def __init__(self, board: Board, clock: Callable[[], float]) -> None:
        self.board, self.clock = board, clock
        self.history, self.quantizer = History(), Quantizer()
        self.controls = Performance()
        self.by = ""  # who has begun what waits or glides
        self._make: Callable[[], Scene] = lambda: board.goal  # what makes the scene that waits
        self._message = ("", 0.0)  # a line, and until when it is shown

    @property
    def is_under_way(self) -> bool:
        """Whether time alone changes anything."""
        return self.board.gliding or self.quantizer.waiting is not None

    @property
    def coming(self) -> Scene:
        """The scene that waits; where none does, the one that is meant by now."""
        return self._make() if self.quantizer.waiting else self.board.goal

    def play(self, name: str, make: Callable[[], Scene], by: str, *, then: Callable[[], None] = lambda: None) -> None:
        """Plays the scene that `make` returns, as the controls say, and calls `then`. `name`: what it is, for people.
        UserError where it can't be played."""
        self.board.require(make().look)
        self.by, self._make = by, make
        begin = partial(self._begin, make, then)
        if not self.quantizer.waits(name, self.controls.when, begin):
            begin()

    def play_now(self, scene: Scene) -> None:
        """Plays a scene at once, whatever the controls say."""
        before = self.board.goal
        self.board.take(scene, self.clock())
        self.history.note_whole(before, scene)

    def turn(self, values: Mapping[str, object], by: str) -> None:
        """Sets some parameters by hand."""
        before, now = self.board.goal, self.clock()
        self.board.amend(before.with_values(values, by), values, now)
        self.history.note(before, self.board.goal, by, now)

    def undo(self) -> None:
        """Takes back what waits, or else the last step. UserError where there is nothing, or where it can't be."""
        if self.quantizer.waiting:
            self.quantizer.waiting = None
            return
        step = self.history.undo()
        self._turn(step, step.before)

    def redo(self) -> None:
        """Does again what was undone last; UserError as by `undo`."""
        step = self.history.redo()
        self._turn(step, step.after)

    def pass_time(self) -> None:
        """Begins what is due, and goes on with what is under way."""
        if begin := self.quantizer.due():
            try:
                begin()
            except UserError as error:  # who asked for it waits no more: the performer reads it
                self.say(str(error))
        self.board.pass_time(self.clock())

    def let_go(self) -> None:
        """Begins at once what waits."""
        waiting, self.quantizer.waiting = self.quantizer.waiting, None
        if waiting:
            waiting.begin()

    def say(self, line: str) -> None:
        """Shows a line to the performer for a while."""
        self._message = line, self.clock() + MESSAGE_SECONDS

    def notice(self) -> str | None:
        """What waits, or what was said last, while it stays."""
        line, until = self._message
        return str(self.quantizer.waiting or "") or (line if self.clock() < until else None)

    def _begin(self, make: Callable[[], Scene], then: Callable[[], None]) -> None:
        before = self.board.goal
        self.board.take(make(), self.clock(), self.controls.recall_seconds)
        self.history.note_whole(before, self.board.goal)
        then()

    def _turn(self, step: Step, end: Scene) -> None:
        try:
            if step.whole:
                self.board.take(end, self.clock())
            else:
                goal = self.board.goal
                self.board.amend(goal.taking(step.names, end), step.names, self.clock())
        except UserError as error:  # such as a grid that is too large by now; the steps beyond it can be reached
            self.history.drop(step)
            raise UserError(f"this step can't be played any more and is left out: {error}") from error
