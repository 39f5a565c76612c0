"""Media files and web addresses, opened for reading with PyAV.

Invariant: only the given file or address is read. Playlists, which can name others, are refused.
"""

import av

from kaleidocam.address import is_web, without_secrets
from kaleidocam.errors import UserError, reason
from kaleidocam.pipe import Pipe, is_pipe

OPEN_SECONDS, READ_SECONDS = 5.0, 10.0  # timeouts of a web address: for its answer, and for more data
FILE_ONLY, WEB_ONLY = "file", "http,https,httpproxy,tcp,tls"
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

# A source's `notice` or a UserError says what matters. With logging on, FFmpeg's threads need Python's lock for each
# message, while the thread that closes a decoder holds that lock and waits for them: a deadlock.
av.logging.set_level(None)


def open_media(text: str) -> av.container.InputContainer:
    """Opens a media file, pipe or web address for reading, whatever is in it. av.ArgumentError or av.InvalidDataError
    if it is a playlist, a text or raw data; another FFmpegError or OSError if it can't be read."""
    web, pipe = is_web(text), is_pipe(text)
    only = {
        "format_whitelist": ",".join(sorted(av.formats_available - NO_FILMS)),
        "protocol_whitelist": WEB_ONLY if web else FILE_ONLY,
    }
    where = text if web else f"file:{text}"  # a name such as "12:30.mp4" would be taken for an address
    timeout = (OPEN_SECONDS, READ_SECONDS) if web else None
    given = Pipe(text) if pipe else where
    return av.open(given, options=only, metadata_errors="replace", timeout=timeout)  # titles need not be UTF-8


def open_sound(path: str) -> av.container.InputContainer:
    """Opens a file once more, for what a film keeps of it besides its pictures. UserError if it can't be read."""
    try:
        return open_media(path)
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"the sound of '{without_secrets(path)}' can't be read: {reason(error)}") from error
