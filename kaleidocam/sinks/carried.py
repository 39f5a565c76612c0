"""What of a file besides its pictures goes into a film.

Invariant: what is there is either kept or left out; nothing is lost without a line that says so.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path

import av

from kaleidocam.media import open_sound
from kaleidocam.sinks.attached import attach
from kaleidocam.sinks.codecs import FORMATS, Codec
from kaleidocam.sinks.film_tags import find_tags, timecode_at, timecode_of
from kaleidocam.sinks.fitting import fitting

ALL = ("audio", "subtitle", "data")  # kinds of tracks


@dataclass
class Carried:
    """Lines for people: what the film keeps, and what it leaves out."""

    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def carried(path: str, out: str, codec: Codec, *, fps: float, start: float) -> Carried:
    """What a film `out` of `fps` frames a second keeps of the file `path`, from its second `start` on. Nothing is
    written: the tracks are tried in memory."""
    told = Carried()
    if not codec.joins:
        told.left_out += lost_in_pictures(path, out, codec.name)
        return told
    form = FORMATS[Path(out).suffix.lower()]
    fitting(path, form, out, ALL, told.left_out, told.kept)
    with av.open(io.BytesIO(), "w", format=form) as trial:
        attach(path, trial, out, told.left_out, told.kept)
    with open_sound(path) as opened:
        told.kept += find_tags(opened)
        code, lost = timecode_at(opened, fps, start)
        told.kept += [f"timecode {code}"] if code else []
        told.left_out += lost
    return told


def lost_in_pictures(path: str, out: str | Path, codec: str) -> list[str]:
    """A line on what a GIF, a WebP or a sequence of pictures can't hold of the file; none if it has nothing else."""
    with open_sound(path) as opened:
        there = {
            "sound": opened.streams.audio,
            "subtitles": opened.streams.subtitles,
            "chapters": opened.chapters(),
            "timecode": timecode_of(opened)[0],
        }
    words = [word for word, found in there.items() if found]
    listed = " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
    return [f"'{out}' has no {listed}: {codec} can't hold any"] if words else []
