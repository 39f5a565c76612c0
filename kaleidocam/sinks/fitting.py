"""Which tracks of a file a film's container can hold.

Invariant: a track that is left out is told; nothing is found out only when the film is finished.
"""

import io
from collections.abc import Iterator
from itertools import islice

import av
from av.stream import Discard

from kaleidocam.media import open_sound
from kaleidocam.sinks import timecode

LOOKED_AT = 2000  # packets, within which each audio stream is expected to begin
WORDS = {"audio": "audio", "subtitle": "subtitles", "data": "data track"}


def fitting(
    path: str,
    form: str,
    name: str,
    kinds: tuple[str, ...],
    left_out: list[str],
    kept: list[str] | None = None,
) -> list[int]:
    """The indices of the tracks of these kinds that the film `name`, of ffmpeg's format `form`, can hold; each is a
    line in `kept`. The others are lines in `left_out`. The tracks of a timecode and of the chapters' names are neither:
    the film gets its own. UserError if the file can't be read."""
    fits = []
    for stream, packet in _with_first_packets(path, kinds):
        if stream.type == "data" and (timecode.NAME in stream.metadata or stream.discard == Discard.all):
            continue
        what = f"{WORDS[stream.type]} ({_codec_name(stream)})"
        if _holds(form, stream, packet):
            if kept is not None:
                kept.append(f"track {stream.index}, {what}")
            fits.append(stream.index)
            continue
        there = form != "matroska" and _holds("matroska", stream, packet)
        other = "; .mkv takes it" if there else ""
        left_out.append(f"track {stream.index}, {what}, doesn't fit into '{name}' and is left out{other}")
    return fits


def _codec_name(stream: av.stream.Stream) -> str:
    if stream.codec_context is not None:
        return stream.codec_context.codec.canonical_name
    return "of an unknown kind"


def _with_first_packets(path: str, kinds: tuple[str, ...]) -> Iterator[tuple[av.stream.Stream, av.Packet | None]]:
    """Each track of these kinds with its first packet, or None if it begins later. Each pair is valid only until the
    next is asked for, while the file is open."""
    first: dict[int, av.Packet] = {}
    with open_sound(path) as opened:
        streams = [stream for stream in opened.streams if stream.type in kinds]
        try:
            for packet in islice(opened.demux(), LOOKED_AT) if streams else ():
                if packet.size and packet.stream in streams:
                    first.setdefault(packet.stream_index, packet)
                if len(first) == len(streams):
                    break
        except av.FFmpegError:
            pass  # a damaged file; the packets before the damage are enough
        for stream in streams:
            yield stream, first.get(stream.index)


def _holds(form: str, stream: av.stream.Stream, packet: av.Packet | None) -> bool:
    """Whether a container accepts this track, tried with this packet. Neither a list of codecs nor the header tells:
    FLAC in .mov fails only when the finished film is closed."""
    out = av.open(io.BytesIO(), "w", format=form)
    try:
        copy = out.add_stream_from_template(stream, opaque=True)
        out.start_encoding()
        if packet:
            rehearsed = av.Packet(bytes(packet))
            rehearsed.stream, rehearsed.time_base = copy, packet.time_base
            rehearsed.pts = rehearsed.dts = 0
            rehearsed.duration = packet.duration
            out.mux(rehearsed)
        out.close()
    except (av.FFmpegError, ValueError, NotImplementedError):
        return False
    return True
