"""A cross-fade from one channel to another.

Invariant: live, a call never waits for a channel to be prepared; the old channel plays until the new one is ready. In a
film the call waits, so that the dream depends only on its inputs, never on timing. A new channel starts without state.
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

SIZES = 6  # picture sizes that are kept: the octaves of a look; the oldest are dropped
KEPT = 4  # channels that stay ready


class Morph:
    """A Dreamer that plays `look.channel`. When the channel changes, the new one is prepared and then fades in within
    `look.morph` seconds.

    Computing both channels would take twice the time. So each step is computed for only one of them, and the new
    channel's share of the steps grows evenly from none to all. The drive (see `growth.Growth`) averages the steps: the
    result is the cross-fade that a weighted sum of both objectives would give.
    """

    def __init__(self, make: Callable[[str], Dreamer], channel: str | None, *, background: bool = True) -> None:
        """`make` builds the Dreamer of a channel; it may be slow. The first channel is built here; None: it is the one
        that is asked for first, and until that is ready the picture stays as it is. Others are built on a separate
        thread; or without `background` in the call that needs them, which then raises the errors of `make`."""
        self._make, self._background = make, background
        self._voices: dict[str, Dreamer] = {} if channel is None else {channel: make(channel)}
        self._playing, self._coming = channel or "", channel or ""
        self._faded, self._owed = 0.0, 0.0
        self._job: Future | None = None
        self._sizes: deque[tuple[int, int]] = deque(maxlen=SIZES)  # picture sizes so far
        self._worker = ThreadPoolExecutor(1, "morph", initializer=stand_behind)
        self.error: str | None = None  # one line on a channel that could not be prepared

    def beside(self) -> "Morph":
        """Another one, for a second dream of pictures of the same sizes; it has no channel yet."""
        other = Morph(self._make, None, background=self._background)
        other._sizes = self._sizes
        return other

    @property
    def playing(self) -> str:
        """The channel that plays, or the one that is fading out; empty: none does yet."""
        return self._playing

    @property
    def ready(self) -> bool:
        return bool(self._playing) or not self._background

    @property
    def value(self) -> float:
        return self._voice(self._playing).value if self._playing else float("nan")

    def warm_up(self, size: tuple[int, int]) -> None:
        """As `Dreamer.warm_up`; any thread."""
        if self._playing:
            self._voice(self._playing).warm_up(size)

    def reset(self, channel: str | None = None) -> None:
        """Clears the state and plays `channel`, by default the newest channel. Prepared channels stay prepared."""
        channel = channel or self._coming
        self.restore({"playing": channel, "coming": channel, "faded": 0.0, "owed": 0.0, "voices": {}})

    def state(self) -> dict[str, Any]:
        """All that the next steps depend on, besides their arguments: texts, numbers, arrays, None, and dicts of these.
        It does not include a channel that is still being prepared on the thread."""
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
        """Continues from a `state`, bit for bit like the Morph that gave it, whatever was played here before."""
        self._playing, self._coming = str(state["playing"]), str(state["coming"])
        self._faded, self._owed = float(state["faded"]), float(state["owed"])
        self._job, self.error = None, None
        for which, channel in (("coming", self._coming), ("playing", self._playing)):
            voice = state["voices"].get(which)
            if voice is not None and channel:
                self._voice(channel).restore(voice)
            elif channel in self._voices:
                self._voices[channel].reset()

    def notice(self) -> str | None:
        """A line for the performer: the channel that is being prepared, or why it could not be."""
        return self.error or (f"preparing {self._coming}" if self._job else None)

    def __call__(self, image: Picture, seconds: float, look: Look) -> Picture:
        if (size := tuple(image.shape[1::-1])) not in self._sizes:
            self._sizes.append(size)
        self.pass_time(seconds, look)
        return self._voice(self._next())(image, seconds, look) if self._playing else image

    def pass_time(self, seconds: float, look: Look) -> None:
        """Advances a fade by `seconds` without a step: for a film that starts in the middle."""
        if look.channel != self._coming:
            self._aim(look.channel)
        if self._job and self._job.done():
            self._adopt()
        if not self._playing and not self._job and not self.error:
            self._playing = self._coming
        if self._coming != self._playing and not self._job and self._playing:
            self._faded = min(1.0, self._faded + (seconds / look.morph if look.morph else 1.0))
            if self._faded == 1:
                self._playing, self._faded = self._coming, 0.0

    def _aim(self, channel: str) -> None:
        """Starts a change to `channel`. If a fade is under way, the new fade starts from its stronger channel."""
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
            raise UserError("no longer needed")
        dreamer = self._make(channel)
        for size in sizes:
            dreamer.warm_up(size)
        return dreamer

    def _adopt(self) -> None:
        """Takes over the prepared channel, or notes why its preparation failed."""
        job, self._job = self._job, None
        assert job is not None  # the caller has checked that it is done
        try:
            dreamer = job.result()
        except Exception as error:  # a framework may raise anything: the old channel goes on
            self.error = f"{self._coming} can't be dreamed: {one_line(error)}"
            if self._playing:
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
        """The channel of the next step: the new one as often as it has faded in, evenly spread."""
        self._owed += self._faded
        if self._owed >= 0.5:
            self._owed -= 1
            return self._coming
        return self._playing
