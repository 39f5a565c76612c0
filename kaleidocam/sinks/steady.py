"""Frames of any times, given out at a constant rate: some come twice, some are left out.

Invariant: the k-th frame that is given out is shown at k / fps; the times of what comes in say which picture that is.
"""

from kaleidocam.frame import Frame


class Steady:
    """`fps`: frames a second. `longest`: a gap of more seconds is left open, not filled with the last picture; None:
    all are filled. `first`: the picture until one comes. `slot`: the number of the next frame that is given out."""

    def __init__(self, fps: float, *, longest: float | None = None, first: Frame | None = None) -> None:
        self.fps, self.slot = fps, 0
        self._most = None if longest is None else longest * fps
        self._zero: float | None = None  # the time of what comes in at which slot 0 is; None: the next frame says it
        self._newest = first

    def begin(self, slot: int) -> None:
        """The next frame that comes takes this slot, whatever its time."""
        self.slot, self._zero = slot, None

    def come(self, frame: Frame) -> list[Frame]:
        """What is to be given out now that this frame has come; none if another stands at its time already."""
        if self._zero is None:
            self._zero = frame.seconds - self.slot / self.fps
        at = round((frame.seconds - self._zero) * self.fps)
        if self._most is not None and at - self.slot > self._most:
            self.slot = at
        before, self._newest = self._newest, frame
        given = [self._given(before or frame) for _ in range(at - self.slot)]
        return [*given, self._given(frame)] if at >= self.slot else given

    def again(self) -> list[Frame]:
        """The newest picture once more, because nothing has come."""
        return [self._given(self._newest)] if self._newest else []

    def _given(self, frame: Frame) -> Frame:
        self.slot += 1
        return frame.at((self.slot - 1) / self.fps)
