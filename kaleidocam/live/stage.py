"""The stage's two clocks: video at the camera's pace, the dream at its own.

Invariant: the video thread never waits for the dream. A slow dream makes a calmer picture, never a later one.
"""

import gc
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS, SHORT, help_lines
from kaleidocam.dream.compute.threads import stand_behind
from kaleidocam.errors import UserError, one_line
from kaleidocam.frame import Frame
from kaleidocam.live.governor import Governor, ladder
from kaleidocam.live.meter import Meter, Reading
from kaleidocam.motion.flow import Motion
from kaleidocam.picture import layer as layers
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.eye import Eye, Seen
from kaleidocam.picture.glass import Glass
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.values import as_text
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.watched import Watched

TURN = {"burst": 0, "cadence": 1e9}
SHORTEST_WAIT_SECONDS = 0.005
RETRY_SECONDS = 1.0  # after a dream that failed
LONGEST_REST = 0.5  # seconds after a turn, however long that took: the grid may be another by then
SILENT_SECONDS = 0.2  # without a frame, after which the last one is shown again
SAID_SECONDS = 3.0  # that a message stays
LOOK_COLUMNS = 4
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
        self.error: str | None = None  # one line on why the dream stands still, if it does
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
        look, age = self._look(), max(0.0, age)
        drift = layers.drift_of(look, age, seen.center, seen.small.shape)
        return layers.fade(layers.drifted(motion.carry(shown, seen.small.shape), drift), age, look.half_life)

    def _run(self) -> None:
        stand_behind()  # and with it all threads that it begins, as PyTorch's are
        self._wake.wait()
        before = time.monotonic()
        while not self._ended.is_set():
            now = time.monotonic()
            try:
                seen, before = self._take(now - before), now
                # Every turn asks the network: it is the clock. No burst, which would hold the hand-over back.
                layer = self._dream.advance(seen, self._look().model_copy(update=TURN))
                self._hand_over(layer, seen.frame.seconds)
                self.error = None
            except Exception as error:  # whatever it is, the picture goes on without a dream, and it is tried again
                self.error = f"the dream stands still: {one_line(error)}"
                self._dream.reset()
                self._ended.wait(RETRY_SECONDS)
            if self.rest:
                self._ended.wait(min(LONGEST_REST, self.rest * (time.monotonic() - now)))

    def _take(self, elapsed: float) -> Seen:
        with self._lock:
            motion, self._since_taken = self._since_taken, None
            seen = self._seen
        assert seen is not None  # the thread begins with the first frame
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
    """A performance: frames from a live source through the dream to the sinks, until `quit`, the end, or `until`.

    Where the source falls silent, its last picture is dreamed on at its pace until it comes back. A sink that fails is
    left behind; the performance ends with an error only where none is left.
    """

    source: Newest | Watched
    sinks: Sequence[Sink]
    eye: Eye
    dreaming: Dreaming
    desk: Desk
    meter: Meter
    governor: Governor
    screenshot: Callable[[Frame], str]  # saves a frame; returns what to tell the performer
    until: float | None = None
    hud: int = 0  # 0 off, 1 short figures, 2 full, 3 keys
    notices: Sequence[Callable[[], str | None]] = ()  # asked for lines that the performer must read
    tap: Callable[[float], None] = lambda seconds: None  # the tempo is tapped, at time.monotonic()
    each: Callable[[Frame, Look], None] = lambda frame, look: None  # every frame as it came, and how it is shown
    idle: Callable[[float], np.ndarray] | None = None  # the picture before the source has given any, at these seconds
    guard: Callable[[np.ndarray, float], np.ndarray] = lambda image, seconds: image  # what is shown at last

    def __post_init__(self) -> None:
        self._paused = self._bypassed = False
        self._said, self._said_until = "", 0.0
        self._live: list[Sink] = list(self.sinks)
        self._last_failure: Exception | None = None
        self._saving, self._writing = ThreadPoolExecutor(1, "screenshot"), False
        self.lost: list[str] = []  # what of the sinks failed
        self._dropped_before: int | None = None

    def run(self) -> None:
        """Blocks until the performance ends. The caller owns the source and the sinks and closes them."""
        self._quit = False
        self._held: np.ndarray | None = None
        self._last: Frame | None = None
        self._came: Frame | None = None
        self._shown_at = 0.0
        gc.collect()
        gc.freeze()  # what start-up made stays, and looking through it again would hold up the picture
        start = self._came_at = time.monotonic()
        self._follow_governor()
        self.dreaming.start()
        try:
            while not self._quit and (self.until is None or time.monotonic() - start < self.until):
                due = self._shown_at + 1 / self.source.fps - time.monotonic()  # of a picture shown once more
                if self.source.wait(min(KEY_PAUSE_SECONDS, max(SHORTEST_WAIT_SECONDS, due))):
                    frame = self.source.read()
                    if frame is None:
                        return
                    self._came, self._came_at = frame, time.monotonic()
                    self._show(frame, start)
                else:
                    self._go_on(start)
                self._obey()
                if not self._live:
                    raise self._last_failure or UserError("there is nothing to show the picture on")
        finally:
            self.dreaming.end()
            self._saving.shutdown()
            gc.unfreeze()

    def reading(self) -> Reading:
        """How it is going."""
        return self.meter.read(self.source.dropped - (self._dropped_before or 0))

    def report(self) -> dict[str, object]:
        """Everything a control surface shows: the reading, and the state of the performance. Any thread."""
        return asdict(self.reading()) | {
            "quality": str(self.governor),
            "bypassed": self._bypassed,
            "paused": self._paused,
            "notices": self._notices(),
        }

    def _go_on(self, start: float) -> None:
        """Without news for a while, the last picture once more, or the idle one, at the source's pace."""
        now = time.monotonic()
        silent = now - self._came_at > max(SILENT_SECONDS, 3 / self.source.fps)
        if not silent or now - self._shown_at < 1 / self.source.fps:
            return
        if self._came:
            self._show(replace(self._came, seconds=now), start)
        elif self.idle:
            self._show(Frame(self.idle(now), now, 0), start)

    def _show(self, frame: Frame, start: float) -> None:
        if self._dropped_before is None:
            self._dropped_before = self.source.dropped  # while the network was being built
        self._shown_at = time.monotonic()
        image = self._guarded(self._tried(frame), frame.seconds)
        self._last = Frame(image, max(0.0, frame.seconds - start), frame.index)
        self._give(self._last)
        self.meter.shown(frame.seconds)
        now = time.monotonic()
        if self.governor.due(now) and self.governor.watch(self.reading(), now):
            self._follow_governor()

    def _made(self, frame: Frame) -> np.ndarray:
        """What is shown of a frame."""
        look = self._look()
        if self.governor.best != (grid := grid_of(look, frame.size)):  # another look, or a picture of another shape
            self.governor.climb(ladder(grid))
            self._follow_governor()
        seen = self.eye.see(frame, look)
        layer = self.dreaming.layer_for(seen)
        self.each(frame, look)
        held = self._paused and self._last is not None and not self._bypassed
        image = self._held if held and self._held is not None else Glass().show(seen, layer, look).image
        if not self._bypassed:
            self._held = image
        return image

    def _tried(self, frame: Frame) -> np.ndarray:
        """As `_made`; where any part fails, the source is shown as it is, and the show goes on."""
        try:
            return self._made(frame)
        except Exception as error:
            self._say(f"something failed: {one_line(error)}")
            return frame.image

    def _guarded(self, image: np.ndarray, seconds: float) -> np.ndarray:
        """What may be shown; where the guard itself fails, what was shown last, which can't flash."""
        try:
            return self.guard(image, seconds)
        except Exception as error:
            self._say(f"something failed: {one_line(error)}")
            return self._last.image if self._last else image

    def _look(self) -> Look:
        look = self.desk.look()
        return look.model_copy(update={"wet": 0.0}) if self._bypassed else look

    def _give(self, frame: Frame) -> None:
        lines = self._lines()
        for sink in list(self._live):
            try:
                sink.status([] if self.hud == 0 and (sink.alone or self._bypassed) else lines)
                sink.write(frame)
            except Exception as error:  # a full disk, a window system that went away: the others go on
                self._live.remove(sink)
                self._last_failure = error
                self.lost.append(f"{sink.name} was lost: {one_line(error)}")

    def _follow_governor(self) -> None:
        self.eye.grid, self.dreaming.rest = self.governor.rung.grid, self.governor.rung.rest

    def _notices(self) -> list[str]:
        told = [notice() for notice in self.notices] + [sink.notice for sink in self._live]
        told += [self.dreaming.error, *self.lost]
        said = [self._said] if time.monotonic() < self._said_until else []
        return ["bypassed: the clean picture"] * self._bypassed + [line for line in told if line] + said

    def _lines(self) -> list[str]:
        lines = []
        if self.hud == 3:
            lines += help_lines()
        elif self.hud:
            lines += [*self.reading().lines(), str(self.governor)]
            lines += [SHORT] if self.hud == 1 else _changed(self.desk.look())
        return lines + self._notices()

    def _obey(self) -> None:
        """What keys and surfaces asked for since the last frame."""
        for sink in list(self._live):
            for key in self._safely(sink.keys) or ():
                self._safely(self._press, key)
        for command in self.desk.asked():
            self._safely(getattr(self, f"_do_{command}"))

    def _safely(self, do: Callable, *arguments: object) -> Any:
        """What `do` returns; what it raises is told, and neither ends the show nor stops what else was asked for."""
        try:
            return do(*arguments)
        except UserError as error:
            self._say(str(error))
        except Exception as error:
            self._say(f"something failed: {one_line(error)}")
        return None

    def _press(self, key: str) -> None:
        bound = KEYS.get(key)
        if bound and bound.press:
            bound.press(self.desk)
        else:
            for sink in self._live:
                sink.press(key)

    def _say(self, line: str) -> None:
        self._said, self._said_until = line, time.monotonic() + SAID_SECONDS

    def _do_quit(self) -> None:
        self._quit = True

    def _do_pause(self) -> None:
        self._paused = not self._paused

    def _do_bypass(self) -> None:
        self._bypassed = not self._bypassed

    def _do_figures(self) -> None:
        self.hud = (min(self.hud, 2) + 1) % 3

    def _do_help(self) -> None:
        self.hud = 0 if self.hud == 3 else 3

    def _do_tap(self) -> None:
        self.tap(time.monotonic())

    def _do_screenshot(self) -> None:
        """Compressing one takes longer than a frame, so it is done beside the show; one at a time."""
        if self._last is not None and not self._writing:
            self._writing = True
            self._saving.submit(self._save, self._last)

    def _save(self, frame: Frame) -> None:
        try:
            self._say(self.screenshot(frame))
        finally:
            self._writing = False


def _changed(look: Look) -> list[str]:
    """What of a look is not at its default, a few to a line."""
    told = [
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {as_text(value)}"
        for name, value in look
        if value != Look.model_fields[name].default or name == "channel"
    ]
    return ["   ".join(told[i : i + LOOK_COLUMNS]) for i in range(0, len(told), LOOK_COLUMNS)]
