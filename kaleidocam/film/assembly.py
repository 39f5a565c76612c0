"""The one film sink of scripts.

Invariant: to go.
"""

from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source


def make_film(source: Source, out: str, machine: Machine, *, audio_from: str | None, overwrite: bool) -> Sink:
    """The film sink of one source: its frame times exactly, the audio of `audio_from` untouched."""
    from kaleidocam.sinks.film import Film

    return Film(
        out,
        size=source.size,
        fps=source.fps,
        time_base=source.time_base,
        audio_from=audio_from,
        crf=machine.crf,
        overwrite=overwrite,
    )
