"""The live loop from source to sink: on the whole machine, on one core and beside a competing load; and its start-up.

Invariant: a clip is decoded, played at its own frame rate and dreamed, and every frame is finished; only the screen is
missing.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from kaleidocam.dream.compute.backends.registry import BACKENDS, installed
from kaleidocam.live.assembly import make_desk, make_stage, open_played
from kaleidocam.settings.values import settle
from kaleidocam.sinks.memory import Memory
from kaleidocam.sources.base import Source
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import open_source
from speed.clip import draw

BEGINNING = 5.0  # seconds of a performance, from its first picture
SETTLING = 4.0  # seconds at the start that do not count
HELD = 40  # frames in memory, played in a loop: 240 MiB at 1920×1080
BUSY = "while True: pass"


def live(
    size: str,
    fps: float,
    quick: bool,
    *,
    quality: str = "auto",
    cores: int | None = None,
    load: int = 0,
    settling: float = SETTLING,
    decoding: bool = True,
) -> dict:
    """The figures of a performance on `cores` cores beside `load` competing processes. Without `decoding` the frames
    are ready in memory, like those of a camera that sends uncompressed pictures."""
    seconds = 6 if quick else 20
    look, machine = settle({"quality": quality}, "bench")
    with tempfile.TemporaryDirectory() as folder:
        clip = draw(folder, size, round(5 * fps) if decoding else HELD, fps)
        with only(cores), competing(load), (open_played if decoding else held)(clip, machine) as source:
            sink = Noting(source)
            stage = make_stage(source, [sink], make_desk(look, machine), machine, until=settling + seconds)
            stage.meter.kept = seconds
            stage.run()
            reading = stage.meter.read(sink.dropped(seconds), seconds)
    return {
        "fps": reading.fps,
        "dropped": reading.dropped,
        "latency p50 ms": reading.latency_ms,
        "latency p95 ms": reading.latency_p95_ms,
        "dream steps a second": reading.steps,
        "grid, pixels": stage.view.governor.rung.area,
        "dream rests, turns": stage.view.governor.rung.rest,
    }


class Held(Source):
    """Frames that are ready in memory."""

    def __init__(self, frames: list, fps: float) -> None:
        self.size, self.fps, self._frames = frames[0].size, fps, iter(frames)

    def read(self):
        return next(self._frames, None)

    def close(self) -> None:
        pass


def held(clip: str, machine) -> Newest:
    """As `open_played`, but decoded in advance."""
    with open_source(clip, machine) as source:
        frames, fps = list(iter(source.read, None)), source.fps
    return Newest(Held(frames, fps), paced=True, again=lambda: Held(frames, fps))


class Noting(Memory):
    """Keeps the last frame, and the count of dropped frames over time."""

    def __init__(self, source) -> None:
        super().__init__(limit=1)
        self._source, self._noted = source, []

    def write(self, frame) -> None:
        super().write(frame)
        self._noted.append((time.monotonic(), self._source.dropped))

    def dropped(self, seconds: float) -> int:
        """Frames dropped in the last `seconds`."""
        since = self._noted[-1][0] - seconds
        return self._noted[-1][1] - next(count for when, count in self._noted if when >= since)


@contextmanager
def only(cores: int | None):
    """Limits this process to a number of cores, before it starts its threads. Linux only."""
    if cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    yield


@contextmanager
def competing(load: int):
    """A number of processes that use a full core each, at the priority of the video."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(load)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()  # else its time would count as that of others


def governor(quick: bool) -> dict:
    """1280×720 at 30 fps with one core fewer, and beside a competing load, with the governor and at full quality; each
    in its own process."""
    found = {}
    for name, more in (("one core", "cores=1"), ("a load on each core", "load=2")):
        for quality in ("auto", "best"):
            call = f"live('1280x720', 30, {quick}, quality={quality!r}, settling=16, {more})"
            found |= {f"{name}, {quality}: {what}": value for what, value in alone(call).items()}
    return found


def start_up(quick: bool) -> dict:
    """Seconds until `--help` answers, TensorFlow is imported, and `live` shows its first picture and its first dream,
    by TensorFlow and by OpenVINO where that is installed; and the longest gap between two pictures in the first five
    seconds. Medians of fresh processes."""
    rounds = 1 if quick else 5
    helping = [sys.executable, "-m", "kaleidocam", "--help"]
    importing = [sys.executable, "-c", "import tensorflow"]
    root = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as folder:
        clip = draw(folder, "1280x720", 150)
        times: dict[str, list[float]] = {"--help": [], "TensorFlow's import": []}
        for _ in range(rounds):
            for name, command in (("--help", helping), ("TensorFlow's import", importing)):
                before = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=root)
                times[name].append(time.perf_counter() - before)
            for name in filter(installed, ("tensorflow", "openvino")):
                for what, seconds in alone(f"beginning({clip!r}, {name!r}, {time.time()!r})").items():
                    times.setdefault(f"{what}, {BACKENDS[name]}", []).append(seconds)
    return {f"{name} s": sorted(values)[len(values) // 2] for name, values in times.items()}


def beginning(clip: str, backend: str, started: float) -> dict[str, float]:
    """Seconds from `started` (time.time) to the first picture and to the first one with a dream, and the longest
    between two pictures within BEGINNING, with the default settings."""
    look, machine = settle({"backend": backend}, "bench")
    shown, dreamed = [], []

    class Noting(Memory):
        def write(self, frame) -> None:
            shown.append(time.time())
            if stage.view.dreaming.turns >= 2:  # the first turn covers no time
                dreamed.append(time.time())
            if dreamed and shown[-1] - shown[0] > BEGINNING:
                stage.quit()

    with open_played(clip, machine) as source:
        stage = make_stage(source, [Noting()], make_desk(look, machine), machine, until=60)
        stage.run()
    early = [when for when in shown if when - shown[0] <= BEGINNING]
    return {
        "first picture": shown[0] - started,
        "first dreamed picture": dreamed[0] - started,
        "longest gap": max(later - when for when, later in pairwise(early)),
    }


def alone(call: str):
    """The result of `call`, an expression in this module, in a new process."""
    code = (
        f"import sys, json; sys.path.insert(0, {str(Path(__file__).parents[1])!r}); from speed.live import *; "
        f"print(json.dumps({call}))"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
