"""A video file, local or at a web address, through PyAV: every frame with its exact time, from the film's beginning.

Invariant: reading twice gives the same frames, and so does skipping to a frame instead of reading up to it.
"""

from collections import deque
from statistics import median

import av

from kaleidocam.address import is_web, name_of, without_secrets
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.pipe import is_pipe
from kaleidocam.settings.clock import clock_of
from kaleidocam.sources.base import Source
from kaleidocam.sources.clock import Clock
from kaleidocam.sources.decoding import Decoding
from kaleidocam.sources.fields import Fields
from kaleidocam.sources.film_file import expected_frames, open_film, promised_end
from kaleidocam.sources.pixel_limit import FRAME_PIXELS, check_pixels
from kaleidocam.sources.upright import Upright
from kaleidocam.timeline import Timeline

DEINTERLACED = {"auto": "one picture a frame", "frame": "one picture a frame", "field": "one picture a field"}
RECENT = 30  # frames, whose usual distance is how long a last frame stays that has no duration of its own
TOO_SHORT = 0.5  # of that distance: a last frame's own duration that is shorter is an error in the file
BROKEN_OFF = 1.5  # frames that must be missing at the end; AVI often counts one too many


class Video(Source):
    """The video of a media file: upright by its metadata, with square pixels, deinterlaced, HDR tone-mapped,
    transparent parts laid over black.

    `width`: pictures are shrunk to that width in pixels, for searching a film quickly; None: full size. `most`: pixels
    that a frame may have. `stream`: which video track, as in film_file.open_film. `deinterlace`: as in fields.Fields.
    `bits`: of its planes, 8 or 10. `opacity`: as in Upright. `told`: one line per conversion, known from the start.
    UserError if the file is missing, empty, a playlist, or has no video stream or no frame that can be decoded. A file
    that is damaged or breaks off gives its good part, and `notice` says so; also if its clock began anew in between.
    """

    def __init__(
        self,
        path: str,
        *,
        width: int | None = None,
        most: int = FRAME_PIXELS,
        stream: str = "auto",
        deinterlace: str = "auto",
        bits: int = 8,
        opacity: bool = False,
    ) -> None:
        self._path, self._width, self._index = path, width, 0
        self._piped = is_pipe(path)
        self._jumps = not self._piped  # a pipe can't be opened again to look at its index
        self._most, self._wanted, self._mode = most, stream, deinterlace
        self._bits, self._opacity = bits, opacity
        self._open()

    def _open(self) -> None:
        self._container, self._stream, told = open_film(self._path, self._wanted)
        try:
            check_pixels(without_secrets(self._path), (self._stream.width, self._stream.height), self._most)
        except UserError:
            self._container.close()
            raise
        self._timeline = Timeline(self._container)
        sketchy = self._width is not None
        self._decoding = Decoding(
            self._container,
            self._stream,
            self._timeline,
            sketchy=sketchy,
            most=self._most,
            piped=self._piped,
        )
        if sketchy and self._mode != "field":
            self._mode = "off"  # it would change no time
        per_frame = 2 if self._mode == "field" else 1
        self.fps = self._decoding.fps * per_frame
        frames = expected_frames(self._container, self._stream, self._decoding.fps)
        self.length = None if frames is None else frames * per_frame
        self._begin()
        self.time_base = self._fields.unit
        self._waiting = self._fields.next()
        if self._waiting is None:
            self._container.close()
            raise UserError(f"'{without_secrets(self._path)}' holds no picture that can be decoded; {self._why()}")
        self._upright = Upright(self._waiting, self._stream.sample_aspect_ratio, self._width, self._bits, self._opacity)
        self.size, self.told = self._upright.size, (*told, *self._upright.told)
        self.format = self._upright.format
        if self._fields.found:
            self.told += (f"it is interlaced: deinterlaced by bwdif, {DEINTERLACED[self._mode]}",)

    def _begin(self) -> None:
        """Begins to count time and to deinterlace, here or after a jump."""
        self._fields = Fields(self._decoding.next, self._stream.time_base, self._mode)
        self._clock = Clock(self._fields.unit, 1 / self.fps)
        self._gaps: deque[float] = deque(maxlen=RECENT)
        self._last = (0.0, 0.0)  # seconds: time and duration of the last frame

    def read(self) -> Frame | None:
        frame = self._next()
        return None if frame is None else self._finished(frame, self._time_of(frame))

    def skip_to(self, seconds: float) -> Frame | None:
        """Jumps by the file's index if that gives the same frames; else decodes all frames in between, which is still
        faster than `read`, since none is converted."""
        reliable = self._jumps and self._clock.steady and self._decoding.damaged == 0
        if reliable and self._decoding.jump(seconds, self._path):
            self._waiting = None
            self._begin()
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
        frame, self._waiting = self._waiting or self._fields.next(), None
        if frame is None:
            self.notice = self._what_was_wrong()
            self.end = self._end()
        return frame

    def _time_of(self, frame: av.VideoFrame) -> float:
        seconds = self._clock.seconds(frame.pts)
        if seconds > self._last[0]:
            self._gaps.append(seconds - self._last[0])
        self._last = seconds, (frame.duration or 0) * float(self._fields.unit)
        return seconds

    def _end(self) -> float:
        """Seconds at which the last frame ends: by its own duration, or else after the usual one."""
        (begins, lasts), usual = self._last, median(self._gaps) if len(self._gaps) > 1 else 1 / self.fps
        if self._decoding.reordered and not self._timeline.joins:
            told = (promised_end(self._stream) or 0.0) - float(self._timeline.zero) - begins
            lasts = lasts if lasts <= told + usual else told
        return begins + (lasts if lasts > TOO_SHORT * usual else usual)

    def _pass_to(self, seconds: float) -> tuple[int, Frame | None]:
        """The number of frames before `seconds`, and the frame after them."""
        passed = 0
        while (frame := self._next()) is not None:
            if (time := self._time_of(frame)) >= seconds:
                return passed, self._finished(frame, time)
            passed += 1
        return passed, None

    def _finished(self, frame: av.VideoFrame, seconds: float) -> Frame:
        self._index += 1
        return Frame(self._upright.picture(frame), seconds, self._index - 1)

    def _why(self) -> str:
        """Why no picture could be decoded."""
        if is_web(self._path):
            return "the file is damaged, or its server does not support seeking: download it and give the file"
        return "the file is damaged"

    def _what_was_wrong(self) -> str | None:
        """A missing number of frames alone proves nothing: a trimmed film has frames that are not shown."""
        name, film, joins = name_of(self._path), self._decoding, self._timeline.joins
        promised = promised_end(self._stream)
        if promised is not None:
            promised -= float(self._timeline.zero)
        if not joins and promised is not None and promised - film.end > BROKEN_OFF / film.fps:
            counted = self._stream.frames and not film.jumped
            until = f"{film.count} of {self.length} frames" if counted else f"{film.end:.1f} of {promised:.1f} seconds"
            return f"{name} breaks off after {until}; the good part was kept"
        lines = []
        if film.damaged:
            places = "1 place" if film.damaged == 1 else f"{film.damaged} places"
            lines.append(f"is damaged in {places}; the good part was kept")
        if joins:
            places = clock_of(joins[0]) + (f" and at {len(joins) - 1} more places" if len(joins) > 1 else "")
            lines.append(f"has a new clock at {places}; picture and sound go on there in step")
        return f"{name} {'; it '.join(lines)}" if lines else None
