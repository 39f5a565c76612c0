"""Ableton Link: tempo, beat and bar shared with every other program on the network that speaks it.

Invariant: nothing here waits for the network; the library's own threads do.
Source: Ableton Link's API (Link.hpp) through LinkPython-extern; the quantum is a bar.
"""

import time
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control.course import BAR
from kaleidocam.errors import UserError

USUAL_BPM = 120.0
MESSAGE_SECONDS = 4.0  # that the line about others stays


class Link(Closing):
    """A session of Link, joined until it is closed; a context manager. `bpm`: the tempo of a session that begins here;
    one that is there already keeps its own. `start_stop`: whether the session's start and stop are ours too. UserError
    where the library is missing."""

    def __init__(self, bpm: float | None = None, *, start_stop: bool = False) -> None:
        try:
            from link import Link as Joined
        except ImportError as error:
            raise UserError("Ableton Link needs LinkPython-extern: pip install 'kaleidocam[link]'") from error
        self._link: Any = Joined(bpm or USUAL_BPM)
        self._clock = self._link.clock()
        self._start_stop = self._link.startStopSyncEnabled = start_stop
        self._seen, self._said = 0, -MESSAGE_SECONDS
        self._link.enabled = True

    @property
    def bpm(self) -> float:
        return self._link.captureAppSessionState().tempo()

    @property
    def others(self) -> int:
        """How many programs are in the session besides this one."""
        return self._link.numPeers()

    @property
    def is_stopped(self) -> bool:
        return self._start_stop and not self._link.captureAppSessionState().isPlaying()

    def beat(self, seconds: float) -> float:
        """The beat number at that time (time.monotonic); bars begin where BAR divides it."""
        return self._link.captureAppSessionState().beatAtTime(self._micros(seconds), BAR)

    def set_bpm(self, bpm: float, seconds: float) -> None:
        """For all in the session, from that time on."""
        state = self._link.captureAppSessionState()
        state.setTempo(bpm, self._micros(seconds))
        self._link.commitAppSessionState(state)

    def set_beat(self, beat: float, seconds: float) -> None:
        """The beat number at that time is `beat`, for all in the session."""
        state = self._link.captureAppSessionState()
        state.forceBeatAtTime(beat, self._micros(seconds), BAR)
        self._link.commitAppSessionState(state)

    def notice(self) -> str | None:
        """A line for a while whenever others have come or gone, and as long as their stop is ours."""
        others, now = self.others, time.monotonic()
        if others != self._seen:
            self._seen, self._said = others, now
        if self.is_stopped:
            return "Link: stopped; it begins when somebody in the session starts"
        return f"Link: {told(others)}" if now - self._said < MESSAGE_SECONDS else None

    def close(self) -> None:
        self._link.enabled = False

    def _micros(self, seconds: float) -> int:
        """A time of time.monotonic by Link's clock, which goes its own way, if slowly."""
        return self._clock.micros() + round((seconds - time.monotonic()) * 1e6)


def told(others: int) -> str:
    """How many there are, for people."""
    return "alone" if not others else f"with {others} other{'s' * (others > 1)}"
