"""The clips for measurements: the drawn aisle as an H.264 file, the same for everyone.

Invariant: a clip is drawn into a folder that the caller removes.
"""

from itertools import islice
from pathlib import Path

from kaleidocam import open_sink, open_source


def draw(folder: str, size: str, frames: int, fps: float = 30.0) -> str:
    """The drawn aisle as a film; returns its path."""
    path = str(Path(folder) / f"aisle-{size}-{fps:g}.mp4")
    with (
        open_source("aisle", size=size, fps=fps) as source,
        open_sink(path, source.size, source.fps, overwrite=True) as sink,
    ):
        for frame in islice(iter(source.read, None), frames):
            sink.write(frame)
    return path
