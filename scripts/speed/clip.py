"""The clips that are measured on: the drawn aisle as an H.264 file, so that anyone has the same.

Invariant: a clip is drawn into a folder that its user removes.
"""

from pathlib import Path

from kaleidocam.film.assembly import make_film
from kaleidocam.film.pipeline import dream_film
from kaleidocam.picture.assembly import make_eye
from kaleidocam.picture.dream import Dream
from kaleidocam.picture.grid import grid_of
from kaleidocam.settings.values import settle
from kaleidocam.sources.opening import open_source


def draw(folder: str, size: str, frames: int, fps: float = 30.0) -> str:
    """The drawn aisle as a film; returns its path."""
    path = str(Path(folder) / f"aisle-{size}-{fps:g}.mp4")
    _, machine = settle({"size": size, "fps": fps}, "bench")
    with (
        open_source("aisle", machine) as source,
        make_film(source, path, machine, audio_from=None, overwrite=True) as sink,
    ):
        for _ in range(frames):
            sink.write(source.read())
    return path


def dream(clip: str, out: str, dreamer, look, machine, *, each=lambda frame: None, until=None) -> None:
    """What `kaleidocam film` does between start and end."""
    with open_source(clip, machine) as source, make_film(source, out, machine, audio_from=clip, overwrite=True) as sink:
        dream_film(
            source,
            [sink],
            eye=make_eye(machine),
            dream=Dream(grid_of(look, source.size), dreamer),
            look=look,
            until=until,
            each=each,
        )
