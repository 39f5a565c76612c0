"""The stage's two clocks: video at the camera's pace, the dream at its own.

Invariant: the video thread never waits for the dream. A slow dream makes a calmer picture, never a later one.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kaleidocam.dream import layer as layers
from kaleidocam.filter import Dream, Eye, Glass, Seen
from kaleidocam.frame import Frame
from kaleidocam.governor import Governor
from kaleidocam.meter import Meter, Reading
from kaleidocam.motion.flow import Motion
from kaleidocam.settings import Look
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.newest import Newest

TURN = {"burst": 0, "cadence": 1e9}
KEY_PAUSE_SECONDS = 0.05  # how long the loop waits for a frame before it looks at the keys again


class Dreaming:
    """The dream on its own thread, handed to the video thread without either waiting for the other's work.

    Every hand-over is one short critical section. Two motions are kept up to date by the video thread: since the
    frame that the shown layer belongs to, and since the frame that the dreamer is working on.
    """

    def __init__(self, dream: Dream, look: Callable[[], Look], meter: Meter) -> None:
        self._dream, self._look, self._meter = dream, look, meter
        self._lock, self._wake = threading.Lock(), threading.Event()
        self.turns = 0  # how often a layer has been handed over
        self.rest = 0.0  # pause after each turn, in turns
        self._ended = threading.Event()
        self._seen: Seen | None = None
        self._shown = dream.layer
        self._shown_seconds = 0.0  # of the frame that the shown layer belongs to
        self._since_shown: Motion | None = None
        self._since_taken: Motion | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="dream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ends the thread after the step it is in."""
        self._ended.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)

    def layer_for(self, seen: Seen) -> np.ndarray:
        """The newest dream layer, carried to this frame and faded to its time. For the video thread."""
        with self._lock:
            self._seen = seen
            self._since_taken = _after(seen.motion, self._since_taken)
            self._since_shown = motion = _after(seen.motion, self._since_shown)
            shown, age = self._shown, seen.frame.seconds - self._shown_seconds
        self._wake.set()
        if self.error:
            raise self.error
        return layers.fade(motion.carry(shown), max(0.0, age), self._look().half_life)

    def _run(self) -> None:
        self._wake.wait()
        before = time.monotonic()
        try:
            while not self._ended.is_set():
                now = time.monotonic()
                seen, before = self._take(now - before), now
                # Every turn asks the network: it is the clock. No burst, which would hold the hand-over back.
                layer = self._dream.advance(seen, self._look().model_copy(update=TURN))
                self._hand_over(layer, seen.frame.seconds)
                if self.rest:
                    self._ended.wait(self.rest * (time.monotonic() - now))
        except BaseException as error:  # handed to the video thread, which raises it
            self.error = error

    def _take(self, elapsed: float) -> Seen:
        with self._lock:
            motion, self._since_taken = self._since_taken, None
            seen = self._seen
        return replace(seen, elapsed=elapsed, motion=motion or _still(seen.small))

    def _hand_over(self, layer: np.ndarray, seconds: float) -> None:
        with self._lock:
            self._shown, self._shown_seconds, self._since_shown = layer, seconds, self._since_taken
            self.turns += 1
        for _ in range(self._look().steps):
            self._meter.stepped()


def _after(motion: Motion, earlier: Motion | None) -> Motion:
    return motion if earlier is None else motion.after(earlier)


def _still(small: np.ndarray) -> Motion:
    """The motion of a frame that is dreamed once more: none."""
    height, width = small.shape[:2]
    return Motion(np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32))


@dataclass
class Stage:
    """A performance: frames from a live source through the dream to the sinks, until `q`, the end, or `until`."""

    source: Newest
    sinks: Sequence[Sink]
    eye: Eye
    dreaming: Dreaming
    look: Callable[[], Look]
    meter: Meter
    governor: Governor
    screenshot: Callable[[Frame], str]  # saves a frame; returns what to tell the performer
    until: float | None = None
    hud: int = 0  # 0 off, 1 figures, 2 figures and keys

    HELP = ("q quit   space pause   f full screen", "s screenshot   i figures   ? these keys")

    def run(self) -> None:
        """Blocks until the performance ends. The caller owns the source and the sinks and closes them."""
        self._paused = self._quit = False
        self._said, self._said_until = "", 0.0
        self._last: Frame | None = None
        start = time.monotonic()
        self._dropped_before: int | None = None
        self._follow_governor()
        self.dreaming.start()
        try:
            while not self._quit and (self.until is None or time.monotonic() - start < self.until):
                if self.source.wait(KEY_PAUSE_SECONDS):
                    frame = self.source.read()
                    if frame is None:
                        return
                    self._show(frame, start)
                self._handle_keys()
        finally:
            self.dreaming.end()

    def reading(self) -> Reading:
        """How it is going."""
        return self.meter.read(self.source.dropped - (self._dropped_before or 0))

    def _show(self, frame: Frame, start: float) -> None:
        if self._dropped_before is None:
            self._dropped_before = self.source.dropped  # while the network was being built
        seen = self.eye.see(frame)
        layer = self.dreaming.layer_for(seen)
        if self._paused:
            return
        shown = Glass().show(frame, layer, self.look(), frame.seconds - start)
        self._last = replace(shown, seconds=max(0.0, frame.seconds - start))
        lines = self._lines()
        for sink in self.sinks:
            sink.status(lines)
            sink.write(self._last)
        self.meter.shown(frame.seconds)
        now = time.monotonic()
        if self.governor.due(now) and self.governor.watch(self.reading(), now):
            self._follow_governor()

    def _follow_governor(self) -> None:
        self.eye.grid, self.dreaming.rest = self.governor.rung.grid, self.governor.rung.rest

    def _lines(self) -> list[str]:
        lines = [*self.reading().lines(), str(self.governor)] if self.hud else []
        lines += self.HELP if self.hud == 2 else ()
        return lines + ([self._said] if time.monotonic() < self._said_until else [])

    def _handle_keys(self) -> None:
        for key in [key for sink in self.sinks for key in sink.keys()]:
            if key == "q":
                self._quit = True
            elif key in (" ", "p"):
                self._paused = not self._paused
            elif key == "i":
                self.hud = 0 if self.hud else 1
            elif key == "?":
                self.hud = 1 if self.hud == 2 else 2
            elif key == "s" and self._last is not None:
                self._said, self._said_until = self.screenshot(self._last), time.monotonic() + 2
            else:
                for sink in self.sinks:
                    sink.press(key)
