"""A video file, local or at a web address, through PyAV: every frame with its exact time.

Invariant: reading twice gives the same frames, and so does skipping to a frame instead of reading up to it.
"""

from pathlib import Path

import av

from kaleidocam.address import is_web, without_password
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.sources.base import Source
from kaleidocam.sources.clock import Clock
from kaleidocam.sources.decoding import Decoding
from kaleidocam.sources.film_file import expected_frames, open_film, promised_end
from kaleidocam.sources.pixel_limit import FRAME_PIXELS, check_pixels
from kaleidocam.sources.upright import Upright

USUAL_FPS = 25.0  # ffmpeg's own guess if a file gives no frame rate
BROKEN_OFF = 1.5  # frames that must be missing at the end; AVI often counts one too many


class Video(Source):
    """The video of a media file: upright by its metadata, with square pixels, HDR tone-mapped, transparent parts laid
    over black.

    `width`: pictures are shrunk to that width in pixels, for searching a film quickly; None: full size. `most`: pixels
    that a frame may have. `told`: one
    line per conversion, known from the start. UserError if the file is missing, empty, a playlist, or has no video
    stream or no frame that can be decoded. A file that is damaged or breaks off gives its good part, and `notice` says
    so.
    """

    def __init__(self, path: str, *, width: int | None = None, most: int = FRAME_PIXELS) -> None:
        self._path, self._width, self._index, self._jumps = path, width, 0, True
        self._most = most
        self._open()

    def _open(self) -> None:
        self._container, self._stream = open_film(self._path)
        try:
            check_pixels(without_password(self._path), (self._stream.width, self._stream.height), self._most)
        except UserError:
            self._container.close()
            raise
        self.fps = float(self._stream.average_rate or self._stream.guessed_rate or USUAL_FPS)
        self.time_base, self.length = self._stream.time_base, expected_frames(self._container, self._stream, self.fps)
        self._decoding = Decoding(self._container, self._stream, sketchy=self._width is not None, most=self._most)
        self._clock = Clock(self._stream.time_base, 1 / self.fps)
        self._waiting = self._decoding.next()
        if self._waiting is None:
            self._container.close()
            raise UserError(f"'{without_password(self._path)}' holds no picture that can be decoded; {self._why()}")
        self._upright = Upright(self._waiting, self._stream.sample_aspect_ratio, self._width)
        self.size, self.told = self._upright.size, self._upright.told

    def read(self) -> Frame | None:
        frame = self._next()
        return None if frame is None else self._finished(frame, self._clock.seconds(frame.pts))

    def skip_to(self, seconds: float) -> Frame | None:
        """Jumps by the file's index if that gives the same frames; else decodes all frames in between, which is still
        faster than `read`, since none is converted."""
        reliable = self._jumps and self._clock.steady and self._decoding.damaged == 0
        if reliable and self._decoding.jump(seconds, self._path):
            self._waiting, self._clock = None, Clock(self._stream.time_base, 1 / self.fps)
            passed, frame = self._pass_to(seconds)
            if passed and self._clock.steady and self._decoding.damaged == 0:
                return frame
            self._jumps = False
            self._container.close()
            self._open()
        return self._pass_to(seconds)[1]

    def close(self) -> None:
        self._container.close()

    def _next(self) -> av.VideoFrame | None:
        frame, self._waiting = self._waiting or self._decoding.next(), None
        if frame is None:
            self.notice = self._what_was_wrong()
        return frame

    def _pass_to(self, seconds: float) -> tuple[int, Frame | None]:
        """The number of frames before `seconds`, and the frame after them."""
        passed = 0
        while (frame := self._next()) is not None:
            if (time := self._clock.seconds(frame.pts)) >= seconds:
                return passed, self._finished(frame, time)
            passed += 1
        return passed, None

    def _finished(self, frame: av.VideoFrame, seconds: float) -> Frame:
        self._index += 1
        return Frame(self._upright.image(frame), seconds, self._index - 1)

    def _why(self) -> str:
        """Why no picture could be decoded."""
        if is_web(self._path):
            return "the file is damaged, or its server does not support seeking: download it and give the file"
        return "the file is damaged"

    def _what_was_wrong(self) -> str | None:
        """A missing number of frames alone proves nothing: a trimmed film has frames that are not shown."""
        name, promised, film = Path(self._path).name, promised_end(self._stream), self._decoding
        if promised is not None and promised - film.end > BROKEN_OFF / self.fps:
            counted = self._stream.frames and not film.jumped
            until = f"{film.count} of {self.length} frames" if counted else f"{film.end:.1f} of {promised:.1f} seconds"
            return f"{name} breaks off after {until}; the good part was kept"
        if film.damaged:
            places = "1 place" if film.damaged == 1 else f"{film.damaged} places"
            return f"{name} is damaged in {places}; the good part was kept"
        return None
