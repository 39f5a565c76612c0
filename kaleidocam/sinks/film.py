"""A film file: H.264 by PyAV, the frames at their own times, the source's audio untouched.

Invariant: the film appears under its name only when it is whole; until then it lies beside it under a hidden name,
and whatever lay there before is untouched.
"""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.sound import Sound

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
FINE_TIME_BASE = Fraction(1, 90_000)  # for frame times that come from a clock
ENCODER_PRESET = "veryfast"  # the dream, not the encoder, shall have the processor
ROUNDED = Interpolation.BICUBIC | Interpolation.ACCURATE_RND  # swscale truncates by default: 2 grey levels too dark
BT709, LIMITED = 1, 1  # ffmpeg's numbers for the colour matrix and the range written into the film


class Film(Sink):
    """Writes `path`, whose suffix names the container.

    `size` (width, height) of the frames in pixels; an odd side is padded by repeating its last row or column, as
    yuv420p needs even ones. `time_base`: unit of the frame times; None for times from a clock. `audio_from`: a file
    whose audio is copied, packet by packet. `crf` 0 to 51. UserError if the film can't be written there, exists and
    `overwrite` is False, or the container can't hold that audio; and later if the disk fails.
    """

    def __init__(self, path: str, *, size: tuple[int, int], fps: float, time_base: Fraction | None = None,
                 audio_from: str | None = None, crf: int = 18, overwrite: bool = False) -> None:
        self._path, self._size = Path(path), size
        _check_target(self._path, audio_from, overwrite)
        self._aside = self._path.with_name(f".{self._path.stem}.part{self._path.suffix}")
        self._tick = time_base or FINE_TIME_BASE
        self._frame_ticks = max(1, round(1 / fps / self._tick))
        self._next = 0  # the first tick that is still free
        self._end = 0.0  # seconds at which the last frame ends
        self._count, self._early, self._sound = 0, False, None
        try:
            self._aside.open("wb").close()  # now, not after minutes of work
            options = {"movflags": "+faststart"} if FORMATS[self._path.suffix.lower()] != "matroska" else {}
            self._container = av.open(str(self._aside), "w", format=FORMATS[self._path.suffix.lower()], options=options)
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{path}' can't be written: {_reason(error)}") from error
        try:
            self._stream = self._add_video(fps, crf)
            if audio_from:
                self._sound = Sound(audio_from, self._container, path)
        except BaseException:
            self._abandon()
            raise

    def _add_video(self, fps: float, crf: int) -> av.VideoStream:
        stream = self._container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = self._tick
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        stream.options = {"crf": str(crf), "preset": ENCODER_PRESET}
        return stream

    def write(self, frame: Frame) -> None:
        if frame.size != self._size:
            raise ValueError(f"a frame of {frame.size} in a film of {self._size}")
        pts = max(self._next, round(frame.seconds / self._tick))
        self._next, self._end = pts + 1, float((pts + self._frame_ticks) * self._tick)
        picture = _encodable(frame.image)
        picture.pts, picture.time_base, picture.duration = pts, self._tick, self._frame_ticks
        try:
            self._mux(self._stream.encode(picture))
            if self._sound:
                self._sound.copy_until(frame.seconds)
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{self._path}' can't be written on: {_reason(error)}") from error
        self._count += 1

    def stop_early(self) -> None:
        """The film ends here, before its source: its audio shall not run on."""
        self._early = True

    def close(self) -> None:
        if self._count == 0:
            self._abandon()
            return
        try:
            self._mux(self._stream.encode(None))
            if self._sound:
                self._sound.copy_until(self._end if self._early else float("inf"))
                self._sound.close()
            self._container.close()
            os.replace(self._aside, self._path)
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{self._path}' can't be finished: {_reason(error)}; what there is lies in "
                            f"'{self._aside}'") from error

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.duration = packet.duration or self._frame_ticks
            self._container.mux(packet)

    def _abandon(self) -> None:
        """Leaves nothing behind."""
        if self._sound:
            self._sound.close()
        try:
            self._container.close()
        except (av.FFmpegError, OSError):
            pass  # a container without a header can't be finished, and shall not be
        self._aside.unlink(missing_ok=True)


def _encodable(image) -> av.VideoFrame:
    """(H, W, 3) uint8 BGR -> yuv420p of an even size, BT.709, limited range."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG,
                           interpolation=ROUNDED)
    frame.colorspace, frame.color_range = BT709, LIMITED
    return frame


def _check_target(path: Path, audio_from: str | None, overwrite: bool) -> None:
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"'{path}' names no film; it must end in {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise UserError(f"'{path}' can't be written: there is no folder '{path.parent}'")
    if path.is_dir():
        raise UserError(f"'{path}' is a folder; give the name of a film in it")
    if path.exists() and audio_from and os.path.samefile(path, audio_from):
        raise UserError(f"'{path}' is the input itself; give another name")
    if path.exists() and not overwrite:
        raise UserError(f"'{path}' exists; give -y to overwrite it, or another name")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
