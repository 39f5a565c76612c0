"""Which video track of a file is the film.

Invariant: a cover, a thumbnail, a part of another picture or a track that no decoder knows is never taken unasked.
"""

import re

import av
from av.stream import Disposition

from kaleidocam.errors import UserError

NO_FILM = (
    Disposition.attached_pic
    | Disposition.timed_thumbnails
    | Disposition.still_image
    | Disposition.dependent
    | Disposition.metadata
    | Disposition.multilayer
)
SPECIFIER = re.compile(r"(?:0:)?(?:(?P<index>\d+)|v(?::(?P<number>\d+))?)")  # as for ffmpeg's -map: 2, 0:2, v:1, 0:v:1


def film_track(
    container: av.container.InputContainer, wanted: str, name: str
) -> tuple[av.VideoStream, tuple[str, ...]]:
    """The video track to dream, and lines on the others. `wanted`: "auto", which is FFmpeg's own choice among those
    that can be a film, or ffmpeg's specifier of a stream. `name`: the file's, for the UserError if there is none."""
    videos = [stream for stream in container.streams.video if stream.codec_context is not None]
    if wanted != "auto":
        return _asked_for(videos, wanted, name), ()
    films = [stream for stream in videos if not stream.disposition & NO_FILM]
    if not films:
        if any(stream.codec_context is None for stream in container.streams.video):
            raise UserError(f"'{name}' has a video of a kind that no decoder here knows; convert it first")
        raise UserError(f"'{name}' has no video in it; give a video file")
    best = container.streams.best("video")
    chosen = next((stream for stream in films if best and stream.index == best.index), None) or max(films, key=_worth)
    others = [stream for stream in films if stream.index != chosen.index]
    if not others:
        return chosen, ()
    listed = "; ".join(_described(videos, stream) for stream in others)
    return chosen, (
        f"of its video tracks, {_described(videos, chosen)} is dreamed; --stream chooses another: {listed}",
    )


def _asked_for(videos: list[av.VideoStream], wanted: str, name: str) -> av.VideoStream:
    form = SPECIFIER.fullmatch(wanted)
    assert form is not None, wanted  # the parameter has checked it
    if form["index"] is None:
        found = videos[int(form["number"] or 0) :][:1]
    else:
        found = [stream for stream in videos if stream.index == int(form["index"])]
    if not found:
        listed = "; ".join(_described(videos, stream) for stream in videos) or "none"
        raise UserError(f"'{name}' has no video track '{wanted}'; its video tracks: {listed}")
    return found[0]


def _worth(stream: av.VideoStream) -> tuple[bool, int, int]:
    return bool(stream.disposition & Disposition.default), stream.frames, stream.width * stream.height


def _described(videos: list[av.VideoStream], stream: av.VideoStream) -> str:
    what = f"v:{videos.index(stream)} ({stream.codec_context.name} {stream.width}x{stream.height}"
    return what + (f", {rate:g} fps)" if (rate := float(stream.average_rate or 0)) and rate < 1000 else ")")
