"""How a film's cost grows when one setting at a time changes from the defaults at 640×360.

Invariant: time and memory of one row come from the same new process; the time is without the start-up.
"""

import json
import subprocess
import sys
from pathlib import Path

ROWS = (
    ("output size", "320x180", {"size": "320x180"}),
    ("output size", "640x360", {"size": "640x360"}),
    ("output size", "1280x720", {"size": "1280x720"}),
    ("output size", "1920x1080", {"size": "1920x1080"}),
    ("output size", "3840x2160", {"size": "3840x2160"}),
    ("grid", "176x100", {"grid": "176x100"}),
    ("grid", "320x180", {"grid": "320x180"}),
    ("grid", "480x270", {"grid": "480x270"}),
    ("grid", "640x360", {"grid": "640x360"}),
    ("layer", "mixed0:3", {"channel": "mixed0:3"}),
    ("layer", "mixed2:133", {"channel": "mixed2:133"}),
    ("layer", "mixed3:394", {"channel": "mixed3:394"}),
    ("layer", "mixed4:245", {"channel": "mixed4:245"}),
    ("layer", "mixed5:74", {"channel": "mixed5:74"}),
    ("channels", "1", {"channel": "mixed5:74"}),
    ("channels", "2 of a layer", {"channel": "mixed5:74 + mixed5:186"}),
    ("channels", "4 of two layers", {"channel": "mixed5:74 + mixed5:186 + mixed4:245 + mixed4:101"}),
    ("channels", "a whole layer", {"channel": "mixed5"}),
    ("film length, frames", "60", {"frames": 60}),
    ("film length, frames", "300", {"frames": 300}),
    ("film length, frames", "1200", {"frames": 1200}),
)


def growth(quick: bool) -> dict:
    """Milliseconds per frame and peak MiB for each row."""
    found = {}
    for what, value, settings in ROWS:
        more = dict(settings)
        frames = more.pop("frames", 30 if quick else 60)
        if quick and frames > 300:
            continue
        found[f"{what}: {value}"] = fresh(more.pop("size", "640x360"), frames, more)
    return {f"{name}: {figure}": value for name, row in found.items() for figure, value in row.items()}


def fresh(size: str, frames: int, more: dict) -> dict:
    """One row, in its own process."""
    code = (
        f"import sys, json; sys.path.insert(0, {str(Path(__file__).parents[1])!r}); from speed.growth import row; "
        f"print(json.dumps(row({size!r}, {frames}, {more!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def row(size: str, frames: int, more: dict) -> dict:
    """A film of `frames` drawn frames at `size` with the settings `more`, timed once it dreams."""
    import resource
    import tempfile
    import time

    import kaleidocam
    from speed.clip import draw
    from speed.command import WARM

    times = []
    with tempfile.TemporaryDirectory() as folder:
        clip = draw(folder, size, frames)
        kaleidocam.film(
            clip, f"{folder}/out.mp4", progress=lambda done, total: times.append(time.perf_counter()), **more
        )
        ended = time.perf_counter()
    return {
        "ms a frame": 1e3 * (ended - times[WARM]) / (frames - WARM),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def plot(found: dict, path: Path) -> None:
    """One diagram per setting; `found`: the result of `growth`."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "kaleidocam", "font.size": 8})
    kinds = list(dict.fromkeys(what for what, _, _ in ROWS))
    figure, axes = pyplot.subplots(2, len(kinds), figsize=(14, 5))
    for column, kind in enumerate(kinds):
        for line, unit in enumerate(("ms a frame", "peak MiB")):
            values = [
                (value, found[f"{kind}: {value}: {unit}"])
                for what, value, _ in ROWS
                if what == kind and f"{kind}: {value}: {unit}" in found
            ]
            axis = axes[line][column]
            axis.bar([name for name, _ in values], [figure for _, figure in values], color="#46a")
            axis.tick_params(axis="x", rotation=40)
            axis.set_ylabel(unit if column == 0 else "")
            axis.set_title(kind if line == 0 else "")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
