"""What a file says of itself and the film says too: its tags, its chapters and its timecode.

Invariant: nothing is copied that is not true for the film: times and timecode are moved to where it begins.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av

from kaleidocam.media import open_sound
from kaleidocam.sinks import timecode
from kaleidocam.timeline import Timeline

STALE = (
    "duration",
    "bps",
    "number_of_",
    "encoder",
    "_statistics",
    "vendor_id",
    "major_brand",
    "minor_version",
    "compatible_brands",
    "application_platform",
    "company_name",
    "generation_uid",
    "material_package",
    "operational_pattern",
    "product_",
    "toolkit_",
    "uid",
    timecode.NAME,
)  # tags that the new film must not inherit: it gets its own


def fresh(tags: dict[str, str]) -> dict[str, str]:
    """The input's tags that are also true for the film."""
    return {name: value for name, value in tags.items() if not name.lower().startswith(STALE)}


def copy_tags(
    path: str,
    out: av.container.OutputContainer,
    video: av.VideoStream,
    *,
    fps: float,
    start: float,
    end: float,
    shift: float,
) -> list[str]:
    """Copies the title and the file's other tags, its chapters between `start` and `end` seconds, and its timecode to
    the film's `video` of `fps` frames a second. Returns lines on what could not be kept."""
    with open_sound(path) as opened:
        out.metadata.update(fresh(opened.metadata))
        out.set_chapters(list(_chapters(opened, start, end, shift)))
        code, lost = timecode_at(opened, fps, max(0.0, shift))
        if code:
            video.metadata[timecode.NAME] = code
        return lost


def _chapters(opened: av.container.InputContainer, start: float, end: float, shift: float) -> Iterator[Any]:
    """Those between `start` and `end`. In some files they count from the beginning of the film, whatever the clock of
    its packets says: such chapters all lie before it."""
    zero, chapters = float(Timeline(opened).zero), opened.chapters()
    if all(chapter["end"] * chapter["time_base"] <= zero for chapter in chapters):
        zero = 0.0
    for chapter in chapters:
        unit = chapter["time_base"]
        first = max(start, float(chapter["start"] * unit) - zero)
        last = min(end, float(chapter["end"] * unit) - zero)
        if first < last:
            yield {**chapter, "start": round((first - shift) / unit), "end": round((last - shift) / unit)}


def find_tags(opened: av.container.InputContainer) -> list[str]:
    """Lines on the tags and chapters that `copy_tags` keeps."""
    names, count = sorted(fresh(opened.metadata)), len(opened.chapters())
    return ([f"tags {', '.join(names)}"] if names else []) + ([f"{count} chapter{'s' * (count > 1)}"] if count else [])


def timecode_at(opened: av.container.InputContainer, fps: float, seconds: float) -> tuple[str | None, list[str]]:
    """The file's timecode at these seconds, as a film of `fps` frames a second counts; None if it has none, or the film
    can't count so: then a line says so."""
    code, rate = timecode_of(opened)
    if code is None:
        return None, []
    factor = max(1, round(fps / float(rate))) if rate else 1
    if (there := timecode.moved(code, round(seconds * fps), fps, factor)) is None:
        return None, [f"its timecode, {code}, does not fit {fps:g} frames a second and is left out"]
    return there, []


def timecode_of(opened: av.container.InputContainer) -> tuple[str | None, Fraction | None]:
    """A file's timecode at its first frame, and the frame rate that it counts; None where it has none."""
    videos = [stream for stream in opened.streams.video if stream.average_rate]
    rate = videos[0].average_rate if videos else None
    for tags in (*(stream.metadata for stream in opened.streams), opened.metadata):
        for name, value in tags.items():
            if name.lower() == timecode.NAME:
                return value, rate
    return None, rate
