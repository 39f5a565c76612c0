"""Times the command `kaleidocam film` from its start to its last byte, and each of its parts.

Invariant: it runs in its own process, and its progress is read from its `--json` lines.
"""

import json
import tempfile

from speed.child import kaleidocam, run
from speed.clip import draw

WARM = 12  # frames that are not timed: their burst is slower than the film
PARTS = ("start-up", "scanning and the framework's start", "dreaming", "joining")
STEPS = ("scanning", "progress", "joining", "done")  # the events with which a part ends


def filmed(size: str, seconds: float, quick: bool, **settings) -> dict:
    """The figures of a film of the drawn clip of `size`, 30 fps; a quick one is a third as long."""
    with tempfile.TemporaryDirectory() as folder:
        return timed_film(draw(folder, size, round(30 * seconds / (3 if quick else 1))), f"{folder}/out.mp4", settings)


def timed_film(clip: str, out: str, settings: dict) -> dict:
    """Seconds of a film of `clip` to `out`, and of its parts; frames a second over all of it, and while it dreams; its
    peak memory.

    The scan is followed by the framework's start and, of a long film, the trial for the estimate; the dream begins with
    the network's preparation.
    """
    flags = [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    ended = run(kaleidocam("film", clip, out, "--json", "-y", *flags))
    found = figures([(at, json.loads(line)) for at, line in ended.lines])
    used = dict(ended.used)
    if cores := used.get("cores kept busy"):
        used["core-ms a frame"] = 1e3 * cores * ended.seconds / found["frames"]
    return found | used


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
