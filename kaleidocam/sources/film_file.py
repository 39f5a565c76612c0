"""A media file, or a web address that is one, opened for its video, and refused where it is no film.

Invariant: what comes out of here has a video that can be read from its beginning on.
"""

from pathlib import Path

import av
from av.stream import Disposition

from kaleidocam.address import is_web, without_password
from kaleidocam.errors import UserError, reason
from kaleidocam.media import open_media
from kaleidocam.sources.kinds import FILMS

HEAD_BYTES = 512
PLAYLIST_MARKS = (b"#extm3u", b"ffconcat", b"<mpd", b"<compositionplaylist", b"v=0\r\no=", b"v=0\no=", b"[playlist]")
NOT_SENT = "check the address, and that it is being sent"


def open_film(path: str) -> tuple[av.container.InputContainer, av.VideoStream]:
    """The open file or web address, to be closed by the caller, and its first video stream that is no cover. UserError
    if it is missing, empty, a playlist, or has none."""
    if not is_web(path):
        _refuse_what_is_no_film(path)
    name = without_password(path)
    try:
        container = open_media(path)
    except av.ArgumentError as error:
        raise UserError(f"'{name}' is a playlist, a text or raw data; give a video file") from error
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"'{name}' can't be read as a video: {reason(error)}") from error
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        container.close()
        raise UserError(f"'{name}' has no video in it; give a video file")
    return container, streams[0]


def has_end(address: str) -> bool:
    """Whether what a web address sends is a film: its container says how long it lasts. UserError where nothing can be
    read there. A playlist counts as endless: what it names is elsewhere."""
    try:
        with open_web(address) as container:
            return bool(container.duration)
    except (av.ArgumentError, av.InvalidDataError):
        return False


def bytes_there(address: str) -> int | None:
    """How many bytes a web address has; None where its server does not say. UserError as `has_end`."""
    with open_web(address) as container:
        return container.size if container.size > 0 else None


def open_web(address: str) -> av.container.InputContainer:
    """What a web address sends, open. UserError where nothing comes; what comes and is no media is av.ArgumentError or
    av.InvalidDataError."""
    try:
        return open_media(address)
    except (av.ArgumentError, av.InvalidDataError):
        raise
    except (av.FFmpegError, OSError) as error:
        name = without_password(address)
        raise UserError(f"no video comes from {name} ({reason(error)}); {NOT_SENT}") from error


def expected_frames(container: av.container.InputContainer, stream: av.VideoStream, fps: float) -> int | None:
    """How many frames there should be: counted by the file, or else about as many as its length says."""
    if stream.frames:
        return stream.frames
    seconds = promised_end(stream)
    if seconds is not None:
        seconds -= float((stream.start_time or 0) * stream.time_base)
    elif container.duration:
        seconds = container.duration / av.time_base
    return None if seconds is None else round(seconds * fps) or None


def promised_end(stream: av.VideoStream) -> float | None:
    """Seconds at which the video ends by the file's own account; None where there is none."""
    if stream.duration is not None:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    try:  # Matroska says it in a tag, "00:00:04.023000000"
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except (KeyError, ValueError):
        return None


def _refuse_what_is_no_film(path: str) -> None:
    file = Path(path)
    try:
        if not file.exists():
            raise UserError(f"no file '{path}'; give {FILMS}")
        if not file.is_file():
            raise UserError(f"'{path}' is not a file; give {FILMS}")
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES).lower()
    except OSError as error:
        raise UserError(f"'{path}' can't be read: {reason(error)}") from error
    if not head:
        raise UserError(f"'{path}' is empty (0 bytes); give a video file")
    if any(mark in head for mark in PLAYLIST_MARKS):
        raise UserError(f"'{path}' is a playlist, which can reach other files; give a video file")
