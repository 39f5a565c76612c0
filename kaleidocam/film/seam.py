"""The seam in a long take that is split: one dream fades into the next, which began afresh while the first still ran.

Invariant: after the fade only the next dream remains. It equals, bit for bit, the same dream run without the fade.

Two dreams of the same take do not converge: what has grown persists, so after seconds they still differ by most of
their strength, and a cut from one to the other jumps. With a fade, no frame changes more than any other.
"""

from dataclasses import replace

import cv2
import numpy as np

from kaleidocam.film.state import State
from kaleidocam.frame import Frame
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye, Seen
from kaleidocam.settings.parameters import Look


class SeamEye:
    """An `Eye` for both dreams. From the frame of index `start` to `end`, `end` excluded, the next dream sees the frame
    too, with its own eye, `following`, just as it does without the fade; how much of the dream is let in goes from what
    the one eye says to what the other does."""

    def __init__(self, eye: Eye, following: Eye, start: int, end: int) -> None:
        self._eye, self._following, self._start, self._end = eye, following, start, end
        self.seen: dict[int, Seen] = {}  # by frame index: what `following` saw

    def see(self, frame: Frame, look: Look) -> Seen:
        seen = self._eye.see(frame, look)
        if frame.index < self._start:
            return seen
        self.seen[frame.index] = coming = self._following.see(frame, look)
        share = share_of(frame.index, self._start, self._end)
        return replace(seen, let_in=seen.let_in + (coming.let_in - seen.let_in) * share)

    def state(self) -> State:
        return {"own": self._eye.state(), "following": self._following.state()}

    def restore(self, state: State) -> None:
        self.seen.clear()
        self._eye.restore(state["own"])
        self._following.restore(state["following"])


class SeamDream:
    """A `Dream` that fades from `dream` to `following`, from frame `start` to `end`, `end` excluded."""

    def __init__(self, dream: Dream, following: Dream, eye: SeamEye, start: int, end: int) -> None:
        self._dream, self._following, self._eye = dream, following, eye
        self._start, self._end = start, end

    def advance(self, seen: Seen, look: Look) -> np.ndarray:
        """The dream layer of this frame, (h, w, 3) float32 RGB."""
        layer, index = self._dream.advance(seen, look), seen.frame.index
        if index < self._start:
            return layer
        coming = self._following.advance(self._eye.seen.pop(index), look)
        return faded(layer, coming, share_of(index, self._start, self._end))

    def state(self) -> State:
        return {"own": self._dream.state(), "following": self._following.state()}

    def restore(self, state: State) -> None:
        self._dream.restore(state["own"])
        self._following.restore(state["following"])


def share_of(index: int, start: int, end: int) -> float:
    """How far the fade from frame `start` to `end` is on its way at a frame, 0 to 1."""
    return (index - start + 1) / (end - start + 1)


def faded(layer: np.ndarray, coming: np.ndarray, share: float) -> np.ndarray:
    """The mix of two layers: `share`, 0 to 1, of the way from `layer` to `coming`. Its strength lies between theirs; a
    plain mean of two layers that have little in common is weaker than either."""
    mixed = layer + (coming - layer) * np.float32(share)
    before, after, now = (cv2.norm(x) for x in (layer, coming, mixed))
    return mixed * np.float32((before + (after - before) * share) / now) if now > 0 else mixed
