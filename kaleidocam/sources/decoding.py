"""Decodes a video stream frame by frame, from its beginning or from a keyframe.

Invariant: every frame that can be decoded comes, in display order and at the film's time; damaged places are skipped
and counted.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice, pairwise
from statistics import median

import av

from kaleidocam.media import open_media
from kaleidocam.timeline import Timeline

# In these formats an index lists the keyframes, packet times rise, and decoding from a keyframe gives the same frames
# as decoding from the start. All others are read from the start: MPEG-TS and AVI have no such index, and each picture
# of a GIF builds on the previous one.
EXACT = "mov,mp4,m4a,3gp,3g2,mj2"  # this format gives each frame's length, so the rate in it is right
INDEXED = {EXACT, "matroska,webm"}
KEYED = {"av1", "h264", "hevc", "libdav1d", "vp8", "vp9", "dnxhd", "ffv1", "mjpeg", "mpeg2video", "prores"}
FURTHER = 1  # extra keyframes to go back: in an open GOP, frames shown before a keyframe refer to the previous GOP
PROBED = 60  # packets from whose times the frame rate is measured
HELD = 5.0  # times the median; a picture that stays longer says nothing of the rate
RIGHT = 1.1  # a rate is believed if the measured one differs from it by less than this factor
USUAL_FPS = 25.0  # ffmpeg's own guess if a file gives no frame rate
PADDED = 2  # at most so many times the pixels of a frame, where FFmpeg counts its padding too
CLEAR = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders drop the transparency


class Decoding:
    """`sketchy`: pictures may differ slightly if that is faster; their number and times are the same. `most`: pixels
    that a frame may have; a larger one counts as damaged. `piped`: nothing is read ahead.

    `fps`: the nominal frame rate. `damaged`: places that could not be read or decoded; `count`: frames given so far;
    `end`: seconds at which the last of them ends, by its own duration; `jumped`: some frames were skipped by a jump;
    `reordered`: the last frame was not the last to be decoded, so its duration says when another one is decoded.
    """

    def __init__(
        self,
        container: av.container.InputContainer,
        stream: av.VideoStream,
        timeline: Timeline,
        *,
        sketchy: bool,
        most: int,
        piped: bool = False,
    ) -> None:
        self._container, self._stream, self._timeline, self._piped = container, stream, timeline, piped
        self._keys: list[int] | None = None
        self._options = {"max_pixels": str(PADDED * most)} | ({"skip_loop_filter": "all"} if sketchy else {})
        stream.thread_type = "AUTO"
        self._decoder = self._make_decoder()
        self.damaged, self.count, self.end, self.jumped = 0, 0, 0.0, False
        self._at = Fraction(0)  # seconds: time of the latest packet read
        self.reordered = False
        self._packets = self._demux()
        self.fps, self._first = self._rate()
        self._frames = self._decode()

    def next(self) -> av.VideoFrame | None:
        """The next frame, or None when there are no more."""
        return next(self._frames, None)

    def jump(self, seconds: float, path: str) -> bool:
        """Jumps forward to a keyframe safely before `seconds`; False if there is none ahead. `path`: the file. The
        caller must check the result: `damaged` is 0, and a frame before `seconds` comes; if not, the file must be
        opened again."""
        stream = self._stream
        if self._container.format.name not in INDEXED:
            return False
        if stream.codec_context.name not in KEYED or self._timeline.joins:
            return False
        self._keys = _keyframes(path, stream.index) if self._keys is None else self._keys
        own, zero = seconds / stream.time_base, self._timeline.zero
        place = bisect_right(self._keys, own + zero / stream.time_base) - 1 - FURTHER
        if place < 0 or self._keys[place] * stream.time_base - zero <= self._at:
            return False
        self.jumped = True
        try:
            self._container.seek(self._keys[place], stream=stream)
        except av.FFmpegError:
            self.damaged += 1
        self._timeline.jump()
        self._decoder, self._packets, self._first = self._make_decoder(), self._demux(), deque()
        self._frames = self._decode()
        return True

    def _rate(self) -> tuple[float, deque[av.Packet | None]]:
        """The frame rate, and the packets that were read to find it. FFmpeg's guess is believed where the times agree:
        for a browser's recording it is the file's unit of time, 1000 a second."""
        told = float(self._stream.average_rate or self._stream.guessed_rate or 0)
        if (self._container.format.name == EXACT and told) or self._piped:  # what comes by a pipe is wanted at once
            return told or USUAL_FPS, deque()
        first = deque(islice(self._packets, PROBED))
        times = sorted(
            {packet.dts if packet.pts is None else packet.pts for packet in first if packet is not None} - {None}
        )
        gaps = [(b - a) * float(self._stream.time_base) for a, b in pairwise(times)]
        gaps = [gap for gap in gaps if gap <= HELD * median(gaps)]
        measured = len(gaps) / sum(gaps) if sum(gaps) > 0 else 0.0
        right = told and (not measured or 1 / RIGHT < told / measured < RIGHT)
        return (told if right else measured or USUAL_FPS), first

    def _make_decoder(self) -> av.CodecContext:
        own = self._stream.codec_context
        name = CLEAR.get(own.name) if self._stream.metadata.get("alpha_mode") == "1" else None
        decoder = own if name is None else av.CodecContext.create(name, "r")
        if not decoder.is_open:
            decoder.options = self._options
        return decoder

    def _decode(self) -> Iterator[av.VideoFrame]:
        for packet in chain(self._first, self._packets):
            if packet is not None and packet.pts is not None:
                at = packet.pts * self._stream.time_base
                self.reordered = at < self._at and self._container.format.name == EXACT
                self._at = max(self._at, at)
            try:
                frames = self._decoder.decode(packet)
            except av.FFmpegError:
                self.damaged += 1
                continue
            self.damaged += any(frame.is_corrupt for frame in frames) or bool(packet and packet.is_corrupt)
            for frame in frames:
                self.count += 1
                if frame.pts is not None:
                    self.end = float((frame.pts + (frame.duration or 0)) * self._stream.time_base)
                yield frame

    def _demux(self) -> Iterator[av.Packet | None]:
        """The stream's packets, then None to flush the decoder, also after a read error."""
        try:
            yield from self._timeline.packets(self._stream)
        except av.FFmpegError:
            self.damaged += 1
        yield None


def _keyframes(path: str, index: int) -> list[int]:
    """The times of the keyframes of a stream in ticks by the file's own clock, from its index. Matroska's index is read
    at the first seek, which moves the reading position: so the file is opened a second time for it."""
    with open_media(path) as container:
        stream = container.streams[index]
        try:
            container.seek(0, stream=stream)
        except av.FFmpegError:
            pass  # what the index holds is enough
        return sorted(entry.timestamp for entry in stream.index_entries if entry.is_keyframe)
