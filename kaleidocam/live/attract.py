"""What is shown while nobody is there: memories, or films and pictures.

Invariant: the camera is read, and its dream goes on, whatever is shown; it is back within a second when somebody comes.
"""

import os
from typing import Protocol

import cv2
import numpy as np

from kaleidocam.errors import UserError, brief, one_line, reason, shown
from kaleidocam.fit import fitted
from kaleidocam.live.memories import MOST_BYTES, MOST_SECONDS, Memories
from kaleidocam.live.reel import Reel
from kaleidocam.live.repertoire import is_media, media_in
from kaleidocam.live.watch import Watch
from kaleidocam.picture.eye import Seen
from kaleidocam.picture.laid import mixed
from kaleidocam.planes import Picture
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.opening import open_source

MEMORY = "memory"
IN, OUT = 4.0, 0.6  # seconds in which it comes, and in which the camera is back
AFTER = 20.0  # seconds without anybody, where nobody said how many
BETWEEN = 1.5  # seconds from one moment, or one film, to the next


class Loop(Protocol):
    """What can be shown: `Memories`, `Reel`."""

    def keep(self, picture: Picture, seconds: float) -> None: ...

    def forget(self) -> None: ...

    def line(self) -> str | None: ...

    def begin(self, size: tuple[int, int]) -> None: ...

    def picture(self, now: float) -> tuple[np.ndarray, int] | None: ...

    def end(self) -> None: ...

    def close(self) -> None: ...


class Attract:
    """Call it with every frame and the finished picture: it returns what is shown. State: how far the loop has come in,
    and what it showed last."""

    def __init__(self, loop: Loop, after: float, watch: Watch | None = None) -> None:
        """`after`: seconds without anybody. It owns the loop and closes it."""
        self._loop, self._after, self._watch = loop, after, watch or Watch()
        self._share, self._begun, self._now = 0.0, False, 0.0
        self._scene, self._scene_at = 0, 0.0
        self._last: np.ndarray | None = None
        self._before: np.ndarray | None = None  # the end of the scene before

    @property
    def plays(self) -> bool:
        """Whether the loop is seen. Any thread."""
        return self._share > 0

    def forget(self) -> None:
        """Forgets what is remembered. Any thread."""
        self._loop.forget()

    def lines(self) -> list[str]:
        """For people: what is remembered, what could not be read, and why people can't be looked for. Any thread."""
        return [line for line in (self._loop.line(), self._watch.told) if line]

    def close(self) -> None:
        self._loop.close()
        self._watch.close()

    def __enter__(self) -> "Attract":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __call__(self, seen: Seen, look: Look, picture: Picture) -> Picture:
        """The picture that is shown: the finished one of this frame, or the loop's, or between the two."""
        self._watch.see(seen, look.trigger_level)
        self._now += seen.elapsed
        alone = self._watch.seconds_alone >= self._after
        if not alone and self._watch.meets and self._share == 0:
            self._loop.keep(picture, seen.frame.seconds)
        if alone and not self._begun:
            self._begin(picture.shape[1::-1])
        looped = self._looped() if self._begun else None
        if alone:
            self._share = min(1.0, self._share + seen.elapsed / IN) if looped is not None else 0.0
        else:
            self._share = max(0.0, self._share - seen.elapsed / OUT)
        if self._share == 0 or looped is None:
            self._end(alone)
            return picture
        share = self._share * self._share * (3 - 2 * self._share)
        return mixed(fitted(looped, picture.shape[1::-1]), picture, share)  # the source may have changed since

    def _begin(self, size: tuple[int, int]) -> None:
        self._begun, self._last, self._before = True, None, None
        self._loop.begin(size)

    def _end(self, alone: bool) -> None:
        if self._begun and not alone:
            self._begun, self._share, self._last, self._before = False, 0.0, None, None
            self._loop.end()

    def _looped(self) -> np.ndarray | None:
        """The loop's picture; one scene fades into the next."""
        found = self._loop.picture(self._now)
        if found is None:
            self._last = self._before = None
            return None
        picture, scene = found
        if self._last is not None and scene != self._scene:
            self._before, self._scene_at = self._last, self._now
        self._scene = scene
        share = (self._now - self._scene_at) / BETWEEN
        if self._before is not None and share < 1 and self._before.shape == picture.shape:
            picture = cv2.addWeighted(picture, share, self._before, 1 - share, 0)
        else:
            self._before = None
        self._last = picture
        return picture


def attract_asked(text: str | None, after: float | None, machine: Machine) -> Attract | None:
    """As `open_attract`; None where no `text` is given. `after`: None: AFTER."""
    if text is None and after is not None:
        raise UserError("--attract-after says when --attract begins; give --attract memory, a folder or a file too")
    return None if text is None else open_attract(text, after or AFTER, machine)


def open_attract(text: str, after: float, machine: Machine) -> Attract:
    """What `text` names: "memory", a folder of films and pictures, or one of them. UserError for anything else."""
    if text == MEMORY:
        return Attract(Memories(), after)
    return Attract(Reel(_files(text, machine), machine), after)


def told(text: str) -> str:
    """What whoever begins the performance must know of it."""
    if text != MEMORY:
        return f"while nobody is there, {shown(text)} is shown"
    return (
        f"while nobody is there, the last minutes are shown again: up to {MOST_SECONDS / 60:.0f} minutes with people "
        f"or motion are kept in memory, {MOST_BYTES >> 20} MB at most, never on a disk; 'forget' forgets them"
    )


def _files(text: str, machine: Machine) -> list[str]:
    named = brief(shown(text))
    allowed = f"allowed is {MEMORY}, a folder of films and pictures, or one of them"
    if os.path.isdir(text):
        try:
            os.listdir(text)
        except OSError as error:
            raise UserError(f"--attract '{named}' can't be read: {reason(error)}; {allowed}") from error
        if not (found := [offer.name for offer in media_in(text)]):
            raise UserError(f"--attract '{named}' holds no film and no picture; {allowed}")
        if why := _unplayable(found, machine):
            raise UserError(f"--attract '{named}' holds nothing that can be played: {why}; {allowed}")
        return found
    if not os.path.exists(text):
        raise UserError(f"--attract '{named}' is not there; {allowed}")
    if not is_media(text):
        raise UserError(f"--attract '{named}' is neither a film nor a picture; {allowed}")
    if why := _unplayable([text], machine):
        raise UserError(f"--attract: {why}; {allowed}")
    return [text]


def _unplayable(texts: list[str], machine: Machine) -> str | None:
    """Why none of these files gives a picture; None where one does. What is broken among others is told when its turn
    comes."""
    why = None
    for text in texts:
        try:
            with open_source(text, machine) as source:
                if source.read() is not None:
                    return None
            found = f"'{brief(shown(text))}' has no picture"
        except UserError as error:
            found = one_line(error)
        why = why or found
    return why
