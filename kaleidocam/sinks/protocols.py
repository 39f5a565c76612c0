"""THE table of protocols: where a stream can go, and in which of ffmpeg's formats.

Invariant: nothing is opened here but the folder of a playlist; what is shown of an address holds no secret.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kaleidocam.address import is_address, is_web, without_secrets
from kaleidocam.errors import UserError, nearest, reason

DATAGRAM = 1316  # bytes: seven packets of an MPEG transport stream, which pass any network whole
PLAYLIST = ".m3u8"
SEGMENT_SECONDS, SEGMENTS = 2, 6  # of a playlist: each begins with a keyframe; those before the last ones are deleted
_NAME = re.compile(r"([^/\\=?&]*)\.m3u8(#.*)?$", re.I)


@dataclass(frozen=True)
class Protocol:
    """`schemes`: how its addresses begin. `form`: ffmpeg's name of the format that it takes. `options`: of that format.
    `zero`: the times of each connection begin at zero; else they go on from where the one before it was lost."""

    schemes: tuple[str, ...]
    form: str
    options: Mapping[str, str] = field(default_factory=dict)
    zero: bool = False


_HLS = {
    "hls_time": str(SEGMENT_SECONDS),
    "hls_list_size": str(SEGMENTS),
    "hls_flags": "delete_segments+independent_segments",
}
# The tables of a transport stream come often, so that who tunes in sees a picture soon.
_TS = {"pat_period": "0.5", "mpegts_flags": "+resend_headers"}
PROTOCOLS = (
    Protocol(
        ("rtmp", "rtmps", "rtmpt", "rtmpts", "rtmpe", "rtmpte"), "flv", {"flvflags": "no_duration_filesize"}, True
    ),
    Protocol(("srt", "rist", "udp", "tcp"), "mpegts", _TS),
    Protocol(("rtp",), "rtp_mpegts"),
    Protocol(("rtsp", "rtsps"), "rtsp", {"rtsp_transport": "tcp"}),
)
_PUT = Protocol(("http", "https"), "hls", _HLS | {"method": "PUT"})
_FILES = Protocol((), "hls", _HLS)
NOT_EVERYWHERE = ("srt", "rist")  # protocols that FFmpeg has only where it was built with their libraries


@dataclass(frozen=True)
class Destination:
    """Where a stream goes. `address`: as FFmpeg opens it; `shown`: as a person may see it; `scheme`: how it begins, in
    small letters ("": a file). `given`: what the user gave, secrets and all."""

    given: str = field(repr=False)
    address: str = field(repr=False)
    shown: str
    scheme: str
    protocol: Protocol

    def options(self, *, again: bool) -> dict[str, str]:
        """Of its format. `again`: it was sent to before, in this show."""
        options = dict(self.protocol.options)
        if self.protocol.form == "hls":
            options["hls_segment_filename"] = _NAME.sub(r"\1%05d.ts", self.address.replace("%", "%%"))
            if again:
                options["hls_flags"] += "+append_list"
        return options


def is_stream(text: str) -> bool:
    """Whether a text names a place that a stream can go to."""
    return _protocol(text) is not None


def destination(text: str, *, overwrite: bool) -> Destination:
    """The destination that a text names. UserError if it names none, or a playlist that exists and `overwrite` is
    False; its folder is made if it is not there."""
    protocol, scheme = _protocol(text), text.partition("://")[0].lower() if is_address(text) else ""
    if protocol is None:
        raise UserError(f"nothing can be streamed to '{without_secrets(text)}'{nearest(scheme, SCHEMES)}")
    address = text
    if protocol is _FILES:
        address = _playlist(text, overwrite)
    elif scheme == "udp" and "pkt_size=" not in text:
        address += f"{'&' if '?' in text else '?'}pkt_size={DATAGRAM}"
    return Destination(text, address, without_secrets(text), scheme, protocol)


SCHEMES = tuple(scheme for protocol in PROTOCOLS for scheme in protocol.schemes)


def _protocol(text: str) -> Protocol | None:
    if not is_address(text):
        return _FILES if text.lower().endswith(PLAYLIST) else None
    if is_web(text):
        return _PUT if text.lower().partition("#")[0].endswith(PLAYLIST) else None
    scheme = text.partition("://")[0].lower()
    return next((protocol for protocol in PROTOCOLS if scheme in protocol.schemes), None)


def _playlist(text: str, overwrite: bool) -> str:
    """The absolute path of a playlist that may be written. The segments of an earlier one of that name go: they would
    be in nobody's list."""
    path = Path(os.path.abspath(text))
    if path.exists() and not overwrite:
        raise UserError(f"'{text}' exists; give -y to overwrite it, or another name")
    try:
        path.parent.mkdir(exist_ok=True)
        segment = re.compile(re.escape(path.stem) + r"\d{5,}\.ts")
        for old in [file for file in path.parent.iterdir() if segment.fullmatch(file.name)] if path.exists() else ():
            old.unlink()
    except OSError as error:
        raise UserError(f"'{text}' can't be written: {reason(error)}") from error
    return str(path)
