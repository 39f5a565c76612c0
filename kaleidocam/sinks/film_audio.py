"""A file's audio, copied packet by packet into a film.

Invariant: not one byte of a packet is changed, and each keeps its time, as long as times rise.
"""

import io
from collections.abc import Iterator
from itertools import islice

import av

from kaleidocam.errors import UserError

CLOCK_RESTARTS = 1.0  # seconds; a time that falls by more belongs to a new clock, as in recordings put end to end
LOOKED_AT = 2000  # packets, within which each audio stream is expected to begin


class Sound:
    """Every audio stream of the file `path`, to be copied into the open container `out`.

    UserError if the file can't be read or the container can't hold one of its streams: found out beforehand, by a
    rehearsal in memory. Copying goes on step by step, so that sound and picture lie side by side in the film. Where
    the file is damaged, the sound ends; the picture's source says so already.
    """

    def __init__(self, path: str, out: av.container.OutputContainer, name: str) -> None:
        """`name` is the film's, for the message."""
        for stream, packet in _with_first_packets(path):
            if not _holds(out.format.name, stream, packet):
                codec, can = stream.codec_context.codec.canonical_name, _holds("matroska", stream, packet)
                advice = "name the film .mkv, which can" if can else (
                    f"convert it first: ffmpeg -i '{path}' -c:v copy -c:a flac other.mkv")
                raise UserError(f"'{name}' can't hold the input's {codec} audio; {advice}")
        self._out = out
        self._input = _opened(path)
        streams = self._input.streams.audio
        self._copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        self._last: dict[int, int] = {}  # time of the last packet of each stream, its ticks
        self._shift = dict.fromkeys(self._copies, 0)
        self._packets = self._rising(streams) if streams else iter(())
        self._held: av.Packet | None = None

    def copy_until(self, seconds: float) -> None:
        """Copies the packets that begin before `seconds`."""
        while (packet := self._held or next(self._packets, None)) is not None:
            if packet.pts is not None and float(packet.pts * packet.time_base) >= seconds:
                self._held = packet
                return
            self._held = None
            packet.stream = self._copies[packet.stream_index]
            try:
                self._out.mux(packet)
            except (av.InvalidDataError, av.ArgumentError):  # one damaged packet shall not end a film of hours
                continue

    def close(self) -> None:
        self._input.close()

    def _rising(self, streams) -> Iterator[av.Packet]:
        """The packets, their times repaired where they fall: a container takes none that do."""
        try:
            for packet in self._input.demux(*streams):
                if packet.size and packet.dts is not None and self._repair(packet):
                    yield packet
        except av.FFmpegError:
            return

    def _repair(self, packet: av.Packet) -> bool:
        """Sets the packet on where its clock began anew. False: it lies before what was copied already."""
        which = packet.stream_index
        last, restarts = self._last.get(which), int(CLOCK_RESTARTS / packet.time_base)
        if last is not None and packet.dts + self._shift[which] < last - restarts:
            self._shift[which] = last + max(1, packet.duration or 0) - packet.dts
        if self._shift[which]:
            packet.dts += self._shift[which]
            packet.pts = None if packet.pts is None else packet.pts + self._shift[which]
        if last is not None and packet.dts <= last:
            return False
        self._last[which] = packet.dts
        return True


def _opened(path: str) -> av.container.InputContainer:
    try:  # "file:", or a name such as "12:30.mp4" is taken for an address; titles need not be UTF-8
        return av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise UserError(f"the sound of '{path}' can't be read: {error.strerror.lower()}") from error


def _with_first_packets(path: str) -> Iterator[tuple[av.AudioStream, av.Packet | None]]:
    """Each audio stream with its first packet; None for one that does not begin with the film. To be used before the
    next one is asked for, while the file is open."""
    first: dict[int, av.Packet] = {}
    with _opened(path) as opened:
        streams = opened.streams.audio
        try:
            for packet in islice(opened.demux(), LOOKED_AT) if streams else ():
                if packet.size and packet.stream in streams:
                    first.setdefault(packet.stream_index, packet)
                if len(first) == len(streams):
                    break
        except av.FFmpegError:
            pass  # a damaged file; what came before is enough
        for stream in streams:
            yield stream, first.get(stream.index)


def _holds(form: str, stream: av.AudioStream, packet: av.Packet | None) -> bool:
    """Whether a container takes this sound, by making one of this packet. Neither a list of codecs nor the header
    tells: FLAC in .mov fails only when the finished film is closed."""
    out = av.open(io.BytesIO(), "w", format=form)
    try:
        copy = out.add_stream_from_template(stream)
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
