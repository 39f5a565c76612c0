"""A recording by PyAV: each frame at its own time.

Invariant: the film gets its name only when it is complete; until then it is a hidden file in the same folder, which can
be played at any moment up to its last second, and an older film of that name is untouched. What an earlier recording
left there is never overwritten.
"""

import logging
from pathlib import Path
from typing import Any

import av

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.growing_file import GrowingFile
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks import rescue
from kaleidocam.sinks.aside import Aside
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import FORMATS, Codec, codec_for
from kaleidocam.sinks.track import FINE_TIME_BASE, EncodedStream, open_container

log = logging.getLogger(__name__)


class Film(Sink):
    """Writes `path`, whose suffix names the container.

    `size` (width, height) of the frames in pixels; if the codec needs even sides, an odd one is padded by repeating its
    last row or column. `codec`: None for the container's usual one; `crf`: on its scale; None: its default. `form`:
    of its planes, as EncodedStream has it. UserError if the film can't be written there, or if it exists and
    `overwrite` is False; and later if the disk fails.
    """

    fixed = True

    def __init__(
        self,
        path: str,
        *,
        size: tuple[int, int],
        fps: float,
        crf: int | None = None,
        codec: Codec | None = None,
        overwrite: bool = False,
        form: PixelFormat | None = None,
    ) -> None:
        self._path, self._size = Path(path), size
        if self._path.suffix.lower() not in FORMATS:
            raise UserError(f"'{path}' names no film; it must end in {', '.join(FORMATS)}")
        self._codec = codec_for(path, codec.name if codec else None)
        self._aside = self._named(overwrite)
        self._count = 0
        self._failed: str | None = None  # why nothing more can be written
        self._track: EncodedStream | None = None
        self._file: GrowingFile | None = self._created()
        self._container: Any = None
        try:
            self._container = open_container(self._aside.path, FINE_TIME_BASE, self._file)
            self._track = EncodedStream(
                self._container,
                self._codec,
                size=size,
                fps=fps,
                tick=FINE_TIME_BASE,
                crf=crf,
                recorded=True,
                even=False,
                form=form,
            )
            self._begin()
        except BaseException:
            self._abandon()
            raise

    def _named(self, overwrite: bool) -> Aside:
        try:
            return Aside(self._path, overwrite=overwrite, part=rescue.next_part(self._path))
        except UserError as error:
            left = rescue.told(self._path)
            raise UserError(f"{error}; {left}" if left else str(error)) from error

    def _created(self) -> GrowingFile:
        try:
            return GrowingFile(self._aside.path)
        except OSError as error:
            raise UserError(f"'{self._path}' can't be written: {reason(error)}") from error

    def _begin(self) -> None:
        """Opens the encoder and writes the header, so that errors show before anything is dreamed."""
        assert self._track is not None  # until it is closed
        try:
            self._track.begin()
        except (av.FFmpegError, OSError) as error:
            if isinstance(error, OSError) or (self._file and self._file.error):  # PyAV's disk errors are OSErrors too
                raise UserError(f"'{self._path}' can't be written: {self._reason(error)}") from error
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
        except (av.FFmpegError, OSError) as error:
            self._failed = self._reason(error)
            raise UserError(f"'{self._path}' can't be written any further: {self._failed}") from error
        self._count += 1
        if self._count == 1:
            for line in rescue.bring_out(self._path):
                log.info(line)

    def close(self) -> None:
        if self._count == 0:
            self._abandon()
            if left := rescue.told(self._path):
                log.info(left)
            return
        try:
            if self._failed:
                raise OSError(self._failed)
            assert self._track is not None  # until it is closed
            self._track.end()
            self._container.close()
            self._end_file()
            self._aside.place()
        except (av.FFmpegError, OSError) as error:
            raise UserError(
                f"'{self._path}' can't be finished: {self._reason(error)}; the part so far is in '{self._aside.path}'"
            ) from error
        finally:
            self._free()

    def _reason(self, error: Exception) -> str:
        """Why; PyAV says no more of an error of the disk than that there was one."""
        return reason(self._file.error if self._file and self._file.error else error)

    def _end_file(self) -> None:
        if self._file:
            file, self._file = self._file, None
            file.end()

    def _abandon(self) -> None:
        """Leaves nothing behind."""
        self._free()
        self._aside.remove()

    def _free(self) -> None:
        """Closes every file, after any error; a finished film stays as it is, and another gets no end: without a
        frame, or on a full disk, writing one would spoil it or crash FFmpeg."""
        for close in (self._end_file, self._container.close if self._container else lambda: None):
            try:
                close()
            except (av.FFmpegError, OSError):
                pass  # the first error has been reported already
        self._container = self._track = None  # PyAV closes a broken file only when nothing refers to it
