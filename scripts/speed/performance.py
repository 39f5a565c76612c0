"""Times the command `kaleidocam live`: of an H.264 file, and of a Motion-JPEG stream such as a network camera sends.

Invariant: it runs in its own process, decoding and all; only the screen is missing.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from mjpeg_server import MjpegServer

from speed.child import run
from speed.clip import draw
from speed.noting import SHOWN, STEPPED

SETTLING = 12.0  # seconds at the start, in which sizes of the dream are made ready and the governor finds its own
CLIP_SECONDS = 5  # of the clip that is played over and over
STREAM = "mjpeg"


def performed(
    size: str,
    fps: float,
    quick: bool,
    *,
    source: str = "file",
    quality: str | None = None,
    words: Sequence[str] = (),
) -> dict:
    """The figures of the command on a clip of `size` at `fps`, as a file or as a Motion-JPEG stream; `words`: flags
    besides."""
    seconds = 6 if quick else 20
    with tempfile.TemporaryDirectory() as folder:
        clip, notes = draw(folder, size, round(CLIP_SECONDS * fps), fps), Path(folder) / "notes.json"
        with served(clip, fps) if source == STREAM else _itself(clip) as text:
            given = ["live", "--from", text, "-t", str(SETTLING + seconds), "-y", *words]
            given += ["--quality", quality] if quality else []
            began = time.monotonic()
            ended = run([sys.executable, "-P", str(Path(__file__).with_name("noting.py")), str(notes), *given])
        return figures(json.loads(notes.read_text()), began, seconds) | ended.used


def figures(noted: dict[str, list], began: float, seconds: float) -> dict:
    """From what was noted, over the last `seconds`; of what was before them, that nothing was lost or late; `began`:
    when the process was started."""
    shown, stepped = noted[SHOWN], noted[STEPPED]
    since = shown[-1][0] - seconds
    times, late, dropped = map(np.array, zip(*[each for each in shown if each[0] >= since], strict=True))
    before = [each for each in shown if each[0] < since] or shown[:1]
    second = stepped[1][0] if len(stepped) > 1 else np.inf  # the first turn covers no time
    dreamed = [when for when, *_ in shown if when >= second]
    areas = [area for when, area in stepped if when >= since]
    return {
        "fps": (len(times) - 1) / (times[-1] - times[0]),
        "dropped": float(dropped[-1] - before[-1][2]),
        "latency p50 ms": 1e3 * float(np.median(late)),
        "latency p95 ms": 1e3 * float(np.percentile(late, 95)),
        "longest gap ms": 1e3 * float(np.diff(times).max()),
        "dream steps a second": len(areas) / seconds,
        "grid, pixels, mean": float(np.mean(areas)) if areas else float("nan"),
        "megapixels dreamed a second": sum(areas) / seconds / 1e6,
        "before: dropped": float(before[-1][2]),
        "before: latency p95 ms": 1e3 * float(np.percentile([late for _, late, _ in before], 95)),
        "first picture, s": shown[0][0] - began,
        "first dream, s": dreamed[0] - began if dreamed else float("nan"),
    }


@contextmanager
def served(clip: str, fps: float) -> Iterator[str]:
    """The address at which the pictures of a clip are sent, over and over."""
    import kaleidocam

    with kaleidocam.open_source(clip) as source:
        server = MjpegServer((frame.image for frame in iter(source.read, None)), fps)
    try:
        yield server.address
    finally:
        server.stop()


@contextmanager
def _itself(clip: str) -> Iterator[str]:
    yield clip
