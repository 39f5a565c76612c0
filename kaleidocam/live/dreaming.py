"""The dream on a thread of its own, at its own pace, from when it is made.

Invariant: the video thread never waits for the dream. A slow dream makes a calmer picture, never a later one; one that
is not there yet, or can't be made, leaves the picture as it is.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kaleidocam.dream.compute.threads import giving_way, stand_behind
from kaleidocam.errors import one_line
from kaleidocam.live.meter import Meter
from kaleidocam.motion.flow import Motion, still
from kaleidocam.picture import layer as layers
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Seen
from kaleidocam.settings.parameters import Look

# What is changed of a look live. Every turn asks the network: it is the clock. No burst, which would hold the hand-over
# back.
TURN = {"burst": 0, "cadence": 1e9}
RETRY_SECONDS = 1.0  # after a dream that failed
LONGEST_REST = 0.5  # seconds after a turn, however long that took: the grid may be another by then
END_SECONDS = 5.0  # how long `end` waits for the step that the thread is in
FADE_IN = 0.8  # seconds in which the first dream comes, over a picture that was clean until then
LONG = 5.0  # seconds of making a dream after which the performer is told
Make = Callable[[threading.Event], Dream]
"""Makes the dream, on the dream's thread; slow. The event is set when the performance has ended."""


class DreamThread:
    """Dreams turn after turn, and hands each layer to the video thread; neither waits for the other's work.

    Every hand-over is one short critical section. The video thread keeps two motions up to date: since the frame that
    the shown layer belongs to, and since the frame that the dreamer is working on.
    """

    def __init__(
        self,
        make: Make,
        look: Callable[[], Look],
        meter: Meter,
        turned: Callable[[float, tuple[int, int]], None] = lambda seconds, grid: None,
    ) -> None:
        """`turned`: told after each turn how many seconds it took, and its grid (width, height)."""
        self._make, self._look, self._meter, self._turned = make, look, meter, turned
        self._dream: Dream | None = None
        self._lock, self._wake = threading.Lock(), threading.Event()
        self.turns = 0  # how often a layer has been handed over
        self.rest = 0.0  # pause after each turn, in turns
        self._ended = threading.Event()
        self._seen: Seen | None = None
        self._shown: np.ndarray | None = None
        self._came: float | None = None  # seconds of the first frame that was dreamed
        self._shown_seconds = 0.0  # of the frame that the shown layer belongs to
        self._since_shown: Motion | None = None
        self._since_taken: Motion | None = None
        self.error: str | None = None  # one line on why the dream stands still, if it does
        self._failure: BaseException | None = None
        self._began = 0.0
        self._thread = threading.Thread(target=self._run, name="dream", daemon=True)

    @property
    def begun(self) -> bool:
        """Whether it was started."""
        return self._thread.ident is not None

    @property
    def made(self) -> bool:
        """Whether there is a dream yet."""
        return self._dream is not None

    def start(self) -> None:
        """Begins to make the dream, and then to dream. What is done before this is not held up by it."""
        self._began = time.monotonic()
        self._thread.start()

    def check(self) -> None:
        """Raises what went wrong while the dream was made."""
        if self._failure:
            raise self._failure

    def notice(self) -> str | None:
        """A line for the performer: what is waited for, what failed, or what the dreamer says."""
        if self._dream:
            return self.error or next(filter(None, (dreamer.notice() for dreamer in self._dream.dreamers)), None)
        waited = time.monotonic() - self._began if self.begun else 0.0
        return f"the dream is being made ready, for {waited:.0f} s now" if waited > LONG else None

    def end(self) -> None:
        """Ends the thread after the step it is in. It does not wait for a dream that is still being made."""
        self._ended.set()
        self._wake.set()
        if self.made:
            self._thread.join(timeout=END_SECONDS)

    def layer_for(self, seen: Seen) -> np.ndarray | None:
        """The newest dream layer, carried to this frame and faded to its time; None before the first. For the video
        thread."""
        with self._lock:
            self._seen = seen
            self._since_taken = _after(seen.motion, self._since_taken)
            self._since_shown = motion = _after(seen.motion, self._since_shown)
            shown, age = self._shown, seen.frame.seconds - self._shown_seconds
        self._wake.set()
        if shown is None:
            return None
        look, age, came = self._look(), max(0.0, age), self._faded_in(seen.frame.seconds)
        drift = layers.drift_of(look, age, seen.center, seen.small.shape)
        layer = layers.fade(layers.drifted(motion.carry(shown, seen.small.shape), drift), age, look.half_life)
        return layer if came == 1 else layer * np.float32(came)

    def _faded_in(self, seconds: float) -> float:
        """How much of the first dream is shown at a frame's time, 0 to 1."""
        self._came = seconds if self._came is None else self._came
        return min(1.0, (seconds - self._came) / FADE_IN)

    def _run(self) -> None:
        stand_behind()  # and with it all threads that it begins, as the frameworks' are
        try:
            with giving_way():
                dream = self._make(self._ended)
        except BaseException as error:  # raised again by `check`
            self._failure = error
            return
        self._wake.wait()
        before, self._dream = time.monotonic(), dream
        while not self._ended.is_set():
            now = time.monotonic()
            try:
                seen, before = self._take(now - before), now
                layer = dream.advance(seen, self._look().model_copy(update=TURN))
                self._hand_over(layer, seen.frame.seconds)
                self._turned(time.monotonic() - now, (layer.shape[1], layer.shape[0]))
                self.error = None
            except Exception as error:  # whatever it is, the picture goes on without a dream, and it is tried again
                self.error = f"the dream stands still: {one_line(error)}"
                dream.reset()
                self._ended.wait(RETRY_SECONDS)
            if self.rest:
                self._ended.wait(min(LONGEST_REST, self.rest * (time.monotonic() - now)))

    def _take(self, elapsed: float) -> Seen:
        with self._lock:
            motion, self._since_taken = self._since_taken, None
            seen = self._seen
        assert seen is not None  # the thread begins with the first frame
        return replace(seen, elapsed=elapsed, motion=motion or still(seen.small.shape))

    def _hand_over(self, layer: np.ndarray, seconds: float) -> None:
        with self._lock:
            self._shown, self._shown_seconds, self._since_shown = layer, seconds, self._since_taken
            self.turns += 1
        for _ in range(self._look().steps):
            self._meter.stepped()


def _after(motion: Motion, earlier: Motion | None) -> Motion:
    return motion if earlier is None else motion.after(earlier)
