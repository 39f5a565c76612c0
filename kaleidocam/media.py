"""Media files and web addresses, opened to be read by PyAV.

Invariant: only the file or the address itself is read. Playlists, which can name others, are refused.
"""

import av

from kaleidocam.address import is_web

OPEN_SECONDS, READ_SECONDS = 5.0, 10.0  # after which a web address that does not answer, or sends no more, is given up
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

# What matters is said by a source's `notice` or a UserError. At any level PyAV would take Python's lock on FFmpeg's
# threads for their words, and whoever closes a decoder waits for these threads with the lock in hand.
av.logging.set_level(None)


def open_media(text: str) -> av.container.InputContainer:
    """A media file or web address, open to be read, whatever is in it. av.ArgumentError or av.InvalidDataError where it
    is a playlist, a text or raw data; another FFmpegError or OSError where it can't be read."""
    web = is_web(text)
    only = {
        "format_whitelist": ",".join(sorted(av.formats_available - NO_FILMS)),
        "protocol_whitelist": WEB_ONLY if web else FILE_ONLY,
    }
    where = text if web else f"file:{text}"  # a name such as "12:30.mp4" would be taken for an address
    timeout = (OPEN_SECONDS, READ_SECONDS) if web else None
    return av.open(where, options=only, metadata_errors="replace", timeout=timeout)  # titles need not be UTF-8
