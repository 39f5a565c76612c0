"""A media file, opened for its video, and refused where it is no film.

Invariant: only the file itself is read. Playlists, which can name other files and addresses, are refused.
"""

from pathlib import Path

import av
from av.stream import Disposition

from kaleidocam.errors import UserError, reason

HEAD_BYTES = 512
PLAYLIST_MARKS = (b"#extm3u", b"ffconcat", b"<mpd", b"<compositionplaylist", b"v=0\r\no=", b"v=0\no=", b"[playlist]")
NO_FILMS = {
    "applehttp",
    "concat",
    "dash",
    "hls",
    "image2",
    "imf",
    "lavfi",
    "rtp",
    "rtsp",
    "sap",
    "sdp",
    "tty",
    "vobsub",
    "webm_dash_manifest",
}  # demuxers that reach beyond the file, and the one that draws text

# What matters is said by a source's `notice` or a UserError. At any level PyAV would take Python's lock on FFmpeg's
# threads for their words, and whoever closes a decoder waits for these threads with the lock in hand.
av.logging.set_level(None)


def open_alone(path: str) -> av.container.InputContainer:
    """A media file, open to be read, whatever is in it; nothing else is. FFmpegError or OSError where it can't be."""
    only = {"protocol_whitelist": "file", "format_whitelist": ",".join(sorted(av.formats_available - NO_FILMS))}
    # "file:", or a name such as "12:30.mp4" is taken for an address; titles need not be UTF-8
    return av.open(f"file:{path}", options=only, metadata_errors="replace")


def open_film(path: str) -> tuple[av.container.InputContainer, av.VideoStream]:
    """The open file, to be closed by the caller, and its first video stream that is no cover. UserError if the file is
    missing, empty, a playlist, or has none."""
    _refuse_what_is_no_film(path)
    try:
        container = open_alone(path)
    except av.ArgumentError as error:
        raise UserError(f"'{path}' is a playlist, a text or raw data; give a video file") from error
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"'{path}' can't be read as a video: {reason(error)}") from error
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        container.close()
        raise UserError(f"'{path}' has no video in it; give a video file")
    return container, streams[0]


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
            raise UserError(f"no file '{path}'; give a video, a picture, or 'aisle' (drawn, no file needed)")
        if not file.is_file():
            raise UserError(f"'{path}' is not a file; give a video, a picture, or 'aisle'")
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES).lower()
    except OSError as error:
        raise UserError(f"'{path}' can't be read: {reason(error)}") from error
    if not head:
        raise UserError(f"'{path}' is empty (0 bytes); give a video file")
    if any(mark in head for mark in PLAYLIST_MARKS):
        raise UserError(f"'{path}' is a playlist, which can reach other files; give a video file")
