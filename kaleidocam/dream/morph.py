"""A change of channel that fades from one to the other.

Invariant: live, a call never waits for a channel to be prepared; until it is ready the old one dreams on. In a film it
does wait, so that what is dreamed depends on what was given and never on timing. Whichever comes in begins anew.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from kaleidocam.dream.base import Dreamer
from kaleidocam.dream.compute.imaging import Picture
from kaleidocam.dream.compute.memory import give_back
from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.errors import UserError, one_line
from kaleidocam.settings.parameters import Look

SIZES = 6  # the scales of a look; with those of a grid that was just left, the oldest go
KEPT = 4  # channels that stay ready, the newest used


class Morph:
    """A Dreamer that plays `look.channel`. When that changes, the new one is prepared, and then takes over within
    `look.morph` seconds.

    Both would cost twice the time of one. So each step is taken by one of the two, the new one's share of the steps
    growing evenly from none to all: the drive (see `growth.Growth`) averages them, which is the cross-fade of weights
    that a sum of both objectives would be.
    """

    def __init__(self, make: Callable[[str], Dreamer], channel: str, *, background: bool = True) -> None:
        """`make` builds the Dreamer of a channel; it may take its time, and is called here for the first one. Others it
        builds on a thread of its own; without `background` in the call that needs them, which raises what it raises."""
        self._make, self._background = make, background
        self._voices: dict[str, Dreamer] = {channel: make(channel)}
        self._playing, self._coming = channel, channel
        self._faded, self._owed = 0.0, 0.0
        self._job: Future | None = None
        self._sizes: deque[tuple[int, int]] = deque(maxlen=SIZES)  # at which it is asked
        self._worker = ThreadPoolExecutor(1, "morph", initializer=stand_behind)
        self.error: str | None = None  # one line on a channel that could not be prepared

    @property
    def playing(self) -> str:
        """The channel that dreams, or the one that a fade comes from."""
        return self._playing

    @property
    def value(self) -> float:
        return self._voice(self._playing).value

    def warm_up(self, size: tuple[int, int]) -> None:
        self._voice(self._playing).warm_up(size)

    def reset(self, channel: str | None = None) -> None:
        """As new, playing `channel`, or where none is given the one that plays or comes; what is prepared already is
        kept so."""
        channel = channel or self._coming
        self.restore({"playing": channel, "coming": channel, "faded": 0.0, "owed": 0.0, "voices": {}})

    def state(self) -> dict[str, Any]:
        """All that the following steps depend on, besides what they are given: texts, numbers, arrays, None and such
        dicts of them. What is being prepared on the thread is not in it."""
        voices = {
            which: self._voices[name].state() if name in self._voices else None
            for which, name in (("playing", self._playing), ("coming", self._coming))
        }
        return {
            "playing": self._playing,
            "coming": self._coming,
            "faded": self._faded,
            "owed": self._owed,
            "voices": voices,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state`, bit by bit as the one that it is of, whatever was played here before."""
        self._playing, self._coming = str(state["playing"]), str(state["coming"])
        self._faded, self._owed = float(state["faded"]), float(state["owed"])
        self._job, self.error = None, None
        for which, channel in (("coming", self._coming), ("playing", self._playing)):
            voice = state["voices"].get(which)
            if voice is not None:
                self._voice(channel).restore(voice)
            elif channel in self._voices:
                self._voices[channel].reset()

    def notice(self) -> str | None:
        """A line for the performer: what is being prepared, or what could not be."""
        return self.error or (f"preparing {self._coming}" if self._job else None)

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        if (size := tuple(image.shape[1::-1])) not in self._sizes:
            self._sizes.append(size)
        self.pass_time(seconds, look)
        return self._voice(self._next())(image, seconds, look)

    def pass_time(self, seconds: float, look: Look) -> None:
        """A fade goes on as by a step of so many `seconds`, without one: for a film that is begun in its midst."""
        if look.channel != self._coming:
            self._aim(look.channel)
        if self._job and self._job.done():
            self._take()
        if self._coming != self._playing and not self._job:
            self._faded = min(1.0, self._faded + (seconds / look.morph if look.morph else 1.0))
            if self._faded == 1:
                self._playing, self._faded = self._coming, 0.0

    def _aim(self, channel: str) -> None:
        """From now on `channel` is wanted; a fade that is under way goes on from what is dreamed more of."""
        if self._faded > 0.5:
            self._playing = self._coming
        self._coming, self._faded, self._job, self.error = channel, 0.0, None, None
        if channel in self._voices:
            if self._voices[channel] is not self._voices.get(self._playing):
                self._voices[channel].reset()
        elif self._background:
            self._job = self._worker.submit(self._prepare, channel, tuple(self._sizes))

    def _prepare(self, channel: str, sizes: Sequence[tuple[int, int]]) -> Dreamer:
        if channel != self._coming:
            raise UserError("not wanted any more")
        dreamer = self._make(channel)
        for size in sizes:
            dreamer.warm_up(size)
        return dreamer

    def _take(self) -> None:
        """What was prepared, or why it was not."""
        job, self._job = self._job, None
        assert job is not None  # whoever calls has seen that it is done
        try:
            dreamer = job.result()
        except Exception as error:  # whatever a framework may raise: the old channel dreams on
            self.error = f"{self._coming} can't be dreamed: {one_line(error)}"
            self._voices[self._coming] = self._voices[self._playing]
            return
        self._keep(self._coming, dreamer)

    def _voice(self, channel: str) -> Dreamer:
        if channel not in self._voices:
            self._keep(channel, self._make(channel))
        return self._voices[channel]

    def _keep(self, channel: str, dreamer: Dreamer) -> None:
        self._voices[channel] = dreamer
        spare = [name for name in self._voices if name not in (self._playing, self._coming)]
        for old in spare[: max(0, len(self._voices) - KEPT)]:
            del self._voices[old]
            self._worker.submit(give_back)

    def _next(self) -> str:
        """Whose turn it is: the coming one's as often as it has faded in, spread evenly."""
        self._owed += self._faded
        if self._owed >= 0.5:
            self._owed -= 1
            return self._coming
        return self._playing
