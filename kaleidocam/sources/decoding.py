"""Decodes a video stream frame by frame, from its beginning or from a keyframe.

Invariant: every frame that can be decoded comes, in display order; damaged places are skipped and counted.
"""

from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction

import av

from kaleidocam.sources.film_file import open_film

# In these formats an index lists the keyframes, packet times rise, and decoding from a keyframe gives the same frames
# as decoding from the start. All others are read from the start: MPEG-TS and AVI have no such index, and each picture
# of a GIF builds on the previous one.
INDEXED = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}
KEYED = {"av1", "h264", "hevc", "libdav1d", "vp8", "vp9", "dnxhd", "ffv1", "mjpeg", "mpeg2video", "prores"}
FURTHER = 1  # extra keyframes to go back: in an open GOP, frames shown before a keyframe refer to the previous GOP
PADDED = 2  # at most so many times the pixels of a frame, where FFmpeg counts its padding too
CLEAR = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders drop the transparency


class Decoding:
    """`sketchy`: pictures may differ slightly if that is faster; their number and times are the same. `most`: pixels
    that a frame may have; a larger one counts as damaged.

    `damaged`: places that could not be read or decoded; `count`: frames given so far; `end`: seconds at which the last
    of them ends, by its own duration; `jumped`: some frames were skipped by a jump.
    """

    def __init__(
        self, container: av.container.InputContainer, stream: av.VideoStream, *, sketchy: bool, most: int
    ) -> None:
        self._container, self._stream = container, stream
        self._keys: list[int] | None = None
        self._options = {"max_pixels": str(PADDED * most)} | ({"skip_loop_filter": "all"} if sketchy else {})
        stream.thread_type = "AUTO"
        self._decoder = self._make_decoder()
        self.damaged, self.count, self.end, self.jumped = 0, 0, 0.0, False
        self._at = Fraction(0)  # seconds: time of the latest packet read
        self._packets = self._demux()
        self._frames = self._decode()

    def next(self) -> av.VideoFrame | None:
        """The next frame, or None when there are no more."""
        return next(self._frames, None)

    def jump(self, seconds: float, path: str) -> bool:
        """Jumps forward to a keyframe safely before `seconds`; False if there is none ahead. `path`: the file. The
        caller must check the result: `damaged` is 0, and a frame before `seconds` comes; if not, the file must be
        opened again."""
        stream = self._stream
        if self._container.format.name not in INDEXED or stream.codec_context.name not in KEYED:
            return False
        self._keys = _keyframes(path) if self._keys is None else self._keys
        place = bisect_right(self._keys, seconds / stream.time_base) - 1 - FURTHER
        if place < 0 or self._keys[place] * stream.time_base <= self._at:
            return False
        self.jumped = True
        try:
            self._container.seek(self._keys[place], stream=stream)
        except av.FFmpegError:
            self.damaged += 1
        self._decoder, self._packets = self._make_decoder(), self._demux()
        self._frames = self._decode()
        return True

    def _make_decoder(self) -> av.CodecContext:
        own = self._stream.codec_context
        name = CLEAR.get(own.name) if self._stream.metadata.get("alpha_mode") == "1" else None
        decoder = own if name is None else av.CodecContext.create(name, "r")
        if not decoder.is_open:
            decoder.options = self._options
        return decoder

    def _decode(self) -> Iterator[av.VideoFrame]:
        for packet in self._packets:
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
            for packet in self._container.demux(self._stream):
                if packet.size:
                    if packet.pts is not None:
                        self._at = max(self._at, packet.pts * self._stream.time_base)
                    yield packet
        except av.FFmpegError:
            self.damaged += 1
        yield None


def _keyframes(path: str) -> list[int]:
    """The times of the file's keyframes in ticks, from its index. Matroska's index is read at the first seek, which
    moves the reading position: so the file is opened a second time for it."""
    container, stream = open_film(path)
    with container:
        try:
            container.seek(0, stream=stream)
        except av.FFmpegError:
            pass  # what the index holds is enough
        return sorted(entry.timestamp for entry in stream.index_entries if entry.is_keyframe)
