"""A film file by PyAV: each frame at its own time, the source's audio unchanged.

Invariant: the film gets its name only when it is complete; until then it is a hidden file in the same folder, and an
older film of that name is untouched.
"""

from fractions import Fraction
from pathlib import Path

import av

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import FORMATS, Codec, codec_for
from kaleidocam.sinks.film_copy import Copies
from kaleidocam.sinks.track import FINE_TIME_BASE, EncodedStream, open_container


class Film(Sink):
    """Writes `path`, whose suffix names the container.

    `size` (width, height) of the frames in pixels; if the codec needs even sides, an odd one is padded by repeating its
    last row or column. `time_base`: unit of the frame times; None for times from a clock. `audio_from`: a file whose
    audio is copied, packet by packet. `codec`: None for the container's usual one; `crf` and `preset`: the codec's own;
    the defaults leave the processor to the dream. UserError if the film can't be written there, if it exists and
    `overwrite` is False, or if the container can't hold that audio; and later if the disk fails.
    """

    def __init__(
        self,
        path: str,
        *,
        size: tuple[int, int],
        fps: float,
        time_base: Fraction | None = None,
        audio_from: str | None = None,
        crf: int | None = None,
        preset: str | None = None,
        codec: Codec | None = None,
        overwrite: bool = False,
    ) -> None:
        self._path, self._size = Path(path), size
        if self._path.suffix.lower() not in FORMATS:
            raise UserError(f"'{path}' names no film; it must end in {', '.join(FORMATS)}")
        self._codec = codec_for(path, codec.name if codec else None)
        self._aside = Aside(path, source=audio_from, overwrite=overwrite)
        self._count, self._early = 0, False
        self._sound: Copies | None = None
        self._track: EncodedStream | None = None
        tick = time_base or FINE_TIME_BASE
        self._container = open_container(self._aside.path, tick)
        try:
            self._track = EncodedStream(
                self._container, self._codec, size=size, fps=fps, tick=tick, crf=crf, preset=preset
            )
            if audio_from:
                self._sound = Copies(audio_from, self._container, path)
            self._begin()
        except BaseException:
            self._abandon()
            raise

    def _begin(self) -> None:
        """Opens the encoder and writes the header, so that errors show before anything is dreamed."""
        try:
            self._container.start_encoding()
        except OSError as error:  # PyAV's disk errors are OSErrors too
            raise UserError(f"'{self._path}' can't be written: {reason(error)}") from error
        except av.FFmpegError as error:
            assert self._track is not None  # until it is closed
            raise UserError(
                f"'{self._path}' of {self._size[0]}×{self._size[1]} pixels in {self._codec.name}"
                f"{self._track.chosen} can't be started: {reason(error)}"
            ) from error

    @property
    def name(self) -> str:
        return f"'{self._path}'"

    def write(self, frame: Frame) -> None:
        try:
            assert self._track is not None  # until it is closed
            self._track.write(frame)
            if self._sound:
                self._sound.copy_until(frame.seconds)
        except (av.FFmpegError, OSError) as error:
            self.stop_early()
            raise UserError(f"'{self._path}' can't be written any further: {reason(error)}") from error
        self._count += 1

    def stop_early(self) -> None:
        """The film ends here, before its source: `close` cuts the audio here too."""
        self._early = True

    def close(self) -> None:
        if self._count == 0:
            self._abandon()
            return
        try:
            assert self._track is not None  # until it is closed
            self._track.end()
            if self._sound:
                self._sound.copy_until(self._track.end_seconds if self._early else float("inf"))
            self._container.close()
            self._aside.place()
        except (av.FFmpegError, OSError) as error:
            raise UserError(f"'{self._path}' can't be finished: {reason(error)}{self._remains()}") from error
        finally:
            self._free()

    def _remains(self) -> str:
        """Says where an unfinished film is kept, if it can be played; only Matroska can without its end."""
        if self._path.suffix.lower() in (".mkv", ".webm"):
            return f"; the part so far is in '{self._aside.path}'"
        self._abandon()
        return ""

    def _abandon(self) -> None:
        """Leaves nothing behind."""
        self._free()
        self._aside.remove()

    def _free(self) -> None:
        """Closes every file, after any error; a finished film stays as it is."""
        if self._sound:
            self._sound.close()
        try:
            if self._container:
                self._container.close()
        except (av.FFmpegError, OSError):
            pass  # the first error has been reported already
        self._container = self._track = self._sound = None  # PyAV closes a broken file only when nothing refers to it
