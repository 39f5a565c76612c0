"""The clips for measurements: the drawn aisle as an H.264 file, the same for everyone.

Invariant: a clip is drawn into a folder that the caller removes; where the benchmark names one for all its runs, each
is drawn once, so that all measure the same file.
"""

import os
from itertools import islice
from pathlib import Path

from kaleidocam import open_sink, open_source

FOLDER = "KALEIDOCAM_BENCH_CLIPS"


def draw(folder: str, size: str, frames: int, fps: float = 30.0) -> str:
    """The drawn aisle as a film; returns its path."""
    path = Path(os.environ.get(FOLDER, folder)) / f"aisle-{size}-{fps:g}-{frames}.mp4"
    if path.exists():
        return str(path)
    with (
        open_source("aisle", size=size, fps=fps) as source,
        open_sink(str(path), source.size, source.fps, overwrite=True) as sink,
    ):
        for frame in islice(iter(source.read, None), frames):
            sink.write(frame)
    return str(path)
