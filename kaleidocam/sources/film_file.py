"""Opens a media file, local or at a web address, for its video; refuses what is not a film.

Invariant: what is returned has a video that can be read from its beginning.
"""

import hashlib
from pathlib import Path

import av

from kaleidocam.address import is_web, without_secrets
from kaleidocam.errors import UserError, reason
from kaleidocam.media import open_media
from kaleidocam.pipe import is_pipe
from kaleidocam.sources.kinds import FILMS
from kaleidocam.sources.tracks import film_track

HEAD_BYTES = 512
SAMPLE = 1 << 20  # bytes of packets that are read for a fingerprint
PLAYLIST_MARKS = (b"#extm3u", b"ffconcat", b"<mpd", b"<compositionplaylist", b"v=0\r\no=", b"v=0\no=", b"[playlist]")
STREAMED = "; live, a pipe needs a format that can be read as it comes, such as MPEG-TS or Matroska"
SLACK = {"asf": 1.0}  # seconds: WMV's only length is that of its longest track
NOT_SENT = "check the address, and that the stream is running"


def open_film(path: str, track: str = "auto") -> tuple[av.container.InputContainer, av.VideoStream, tuple[str, ...]]:
    """The open file or web address, which the caller closes; its video track to dream, `track` as in tracks.film_track;
    and lines on its other tracks. UserError if it is missing, empty, a playlist, or has no such video."""
    if not is_web(path) and not is_pipe(path):
        _refuse_what_is_no_film(path)
    name = without_secrets(path)
    try:
        container = open_media(path)
    except av.ArgumentError as error:
        raise UserError(f"'{name}' is a playlist, a text or raw data; give a video file") from error
    except (av.FFmpegError, OSError) as error:
        raise UserError(
            f"'{name}' can't be read as a video: {reason(error)}{STREAMED if is_pipe(path) else ''}"
        ) from error
    try:
        return container, *film_track(container, track, name)
    except UserError:
        container.close()
        raise


def has_end(address: str) -> bool:
    """Whether a web address sends a film: then its container gives a duration. A playlist counts as endless, since its
    content is elsewhere. UserError if nothing can be read there."""
    try:
        with open_web(address) as container:
            return bool(container.duration)
    except (av.ArgumentError, av.InvalidDataError):
        return False


def fingerprint_there(address: str) -> dict[str, int | str | None]:
    """Values that tell the film at a web address from another. The address is no part of them: a token in it may have
    changed, and must not be kept. The values: its number of bytes, None if its server does not say, and a digest of the
    first SAMPLE bytes of its packets. UserError as in `has_end`."""
    digest, left = hashlib.sha256(), SAMPLE
    try:
        with open_web(address) as container:
            size = container.size
            for packet in container.demux():
                digest.update(bytes(packet))
                if (left := left - packet.size) <= 0:
                    break
    except (av.ArgumentError, av.InvalidDataError):
        raise
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"no video comes from {without_secrets(address)} ({reason(error)}); {NOT_SENT}") from error
    return {"bytes": size if size > 0 else None, "sha256 of packets": digest.hexdigest()}


def open_web(address: str) -> av.container.InputContainer:
    """Opens a web address. UserError if nothing comes; av.ArgumentError or av.InvalidDataError if what comes is not
    media."""
    try:
        return open_media(address)
    except (av.ArgumentError, av.InvalidDataError):
        raise
    except (av.FFmpegError, OSError) as error:
        name = without_secrets(address)
        raise UserError(f"no video comes from {name} ({reason(error)}); {NOT_SENT}") from error


def expected_frames(container: av.container.InputContainer, stream: av.VideoStream, fps: float) -> int | None:
    """The expected number of frames: the file's own count, or else an estimate from its duration."""
    if stream.frames:
        return stream.frames
    seconds = promised_end(stream)
    if seconds is not None:
        seconds -= float((stream.start_time or 0) * stream.time_base)
    elif container.duration:
        seconds = container.duration / av.time_base
    return None if seconds is None else round(seconds * fps) or None


def promised_end(stream: av.VideoStream) -> float | None:
    """Seconds at which the video ends according to the file; None if it does not say."""
    if stream.duration is not None:
        ends = float((stream.duration + (stream.start_time or 0)) * stream.time_base)
        return ends - SLACK.get(stream.container.format.name, 0.0)
    try:  # Matroska gives the duration in a tag, "00:00:04.023000000"
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
