"""How long each picture of an animated WebP, PNG or AVIF is shown, from the file's own tables.

Invariant: nothing is decoded, and only whole pictures count.
"""

from fractions import Fraction
from pathlib import Path

import av

from kaleidocam.errors import UserError
from kaleidocam.media import open_media
from kaleidocam.sources.pillow import BROKEN
from kaleidocam.sources.signature import PNG, png_chunks, webp_chunks

UNSAID = Fraction(1, 10)  # seconds: how long browsers show a picture whose time is 0
MILLISECONDS = Fraction(1, 1000)
WEBP_TIME, PNG_TIME = slice(12, 15), 20  # where the time stands in an ANMF and in an fcTL chunk
PNG_HUNDREDTHS = 100  # what a delay's denominator of 0 stands for


def durations_of(path: str | Path) -> list[Fraction]:
    """Seconds for which each picture is shown. UserError if the file can't be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(12)
            if head.startswith(PNG):
                found = _of_png(file)
            elif head.startswith(b"RIFF"):
                found = _of_webp(file)
            else:
                found = _of_avif(str(path))
    except (*BROKEN, av.FFmpegError) as error:
        raise UserError(f"'{path}' is damaged: the times of its pictures can't be read") from error
    return [seconds or UNSAID for seconds in found]


def _of_webp(file) -> list[Fraction]:
    found, length = [], file.seek(0, 2)
    for kind, size in webp_chunks(file):
        start = file.tell()
        if kind == b"ANMF" and start + size <= length:
            found.append(int.from_bytes(file.read(16)[WEBP_TIME], "little") * MILLISECONDS)
    return found


def _of_png(file) -> list[Fraction]:
    found, length = [], file.seek(0, 2)
    for kind, size in png_chunks(file):
        if kind == b"fcTL" and file.tell() + size <= length:
            times = file.read(PNG_TIME + 4)[PNG_TIME:]
            share, of = int.from_bytes(times[:2], "big"), int.from_bytes(times[2:], "big")
            found.append(Fraction(share, of or PNG_HUNDREDTHS))
    return found


def _of_avif(path: str) -> list[Fraction]:
    with open_media(path) as container:
        stream = max(container.streams.video, key=lambda stream: stream.frames)  # beside it: opacity, a cover
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [Fraction(packet.duration or 0) * stream.time_base for packet in sorted(packets, key=lambda p: p.pts)]
