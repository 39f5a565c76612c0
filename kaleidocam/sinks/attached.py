"""What is attached to a file: fonts of its subtitles, a cover.

Invariant: each attachment is in the film too, byte for byte, or a line says that it is left out.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import av
from av.stream import Disposition

from kaleidocam.media import open_sound

MIME = {"mjpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}
IN_MP4 = ("mjpeg", "png", "bmp")  # codecs of the covers that an .mp4 can have
MIME_ANY = "application/octet-stream"
Cover = tuple[Any, bytes]  # a track of the film, and the picture that it shows


def attach(
    path: str, out: av.container.OutputContainer, name: str, left_out: list[str], kept: list[str] | None = None
) -> list[Cover]:
    """Adds the file's attachments (fonts) and covers to the film `out`, which is not begun yet. Each is a line in
    `kept`, or in `left_out` if the film can't hold it. Returns the covers that are tracks: pairs of track and picture,
    for `mux_covers`."""
    covers: list[Cover] = []
    kept = [] if kept is None else kept
    with open_sound(path) as opened:
        for stream, data in _pictures(opened):
            codec = stream.codec_context.name if stream.codec_context else ""
            kind = stream.metadata.get("mimetype") or MIME.get(codec, MIME_ANY)
            title = stream.metadata.get("filename") or f"cover.{kind.rpartition('/')[2]}"
            if out.format.name == "matroska":
                out.add_attachment(title, kind, data)
            elif out.format.name == "mp4" and codec in IN_MP4:
                cover = out.add_stream_from_template(stream, opaque=True)
                cover.disposition = Disposition.attached_pic
                covers.append((cover, data))
            else:
                left_out.append(f"its cover, {title}, doesn't fit into '{name}' and is left out; .mkv takes it")
                continue
            kept.append(f"cover {title}")
        for attachment in opened.streams.attachments:
            title = attachment.name or "attachment"
            if out.format.name == "matroska":
                kept.append(f"attachment {title}")
                out.add_attachment(title, attachment.mimetype or MIME_ANY, attachment.data)
            else:
                left_out.append(f"its attachment, {title}, doesn't fit into '{name}' and is left out; .mkv takes it")
    return covers


def _pictures(opened: av.container.InputContainer) -> Iterator[tuple[av.VideoStream, bytes]]:
    """The covers of a file; each as a track and its picture."""
    pictures = {s.index: s for s in opened.streams.video if s.disposition & Disposition.attached_pic}
    for packet in islice(opened.demux(*pictures.values()), len(pictures)) if pictures else ():
        yield pictures[packet.stream_index], bytes(packet)


def mux_covers(out: av.container.OutputContainer, covers: list[Cover]) -> None:
    """Writes the covers of `attach` into the film, which is begun."""
    for stream, data in covers:
        packet = av.Packet(data)
        packet.stream, packet.time_base = stream, stream.time_base
        packet.pts = packet.dts = 0
        out.mux(packet)
