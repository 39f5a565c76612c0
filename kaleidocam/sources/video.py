"""A video file, through PyAV: every frame with its exact time.

Invariant: only the file itself is read. Playlists, which can name other files and addresses, are refused.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source

HEAD_BYTES = 4096
PLAYLIST_MARKS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"v=0\r\no=", b"v=0\no=", b"[playlist]")
PLAYLIST_FORMATS = {"hls", "concat", "dash", "sdp", "imf", "applehttp"}
ROUNDED = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # swscale truncates by default: 2 grey levels too dark
USUAL_FPS = 25.0  # ffmpeg's own guess where a file says nothing

av.logging.set_level(av.logging.PANIC)  # what matters is said by `notice` or a UserError


class Video(Source):
    """The video of a media file, turned upright as its metadata asks.

    UserError if the file is missing, empty, a playlist, or has no video stream or no frame that can be decoded. A
    file that breaks off gives its good part, and `notice` says so.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        _refuse_what_is_no_film(path)
        try:
            self._container = av.open(path, options={"protocol_whitelist": "file"})
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{path}' can't be read as a video: {_reason(error)}") from error
        try:
            self._open()
        except UserError:
            self._container.close()
            raise

    def _open(self) -> None:
        if PLAYLIST_FORMATS & set(self._container.format.name.split(",")):
            raise UserError(f"'{self._path}' is a playlist, which can reach other files; give a video file")
        if not self._container.streams.video:
            raise UserError(f"'{self._path}' has no video in it")
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        self.fps = float(stream.average_rate or stream.guessed_rate or USUAL_FPS)
        self.time_base, self.length = stream.time_base, stream.frames or None
        self._index, self._last = 0, None
        self._decoded = self._decode(stream)
        first = next(self._decoded, None)
        if first is None:
            raise UserError(f"'{self._path}' holds no picture that can be decoded; the file is damaged")
        self._waiting: av.VideoFrame | None = first
        image = _upright(first)
        self.size = image.shape[1], image.shape[0]

    def read(self) -> Frame | None:
        frame, self._waiting = self._waiting or next(self._decoded, None), None
        if frame is None:
            return None
        image = _upright(frame)
        if image.shape[1::-1] != self.size:
            image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        self._index += 1
        return Frame(image, self._time_of(frame), self._index - 1)

    def close(self) -> None:
        self._container.close()

    def _decode(self, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
        """All frames that can be decoded; what can't is passed over, and noted."""
        count = damaged = 0
        reason = ""
        packets = self._container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                for frame in packet.decode():
                    count += 1
                    yield frame
            except av.EOFError:
                break
            except av.FFmpegError as error:
                damaged, reason = damaged + 1, _reason(error)
                if packet is None or packet.size == 0:  # the demuxer itself, or the flush, can't go on
                    break
        name = Path(self._path).name
        if self.length and count < self.length:
            self.notice = f"{name} breaks off after {count} of {self.length} frames; the good part was kept"
        elif damaged:
            self.notice = f"{name} is damaged in {damaged} places ({reason}); the good part was kept"

    def _time_of(self, frame: av.VideoFrame) -> float:
        """The frame's presentation time in seconds; a missing or falling one goes on at the nominal pace."""
        seconds = None if frame.pts is None else float(frame.pts * frame.time_base)
        if self._last is not None and (seconds is None or seconds <= self._last):
            seconds = self._last + 1 / self.fps
        self._last = 0.0 if seconds is None else seconds
        return self._last


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """(H, W, 3) uint8 BGR, turned by the file's rotation (degrees, counter-clockwise)."""
    image = frame.reformat(format="bgr24", interpolation=ROUNDED).to_ndarray()
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))


def _refuse_what_is_no_film(path: str) -> None:
    file = Path(path)
    if not file.exists():
        raise UserError(f"no file '{path}'; give a video, a picture, or 'aisle' (drawn, no file needed)")
    if not file.is_file():
        raise UserError(f"'{path}' is not a file; give a video, a picture, or 'aisle'")
    try:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
    except OSError as error:
        raise UserError(f"'{path}' can't be read: {error.strerror}") from error
    if not head:
        raise UserError(f"'{path}' is empty (0 bytes)")
    if any(mark in head[:512] for mark in PLAYLIST_MARKS):
        raise UserError(f"'{path}' is a playlist, which can reach other files; give a video file")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
