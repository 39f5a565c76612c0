"""Encodes frames, and silence beside them, into one container that is written as it comes.

Invariant: sound is always a little ahead of the picture, so that no picture waits for it in the container.
"""

from fractions import Fraction
from typing import Protocol

import av
import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.track import EncodedStream

SOUND_RATE, SOUND_FRAME = 48_000, 1024  # samples a second, and in a frame of AAC
SOUND_BITS = 128_000  # a second, at most: silence takes a hundredth of it
AHEAD_SECONDS = 0.05
GLOBAL_HEADER = 1 << 22  # ffmpeg's AV_CODEC_FLAG_GLOBAL_HEADER
BETWEEN = "nut"  # ffmpeg's own format: it holds times of any unit, and nothing is held back


class Writing(Protocol):
    """Where the bytes go. `closed`: they can't be written any more, so PyAV does not try to end the container."""

    @property
    def closed(self) -> bool: ...

    def write(self, data: bytes) -> int: ...


class Packets:
    """Writes frames of `size` (width, height), `fps` a second, and stereo silence, in AAC, to `out`; many servers show
    no stream without sound. `start`: seconds of the first frame. `form`: of its planes, as EncodedStream has it.
    av.FFmpegError or OSError if encoder or `out` fail."""

    def __init__(
        self, out: Writing, codec: Codec, *, size: tuple[int, int], fps: float, start: float, form: PixelFormat | None
    ) -> None:
        tick = 1 / Fraction(fps).limit_denominator(1001)
        self._container = av.open(out, "w", format=BETWEEN, options={"flush_packets": "1"})
        self._track: EncodedStream | None = EncodedStream(
            self._container, codec, size=size, fps=fps, tick=tick, crf=None, form=form
        )
        # Who tunes in later needs the decoder's settings at each keyframe, not only in the head of the container.
        self._container.streams.video[0].codec_context.flags &= ~GLOBAL_HEADER
        self._sound = self._container.add_stream("aac", rate=SOUND_RATE)
        self._sound.codec_context.layout = "stereo"
        self._sound.codec_context.bit_rate = SOUND_BITS
        self._silence = np.zeros((2, SOUND_FRAME), np.float32)
        # The encoder's first packet is one frame earlier than what it is made of.
        self._next = round(start * SOUND_RATE) + SOUND_FRAME
        self._track.begin()

    def write(self, frame: Frame) -> None:
        """Encodes a frame, and the silence up to it."""
        assert self._track is not None  # until it is closed
        self._sound_until(frame.seconds + AHEAD_SECONDS)
        self._track.write(frame)

    def end(self) -> None:
        """Writes what the encoders still hold, and the end of the container."""
        assert self._track is not None  # until it is closed
        self._track.end()
        self._container.mux(self._sound.encode(None))
        self._container.close()

    def free(self) -> None:
        """Frees everything, after any error."""
        try:
            self._container.close()
        except (av.FFmpegError, OSError):
            pass  # the first error has been reported already
        self._container = self._track = self._sound = None  # PyAV closes a broken one when nothing refers to it

    def _sound_until(self, seconds: float) -> None:
        while self._next - SOUND_FRAME < seconds * SOUND_RATE:
            frame = av.AudioFrame.from_ndarray(self._silence, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._next, Fraction(1, SOUND_RATE)
            self._container.mux(self._sound.encode(frame))
            self._next += SOUND_FRAME
