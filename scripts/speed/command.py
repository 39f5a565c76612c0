"""Times the command `kaleidocam film` from its start to its last byte, and each of its parts.

Invariant: it runs in its own process, and its progress is read from its `--json` lines.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

WARM = 12  # frames that are not timed: their burst is slower than the film
PARTS = ("start-up", "scanning and the framework's start", "dreaming", "joining")
STEPS = ("scanning", "progress", "joining", "done")  # the events with which a part ends


def timed_film(clip: str, out: str, settings: dict) -> dict:
    """Seconds of a film of `clip` to `out`, and of its parts; frames a second over all of it, and while it dreams.

    The scan is followed by the framework's start and, of a long film, the trial for the estimate; the dream begins with
    the network's preparation.
    """
    flags = [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "kaleidocam", "film", clip, out, "--json", "-y", *flags]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    lines = [(time.perf_counter() - began, json.loads(line)) for line in process.stdout]
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, command)
    return figures(lines)


def figures(lines: list[tuple[float, dict]]) -> dict:
    """The result of `timed_film` from the command's lines, each with the seconds since the start."""
    first = {name: next(at for at, line in lines if line["event"] == name) for name in STEPS}
    frames, whole = lines[-1][1]["frames"], first["done"]
    told = [(at, line["frames"]) for at, line in lines if line["event"] == "progress"]
    (since, before), (until, done) = next((pair for pair in told if pair[1] >= WARM), told[0]), told[-1]
    parts = zip(PARTS, (0.0, *first.values()), first.values(), strict=False)
    return {
        "fps": frames / whole,
        "fps while dreaming": (done - before) / (until - since) if until > since else float("nan"),
        "frames": frames,
        "from start to last byte, s": whole,
        **{f"{part}, s": end - begin for part, begin, end in parts},
    }
