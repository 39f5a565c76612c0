"""A video file, through PyAV: every frame with its exact time.

Invariant: only the file itself is read. Playlists, which can name other files and addresses, are refused.
"""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace, Interpolation

from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source

HEAD_BYTES = 512
PLAYLIST_MARKS = (b"#extm3u", b"ffconcat", b"<mpd", b"<compositionplaylist", b"v=0\r\no=", b"v=0\no=", b"[playlist]")
NO_FILMS = {"applehttp", "concat", "dash", "hls", "image2", "imf", "lavfi", "rtp", "rtsp", "sap", "sdp", "tty",
            "vobsub", "webm_dash_manifest"}  # demuxers that reach beyond the file, and the one that draws text
ROUNDED = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # swscale truncates by default: 2 grey levels too dark
TURNS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
USUAL_FPS = 25.0  # ffmpeg's own guess where a file says nothing
UNTAGGED, HD_HEIGHT = 2, 720  # ffmpeg's number for no colour matrix; from this height on players take BT.709 for it
BROKEN_OFF = 1.5  # frames that must be missing at the end; AVI often counts one too many
CLOCK_RESTARTS = 1.0  # seconds; a time that falls by more belongs to a new clock, as in recordings put end to end

av.logging.set_level(av.logging.PANIC)  # what matters is said by `notice` or a UserError


class Video(Source):
    """The video of a media file, turned upright as its metadata asks.

    UserError if the file is missing, empty, a playlist, or has no video stream or no frame that can be decoded. A
    file that is damaged or breaks off gives its good part, and `notice` says so.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        _refuse_what_is_no_film(path)
        only = {"protocol_whitelist": "file", "format_whitelist": ",".join(sorted(av.formats_available - NO_FILMS))}
        try:  # "file:", or a name such as "12:30.mp4" is taken for an address; titles need not be UTF-8
            self._container = av.open(f"file:{path}", options=only, metadata_errors="replace")
        except av.ArgumentError as error:
            raise UserError(f"'{path}' is a playlist, a text or raw data; give a video file") from error
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{path}' can't be read as a video: {_reason(error)}") from error
        try:
            self._open()
        except UserError:
            self._container.close()
            raise

    def _open(self) -> None:
        streams = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise UserError(f"'{self._path}' has no video in it; give a video file")
        self._stream = streams[0]
        self._stream.thread_type = "AUTO"
        self.fps = float(self._stream.average_rate or self._stream.guessed_rate or USUAL_FPS)
        self.time_base, self.length = self._stream.time_base, self._stream.frames or None
        self._index, self._last, self._shift, self._damaged = 0, None, 0.0, 0
        self._decoded = self._decode()
        self._waiting: av.VideoFrame | None = next(self._decoded, None)
        if self._waiting is None:
            raise UserError(f"'{self._path}' holds no picture that can be decoded; the file is damaged")
        self.size = _upright(self._waiting).shape[1::-1]

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

    def _decode(self) -> Iterator[av.VideoFrame]:
        """All frames that can be decoded; what can't is passed over, and noted at the end."""
        count, end = 0, 0.0
        for packet in self._packets():
            try:
                frames = self._stream.codec_context.decode(packet)
            except av.FFmpegError:
                self._damaged += 1
                continue
            self._damaged += any(frame.is_corrupt for frame in frames) or bool(packet and packet.is_corrupt)
            for frame in frames:
                count += 1
                if frame.pts is not None:
                    end = float((frame.pts + (frame.duration or 0)) * self.time_base)
                yield frame
        self.notice = self._what_was_wrong(count, end)

    def _packets(self) -> Iterator[av.Packet | None]:
        """The stream's packets, and None to flush the decoder, also where the file can't be read on."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield packet
        except av.FFmpegError:
            self._damaged += 1
        yield None

    def _what_was_wrong(self, count: int, end: float) -> str | None:
        """A promised number of frames alone proves nothing: of a trimmed film some are there but not to be shown."""
        name, promised = Path(self._path).name, _promised_end(self._stream)
        if promised is not None and promised - end > BROKEN_OFF / self.fps:
            until = f"{count} of {self.length} frames" if self.length else f"{end:.1f} of {promised:.1f} seconds"
            return f"{name} breaks off after {until}; the good part was kept"
        if self._damaged:
            places = "1 place" if self._damaged == 1 else f"{self._damaged} places"
            return f"{name} is damaged in {places}; the good part was kept"
        return None

    def _time_of(self, frame: av.VideoFrame) -> float:
        """The frame's presentation time in seconds. A missing time goes on at the nominal pace; one that does not
        rise comes a tick later than the last; where the clock begins anew, the film goes on."""
        last, pace = self._last, 1 / self.fps
        if frame.pts is None:
            seconds = 0.0 if last is None else last + pace
        else:
            seconds = float(frame.pts * self.time_base) + self._shift
        if last is not None and seconds < last - CLOCK_RESTARTS:
            self._shift += last + pace - seconds
            seconds = last + pace
        elif last is not None and seconds <= last:
            seconds = last + float(self.time_base)
        self._last = seconds
        return seconds


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """(H, W, 3) uint8 BGR, turned by the file's rotation (degrees, counter-clockwise)."""
    matrix = Colorspace.ITU709 if frame.colorspace == UNTAGGED and frame.height >= HD_HEIGHT else None
    image = frame.reformat(format="bgr24", src_colorspace=matrix, interpolation=ROUNDED).to_ndarray()
    turns = round(frame.rotation / 90) % 4
    return cv2.rotate(image, TURNS[turns]) if turns else np.ascontiguousarray(image)


def _promised_end(stream: av.VideoStream) -> float | None:
    """Seconds at which the video ends by the file's own account; None where there is none."""
    if stream.duration is not None:
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)
    try:  # Matroska says it in a tag, "00:00:04.023000000"
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except (KeyError, ValueError):
        return None


def _refuse_what_is_no_film(path: str) -> None:
    file = Path(path)
    try:
        if not file.exists():
            raise UserError(f"no file '{path}'; give a video, a picture, or 'aisle' (drawn, no file needed)")
        if not file.is_file():
            raise UserError(f"'{path}' is not a file; give a video, a picture, or 'aisle'")
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES).lower()
    except OSError as error:
        raise UserError(f"'{path}' can't be read: {_reason(error)}") from error
    if not head:
        raise UserError(f"'{path}' is empty (0 bytes); give a video file")
    if any(mark in head for mark in PLAYLIST_MARKS):
        raise UserError(f"'{path}' is a playlist, which can reach other files; give a video file")


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
