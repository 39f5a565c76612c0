"""Keeps a performance so that it can be rendered again: the untouched source as a film, and the score beside it.

Invariant: the score holds what was dreamed, frame by frame: hands, beat, sound and bypass alike; and recording never
holds up or ends the show.
"""

from pathlib import Path
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control.growing_score import GrowingScore
from kaleidocam.errors import UserError, one_line, shown
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.values import as_toml
from kaleidocam.sinks.base import Sink

HEAD = """# A kaleidocam score: what was played over {film}, in seconds from its first frame.
# The first change is the whole look; each later one is what has changed.
film = {name}
"""
IN_THE_OTHERS = ("modulate", "wander")  # parameters whose effect is in the values of the others
DIGITS = 6  # of the numbers in the score: finer than any picture shows


class Recorder(Closing):
    """Call it with every frame of the source as it came, and the look that it is shown with.

    `film` takes the frames, and belongs to whoever opened it; the score goes beside its `path`, under the same name
    with .toml. UserError if that can't be written, or exists already and `overwrite` is False. Close it after the film:
    an older score is replaced only when the new film has its name.
    """

    def __init__(self, film: Sink, path: str, *, overwrite: bool = False) -> None:
        self._film = film
        self._start: float | None = None
        self._last: dict[str, Any] = {}
        self.failed: str | None = None  # one line on why it has ended
        name = Path(path).name
        head = HEAD.format(film=shown(name), name=as_toml(name))
        self._score = GrowingScore(Path(path), head, overwrite=overwrite)

    def __call__(self, frame: Frame, look: Look) -> None:
        if self.failed:
            return
        if self._start is None:
            self._start = frame.seconds
        at = frame.seconds - self._start
        try:
            self._film.write(frame.at(at))
            self._note(at, look)
        except (UserError, OSError, ValueError) as error:  # a full disk: the show goes on without it
            self.failed = f"recording ended after {at:.0f} s: {one_line(error)}"

    def notice(self) -> str | None:
        """A line for the performer where not everything is kept."""
        missed = getattr(self._film, "dropped", 0)
        return self.failed or (f"recording missed {missed} frames" if missed else None)

    def close(self) -> None:
        self._score.close()

    def _note(self, at: float, look: Look) -> None:
        now = {
            name: round(value, DIGITS) if isinstance(value, float) else value
            for name, value in look
            if name not in IN_THE_OTHERS
        }
        changed = {name: value for name, value in now.items() if self._last.get(name) != value}
        if changed:
            lines = [f"{name} = {as_toml(value)}" for name, value in {"at": round(at, DIGITS), **changed}.items()]
            self._score.add("\n[[change]]\n" + "\n".join(lines) + "\n")
            self._last = now
