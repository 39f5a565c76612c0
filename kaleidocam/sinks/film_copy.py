"""Copies a file's sound and subtitles packet by packet into a film.

Invariant: no byte of a packet is changed, and each packet keeps its time as long as times rise.
"""

import io
import math
from collections.abc import Iterator
from itertools import islice

import av

from kaleidocam.address import without_secrets
from kaleidocam.errors import UserError, reason
from kaleidocam.media import open_media

CLOCK_RESTARTS = 1.0  # seconds; a time that falls by more belongs to a new clock, as in recordings put end to end
LOOKED_AT = 2000  # packets, within which each audio stream is expected to begin
RUN_UP = 0.1  # seconds; sound before zero, up to this, is the encoder's priming, which players skip
STALE = (
    "duration",
    "bps",
    "number_of_",
    "encoder",
    "_statistics",
    "vendor_id",
    "major_brand",
    "minor_version",
    "compatible_brands",
)  # tags that the new film must not inherit: it gets its own


class Copies:
    """Copies streams of the file `path` into the open container `out`: its sound, and with `subtitles` also those.

    The packets that begin in [`start`, `end`) seconds are copied, `shift` seconds earlier. A trial in memory shows in
    advance which streams the container can't hold: each is a UserError, or a line in the list `left_out` if that is
    given. UserError too if the file can't be read. Copying goes step by step, so that sound and picture are interleaved
    in the film. If the file is damaged, the sound ends there; the picture's source already reports it.
    """

    def __init__(
        self,
        path: str,
        out: av.container.OutputContainer,
        name: str,
        *,
        subtitles: bool = False,
        start: float = -math.inf,
        end: float = math.inf,
        shift: float = 0.0,
        left_out: list[str] | None = None,
    ) -> None:
        """`name` is the film's, for the message."""
        self._out, self._start, self._end, self._shift = out, start, end, shift
        fitting = list(_fitting(path, out.format.name, name, subtitles, left_out))
        self._input = open_input(path)
        streams = [self._input.streams[index] for index in fitting]
        self._copies = {stream.index: self._add(stream) for stream in streams}
        self._last: dict[int, int] = {}  # time of the last packet of each stream, its ticks
        self._gap = dict.fromkeys(self._copies, 0)  # ticks added to a stream's times after its clock restarted
        self._packets = self._rising(streams) if streams else iter(())
        self._held: av.Packet | None = None

    def _add(self, stream: av.stream.Stream) -> av.stream.Stream:
        copy = self._out.add_stream_from_template(stream, opaque=True)
        copy.metadata.update(fresh(stream.metadata))
        copy.disposition = stream.disposition
        return copy

    def copy_until(self, seconds: float) -> None:
        """Copies the packets that begin before `seconds`, by the file's own clock."""
        while (packet := self._held or next(self._packets, None)) is not None:
            begins = None if packet.pts is None else float(packet.pts * packet.time_base)
            if begins is not None and begins >= min(seconds, self._end):
                self._held = packet
                return
            self._held = None
            hidden = packet.is_discard and begins is not None and begins < -RUN_UP  # cut off by the file's edit list
            if begins is None or (begins >= self._start and not hidden):
                self._copy(packet)

    def _copy(self, packet: av.Packet) -> None:
        earlier = round(self._shift / packet.time_base)
        packet.dts -= earlier
        packet.pts = None if packet.pts is None else packet.pts - earlier
        packet.stream = self._copies[packet.stream_index]
        try:
            self._out.mux(packet)
        except (av.InvalidDataError, av.ArgumentError):  # one damaged packet must not end a film of hours
            pass

    def close(self) -> None:
        self._input.close()
        self._out, self._copies = None, {}  # else a stored traceback would keep the broken film open

    def _rising(self, streams) -> Iterator[av.Packet]:
        """The packets; falling times are repaired, since a container refuses them."""
        try:
            for packet in self._input.demux(*streams):
                if packet.size and packet.dts is not None and self._repair(packet):
                    yield packet
        except av.FFmpegError:
            return

    def _repair(self, packet: av.Packet) -> bool:
        """Shifts the packet if its clock has restarted. False if its time is before a packet already copied."""
        which = packet.stream_index
        last, restarts = self._last.get(which), int(CLOCK_RESTARTS / packet.time_base)
        if last is not None and packet.dts + self._gap[which] < last - restarts:
            self._gap[which] = last + max(1, packet.duration or 0) - packet.dts
        if self._gap[which]:
            packet.dts += self._gap[which]
            packet.pts = None if packet.pts is None else packet.pts + self._gap[which]
        if last is not None and packet.dts <= last and (packet.dts < last or packet.stream.type == "audio"):
            return False  # several subtitles may begin at the same time
        self._last[which] = packet.dts
        return True


def open_input(path: str) -> av.container.InputContainer:
    try:
        return open_media(path)
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"the sound of '{without_secrets(path)}' can't be read: {reason(error)}") from error


def fresh(tags: dict[str, str]) -> dict[str, str]:
    """The input's tags that are also true for the film."""
    return {name: value for name, value in tags.items() if not name.lower().startswith(STALE)}


def has_sound(path: str) -> bool:
    with open_input(path) as opened:
        return bool(opened.streams.audio)


def first_sound(path: str) -> float:
    """Seconds at which the earliest sound begins; infinity if there is none."""
    with open_input(path) as opened:
        return min(
            (
                float(stream.start_time * stream.time_base)
                for stream in opened.streams.audio
                if stream.start_time is not None
            ),
            default=math.inf,
        )


def copy_tags(path: str, out: av.container.OutputContainer, *, start: float, end: float, shift: float) -> None:
    """Copies the title and the file's other tags, and its chapters between `start` and `end` seconds."""
    with open_input(path) as opened:
        out.metadata.update(fresh(opened.metadata))
        kept = []
        for chapter in opened.chapters():
            unit = chapter["time_base"]
            first, last = (max(start, float(chapter["start"] * unit)), min(end, float(chapter["end"] * unit)))
            if first < last:
                kept.append({**chapter, "start": round((first - shift) / unit), "end": round((last - shift) / unit)})
        out.set_chapters(kept)


def _fitting(path: str, form: str, name: str, subtitles: bool, left_out: list[str] | None) -> Iterator[int]:
    """The indices of the streams that the film can hold."""
    for stream, packet in _with_first_packets(path, ("audio", "subtitle") if subtitles else ("audio",)):
        if _holds(form, stream, packet):
            yield stream.index
            continue
        what, codec = "audio" if stream.type == "audio" else "subtitles", _codec_name(stream)
        if left_out is not None:
            other = "; .mkv takes them" if form != "matroska" and _holds("matroska", stream, packet) else ""
            left_out.append(f"the {what} ({codec}) don't fit into '{name}' and are left out{other}")
            continue
        advice = (
            "name the film .mkv, which can"
            if _holds("matroska", stream, packet)
            else (f"convert it first: ffmpeg -i '{path}' -c:v copy -c:a flac other.mkv")
        )
        raise UserError(f"'{name}' can't hold the input's {codec} {what}; {advice}")


def _codec_name(stream: av.stream.Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def _with_first_packets(path: str, kinds: tuple[str, ...]) -> Iterator[tuple[av.stream.Stream, av.Packet | None]]:
    """Each stream of these kinds with its first packet, or None if it begins later. Each pair is valid only until the
    next is asked for, while the file is open."""
    first: dict[int, av.Packet] = {}
    with open_input(path) as opened:
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
    """Whether a container accepts this stream, tried with this packet. Neither a list of codecs nor the header tells:
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
    except (av.FFmpegError, ValueError):
        return False
    return True
