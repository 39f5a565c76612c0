"""A film file: H.264 by PyAV, the frames at their own times, the source's audio untouched.

Invariant: the film appears under its name only when it is whole; until then it lies beside it under a hidden name,
and whatever lay there before is untouched.
"""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.film_audio import Sound

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
FINE_TIME_BASE = Fraction(1, 90_000)  # for frame times that come from a clock
ENCODER_THREADS = 4  # fixed, as the film's bytes depend on it: the same on any number of cores
BT709, LIMITED = 1, 1  # ffmpeg's numbers for the colour matrix and the range written into the film
CENTRED = "chromaloc=1"  # each colour sample is the mean of four pixels, so it lies in their middle
TO_YUV = np.array([  # BT.709 in limited range: rows Y, U, V; columns B, G, R, offset (ITU-R BT.709-6, section 3)
    [0.0722 * 219, 0.7152 * 219, 0.2126 * 219, 16 * 255],
    [0.5 * 224, -0.7152 / 1.8556 * 224, -0.2126 / 1.8556 * 224, 128 * 255],
    [-0.0722 / 1.5748 * 224, -0.7152 / 1.5748 * 224, 0.5 * 224, 128 * 255],
]) / 255


class Film(Sink):
    """Writes `path`, whose suffix names the container.

    `size` (width, height) of the frames in pixels; an odd side is padded by repeating its last row or column, as
    yuv420p needs even ones. `time_base`: unit of the frame times; None for times from a clock. `audio_from`: a file
    whose audio is copied, packet by packet. `crf` 0 to 51 and `preset` as x264 has them; by default the dream, not
    the encoder, shall have the processor. UserError if the film can't be written there, exists and `overwrite` is
    False, or the container can't hold that audio; and later if the disk fails.
    """

    def __init__(self, path: str, *, size: tuple[int, int], fps: float, time_base: Fraction | None = None,
                 audio_from: str | None = None, crf: int = 18, preset: str = "veryfast",
                 overwrite: bool = False) -> None:
        self._path, self._size, self._overwrite = Path(path), size, overwrite
        self._aside = self._path.with_name(f".{self._path.stem}.part{self._path.suffix}")
        _check_target(self._path, self._aside, audio_from, overwrite)
        self._tick = time_base or FINE_TIME_BASE
        self._frame_ticks = max(1, round(1 / fps / self._tick))
        self._next = 0  # the first tick that is still free
        self._end = 0.0  # seconds at which the last frame ends
        self._count, self._early, self._sound, self._stream = 0, False, None, None
        form = FORMATS[self._path.suffix.lower()]
        options = {} if form == "matroska" else {"movflags": "+faststart"}
        # "file:", or a name such as "12:30.mp4" is taken for an address. PyAV makes the file when encoding starts
        self._container = av.open(f"file:{self._aside}", "w", format=form, options=options)
        try:
            self._begin(fps, crf, preset, audio_from)
        except BaseException:
            self._abandon()
            raise

    def _begin(self, fps: float, crf: int, preset: str, audio_from: str | None) -> None:
        """Opens the encoder and writes the header, so that what can't be is said before anything is dreamed."""
        self._stream = self._add_video(fps, crf, preset)
        if audio_from:
            self._sound = Sound(audio_from, self._container, str(self._path))
        try:
            self._container.start_encoding()
        except OSError as error:  # PyAV's errors of the disk are of this kind too
            raise UserError(f"'{self._path}' can't be written: {_reason(error)}") from error
        except av.FFmpegError as error:
            raise UserError(f"'{self._path}' of {self._size[0]}×{self._size[1]} pixels, crf {crf}, preset {preset} "
                            f"can't be begun: {_reason(error)}") from error

    def _add_video(self, fps: float, crf: int, preset: str) -> av.VideoStream:
        stream = self._container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = (side + side % 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base, context.thread_count = self._tick, ENCODER_THREADS
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        stream.options = {"crf": str(crf), "preset": preset, "x264-params": CENTRED}
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
            self.stop_early()
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
            self._container.close()
            if self._path.exists() and not self._overwrite:
                raise UserError(f"'{self._path}' came into being meanwhile; the new film lies in '{self._aside}'")
            os.replace(self._aside, self._path)
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{self._path}' can't be finished: {_reason(error)}{self._remains()}") from error
        finally:
            self._let_go()

    def _remains(self) -> str:
        """Where a film that can't be finished lies. Only Matroska can be played without its end."""
        if self._path.suffix.lower() == ".mkv":
            return f"; what there is lies in '{self._aside}'"
        self._abandon()
        return ""

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            packet.duration = packet.duration or self._frame_ticks
            self._container.mux(packet)

    def _abandon(self) -> None:
        """Leaves nothing behind."""
        self._let_go()
        try:
            self._aside.unlink(missing_ok=True)
        except OSError:
            pass  # a name that the disk refuses was never there

    def _let_go(self) -> None:
        """Frees every file, after whatever error; what is whole by then stays so."""
        if self._sound:
            self._sound.close()
        try:
            if self._container:
                self._container.close()
        except (av.FFmpegError, OSError):
            pass  # told already, by the error that led here
        self._container = self._stream = self._sound = None  # PyAV closes a broken file only when it is forgotten


def _encodable(image: np.ndarray) -> av.VideoFrame:
    """(H, W, 3) uint8 BGR -> yuv420p of an even size, BT.709, limited range. Four times as quick as swscale's."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        image = cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        height, width = image.shape[:2]
    halved = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    color = cv2.transform(halved, TO_YUV)
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = cv2.transform(image, TO_YUV)[..., 0]
    planes[height:].reshape(2, *halved.shape[:2])[:] = color[..., 1:].transpose(2, 0, 1)
    frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    frame.colorspace, frame.color_range = BT709, LIMITED
    return frame


def _check_target(path: Path, aside: Path, audio_from: str | None, overwrite: bool) -> None:
    """`aside`: where the film lies until it is whole."""
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"'{path}' names no film; it must end in {', '.join(FORMATS)}")
    try:
        if not path.parent.is_dir():
            raise UserError(f"'{path}' can't be written: there is no folder '{path.parent}'")
        if path.is_dir():
            raise UserError(f"'{path}' is a folder; give the name of a film in it")
        for name, what in ((path, "is"), (aside, f"is first made as '{aside}', which is")):
            if audio_from and name.exists() and Path(audio_from).exists() and name.samefile(audio_from):
                raise UserError(f"'{path}' {what} the input itself; give another name")
        if path.exists() and not overwrite:
            raise UserError(f"'{path}' exists; give -y to overwrite it, or another name")
    except OSError as error:
        raise UserError(f"'{path}' can't be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
