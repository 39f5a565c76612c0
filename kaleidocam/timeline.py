"""The timeline of a media file: where its packets lie, in seconds from the beginning of the film.

Invariant: all streams of a file are shifted together, and every reader of the same file finds the same shifts. So the
picture, the sound, the subtitles and the chapters stay in step wherever the file's clock begins, leaps or begins anew.
Source: the discontinuities of FFmpeg's fftools/ffmpeg_demux.c; its limits of 0.1 and 10 seconds are used here too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.format import Flags
from av.stream import Disposition

RUN_UP = 0.1  # seconds; sound up to this before zero is its encoder's priming, which players skip
LEAPS = 10.0  # seconds; in a format whose clock may leap, a longer gap is a leap
FALLS, RESTARTS = 0.1, 1.0  # seconds; times that fall by more belong to a new clock; elsewhere only the second does


@dataclass(frozen=True)
class _Clock:
    """A clock of the file. `number`: 0, 1, …; `shift`: seconds from its times to the film's."""

    number: int
    shift: Fraction


class Timeline:
    """The timeline of the open file `container`, before its first packet is read.

    `zero`: seconds of the file's own clock at which the film begins, which is where its first picture or sound begins.
    `joins`: seconds of the film at which the clock of the file began anew; more may come while packets are read.
    """

    def __init__(self, container: av.container.InputContainer) -> None:
        self._container = container
        self._watched = [
            stream
            for stream in container.streams
            if stream.type in ("video", "audio") and not stream.disposition & Disposition.attached_pic
        ]
        self.zero = _zero(self._watched)
        self.joins: list[float] = []
        can_leap = bool(container.format.flags & Flags.ts_discont.value)
        self._falls, self._leaps = (FALLS, LEAPS) if can_leap else (RESTARTS, float("inf"))
        self._clocks = [_Clock(0, -self.zero)]
        self._of: dict[int, _Clock] = {}  # each stream's clock
        self._ticks: dict[int, int] = {}  # the shift of that clock in the stream's ticks
        self._next: dict[int, float] = {}  # film seconds at which each stream's next packet is expected
        self._before: dict[int, float] = {}  # film seconds of each stream's last packet that gave no duration,
        self._steps: dict[int, float] = {}  # and the last step between two of them
        self._units = {stream.index: float(stream.time_base) for stream in self._watched if stream.time_base}

    def packets(self, *streams: av.stream.Stream) -> Iterator[av.Packet]:
        """The packets of these streams that have data, in the file's order, at the film's times. av.FFmpegError where
        the file can't be read any further."""
        wanted = {stream.index for stream in streams}
        for packet in self._container.demux(*{s.index: s for s in (*self._watched, *streams)}.values()):
            if packet.size:
                self._place(packet)
                if packet.stream_index in wanted:
                    yield packet

    def jump(self) -> None:
        """Tells that the container was made to read elsewhere: the next packets need not follow the last ones."""
        self._next.clear()
        self._before.clear()

    def _place(self, packet: av.Packet) -> None:
        """Moves the packet to the film's time. Packets that the file wants discarded tell nothing of its clock."""
        which, dts, watched = packet.stream_index, packet.dts, packet.stream_index in self._units
        shift = self._ticks.get(which)
        if shift is None or (not watched and self._of[which] is not self._clocks[-1]):
            shift = self._turn(which, self._clocks[0 if watched else -1], packet.time_base)
        own = packet.pts if dts is None else dts
        if own is not None and watched and not packet.is_discard:
            unit = self._units[which]
            at, expected = (own + shift) * unit, self._next.get(which)
            if expected is not None and (at < expected - self._falls or at > expected + self._leaps):
                shift = self._turn(which, self._clock_for(which, own * unit, expected), packet.time_base)
                at = (own + shift) * unit
            self._next[which] = at + ((packet.duration or 0) * unit or self._step(which, at))
        if shift:
            packet.dts = None if dts is None else dts + shift
            packet.pts = None if packet.pts is None else packet.pts + shift

    def _step(self, which: int, at: float) -> float:
        """The time from a packet to the next one, if the file does not give it: as from the one before."""
        before, self._before[which] = self._before.get(which, at), at
        if 0 < at - before < FALLS:
            self._steps[which] = at - before
        return self._steps.get(which, 0.0)

    def _turn(self, which: int, clock: _Clock, time_base: Fraction) -> int:
        """Gives a stream another clock; returns its shift in the stream's ticks."""
        self._of[which] = clock
        self._ticks[which] = round(clock.shift / time_base)
        return self._ticks[which]

    def _clock_for(self, which: int, own: float, expected: float) -> _Clock:
        """The clock of a stream whose time `own` doesn't follow: a newer one that another stream has found already, if
        it fits; else a new one, which begins where all streams of the previous one have ended."""
        for clock in self._clocks[self._of[which].number + 1 :]:
            if -max(self._falls, LEAPS) < own + clock.shift - expected < LEAPS:
                return clock
        ends = min(max(self._next.values()), expected + LEAPS)
        self._clocks.append(_Clock(len(self._clocks), Fraction(ends - own)))
        self.joins.append(ends)
        return self._clocks[-1]


def _zero(streams: list[av.stream.Stream]) -> Fraction:
    starts = [stream.start_time * stream.time_base for stream in streams if stream.start_time is not None]
    first = min(starts, default=Fraction(0))
    return Fraction(0) if -RUN_UP <= first < 0 else Fraction(first)
