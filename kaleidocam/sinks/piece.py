"""A piece of a film: a file with a few seconds of its video, without sound; pieces are joined to the film.

Invariant: a piece keeps the frames' own times, also times before zero.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.media import open_media
from kaleidocam.planes import PixelFormat
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.track import EncodedStream, open_container

EPOCH = 1000  # seconds added to the times in the file: the containers of pieces allow no times before zero


class PieceFile(Sink):
    """Writes `path`, which must end in `codec.piece_suffix`; an existing file is overwritten. The other arguments are
    those of `EncodedStream`. The piece can be joined once it is closed without an error; UserError if the disk fails.
    """

    def __init__(
        self,
        path: Path,
        codec: Codec,
        *,
        size: tuple[int, int],
        fps: float,
        tick: Fraction,
        crf: int | None,
        even: bool = True,
        form: PixelFormat | None = None,
    ) -> None:
        self._path = path
        self._container = open_container(path, tick)
        self._track: EncodedStream | None = EncodedStream(
            self._container,
            codec.piece,
            size=size,
            fps=fps,
            tick=tick,
            crf=crf if codec.joins else None,
            later=later(tick),
            even=even,
            form=form,
        )

    def write(self, frame: Frame) -> None:
        try:
            assert self._track is not None  # until it is closed
            self._track.write(frame)
        except (av.FFmpegError, OSError) as error:
            self._free()
            raise self._failed(error) from error

    def close(self) -> None:
        if self._container is None or self._track is None:
            return  # `write` has reported the error already
        try:
            self._track.end()
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        finally:
            self._free()

    def _failed(self, error: Exception) -> UserError:
        return UserError(f"'{self._path}' can't be written: {reason(error)}")

    def _free(self) -> None:
        try:
            if self._container:
                self._container.close()
        except (av.FFmpegError, OSError):
            pass  # the first error has been reported already
        self._container = self._track = None  # PyAV closes a broken file only when nothing refers to it


def later(tick: Fraction) -> int:
    """Ticks that are added to the times in a piece."""
    return round(EPOCH / tick)


def open_piece(path: Path) -> av.container.InputContainer:
    return open_media(str(path))


def times(path: Path, tick: Fraction) -> list[float]:
    """The time of each frame in seconds, in display order; nothing is decoded. av.FFmpegError or OSError if the piece
    can't be read."""
    with open_piece(path) as opened:
        ticks = sorted(pts for pts, _ in packets(opened, tick))
    return [float(pts * tick) for pts in ticks]


def packets(opened: av.container.InputContainer, tick: Fraction) -> Iterator[tuple[int, av.Packet]]:
    """The piece's packets in decoding order, each with the time of its frame in ticks."""
    unit = opened.streams.video[0].time_base
    for packet in opened.demux(video=0):
        if packet.size:
            yield round(packet.pts * unit / tick) - later(tick), packet
