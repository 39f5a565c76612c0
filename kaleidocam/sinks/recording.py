"""A film as the machine's parameters want it.

Invariant: what can't be written is a UserError before a frame is.
"""

from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.codecs import codec_for
from kaleidocam.sinks.film import Film


def open_film(path: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of a live source, recorded without holding up the rest."""
    return Behind(film_of(path, size, fps, machine, overwrite=overwrite))


def film_of(path: str, size: tuple[int, int], fps: float, machine: Machine, *, overwrite: bool) -> Sink:
    """A film of frames of `size` (width, height), stored as the machine says. UserError where it can't be written."""
    codec = codec_for(path, None if machine.codec == "auto" else machine.codec)
    return Film(path, size=size, fps=fps, codec=codec, crf=machine.crf, overwrite=overwrite)
