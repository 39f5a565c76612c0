"""Copies a file's sound, subtitles and data packet by packet into a film.

Invariant: no byte of a packet is changed, and each packet keeps its place on the film's timeline; where the film's
container can't hold a gap, it is filled with silence.
"""

import math
from collections.abc import Iterator

import av

from kaleidocam.media import open_sound
from kaleidocam.sinks.attached import Cover, attach, mux_covers
from kaleidocam.sinks.carried import ALL
from kaleidocam.sinks.film_tags import fresh
from kaleidocam.sinks.fitting import fitting
from kaleidocam.sinks.silence import Silence
from kaleidocam.timeline import RUN_UP, Timeline


class Copies:
    """Copies what the file `path` holds besides its pictures into the open container `out`: sound, subtitles, data,
    fonts and covers.

    The packets that begin in [`start`, `end`) seconds are copied, `shift` seconds earlier; a subtitle that is shown at
    `start` is copied from there on. A trial in memory shows in advance which tracks the container can't hold: each
    becomes a line in the list `left_out`. UserError if the file can't be read. Copying goes step by step, so that sound
    and picture are interleaved in the film. If the file is damaged, the sound ends there; the picture's source already
    reports it.
    """

    def __init__(
        self,
        path: str,
        out: av.container.OutputContainer,
        name: str,
        left_out: list[str],
        *,
        start: float = -math.inf,
        end: float = math.inf,
        shift: float = 0.0,
    ) -> None:
        """`name` is the film's, for the lines."""
        self._out, self._start, self._end, self._shift = out, start, end, shift
        fits = fitting(path, out.format.name, name, ALL, left_out)
        self._input = open_sound(path)
        streams = [self._input.streams[index] for index in fits]
        self._copies = {stream.index: self._add(stream) for stream in streams}
        self._covers: list[Cover] = attach(path, out, name, left_out)
        self._silences = {stream.index: Silence(stream, out.format.name) for stream in streams}
        self._last: dict[int, int] = {}  # time of the last packet of each stream, its ticks
        self._packets = self._rising(streams) if streams else iter(())
        self._held: av.Packet | None = None

    def _add(self, stream: av.stream.Stream) -> av.stream.Stream:
        copy = self._out.add_stream_from_template(stream, opaque=True)
        copy.metadata.update(fresh(stream.metadata))
        copy.disposition = stream.disposition
        return copy

    def copy_until(self, seconds: float) -> None:
        """Copies the packets that begin before `seconds` of the film's timeline."""
        mux_covers(self._out, self._covers)
        self._covers = []
        while (packet := self._held or next(self._packets, None)) is not None:
            begins = None if packet.pts is None else float(packet.pts * packet.time_base)
            if begins is not None and begins >= min(seconds, self._end):
                self._held = packet
                return
            self._held = None
            if begins is None or begins >= self._start or self._still_shown(packet, begins):
                self._end_with_film(packet)
                self._copy(packet)

    def _still_shown(self, packet: av.Packet, begins: float) -> bool:
        """Whether a subtitle is shown where the film begins; if so, it begins there."""
        lasts = float((packet.duration or 0) * packet.time_base)
        if packet.stream.type != "subtitle" or begins + lasts <= self._start:
            return False
        later = round((self._start - begins) / packet.time_base)
        packet.pts, packet.dts, packet.duration = packet.pts + later, packet.dts + later, packet.duration - later
        return True

    def _end_with_film(self, packet: av.Packet) -> None:
        """Lets a subtitle end where the film does, or the film would seem to be longer than its pictures."""
        if packet.stream.type == "subtitle" and packet.pts is not None and packet.duration and self._end < math.inf:
            packet.duration = max(1, min(packet.duration, round(self._end / packet.time_base) - packet.pts))

    def _copy(self, packet: av.Packet) -> None:
        for filler in self._silences[packet.stream_index].before(packet):
            self._mux(filler, self._copies[packet.stream_index])
        self._mux(packet, self._copies[packet.stream_index])

    def _mux(self, packet: av.Packet, copy: av.stream.Stream) -> None:
        earlier = round(self._shift / packet.time_base)
        packet.dts -= earlier
        packet.pts = None if packet.pts is None else packet.pts - earlier
        packet.stream = copy
        try:
            self._out.mux(packet)
        except (av.InvalidDataError, av.ArgumentError):  # one damaged packet must not end a film of hours
            pass

    def close(self) -> None:
        self._input.close()
        self._out, self._copies, self._silences = (
            None,
            {},
            {},
        )  # else a stored traceback would keep the broken film open

    def _rising(self, streams: list[av.stream.Stream]) -> Iterator[av.Packet]:
        """The packets that are heard or shown, at rising times, since a container refuses others."""
        try:
            for packet in Timeline(self._input).packets(*streams):
                if packet.dts is not None and not self._hidden(packet) and self._rises(packet):
                    yield packet
        except av.FFmpegError:
            return

    def _hidden(self, packet: av.Packet) -> bool:
        """Whether the file's edit list cuts the packet off. An encoder's priming is kept: players need it."""
        if not packet.is_discard:
            return False
        begins = 0.0 if packet.pts is None else float(packet.pts * packet.time_base)
        return packet.stream_index in self._last or not -RUN_UP <= begins < 0

    def _rises(self, packet: av.Packet) -> bool:
        which = packet.stream_index
        last = self._last.get(which)
        if last is not None and packet.dts <= last and (packet.dts < last or packet.stream.type == "audio"):
            return False  # several subtitles may begin at the same time
        self._last[which] = packet.dts
        return True
