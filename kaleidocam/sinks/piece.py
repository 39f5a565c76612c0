"""A piece of a film: its video alone, a few seconds of it, in the file that pieces are joined from.

Invariant: a piece keeps the frames' own times, also where they lie before zero.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from kaleidocam.errors import UserError, reason
from kaleidocam.frame import Frame
from kaleidocam.media import open_media
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.codecs import Codec
from kaleidocam.sinks.track import EncodedStream, open_container

EPOCH = 1000  # seconds by which the times in the file are later: no container of pieces takes any before zero


class PieceFile(Sink):
    """Writes `path`, which must end in `codec.piece_suffix`; the rest as a EncodedStream has it. What lies there is
    overwritten. The piece can be joined once it is closed without an error; a UserError says what the disk refused.
    """

    def __init__(
        self, path: Path, codec: Codec, *, size: tuple[int, int], fps: float, tick: Fraction, crf: int | None
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
        )

    def write(self, frame: Frame) -> None:
        try:
            assert self._track is not None  # until it is closed
            self._track.write(frame)
        except (av.FFmpegError, OSError) as error:
            self._let_go()
            raise self._failed(error) from error

    def close(self) -> None:
        if self._container is None or self._track is None:
            return  # told already
        try:
            self._track.end()
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        finally:
            self._let_go()

    def _failed(self, error: Exception) -> UserError:
        return UserError(f"'{self._path}' can't be written: {reason(error)}")

    def _let_go(self) -> None:
        try:
            if self._container:
                self._container.close()
        except (av.FFmpegError, OSError):
            pass  # told already, by the error that led here
        self._container = self._track = None  # PyAV closes a broken file only when it is forgotten


def later(tick: Fraction) -> int:
    """Ticks by which the times in a piece are later."""
    return round(EPOCH / tick)


def open_piece(path: Path) -> av.container.InputContainer:
    return open_media(str(path))


def times(path: Path, tick: Fraction) -> list[float]:
    """Seconds of each frame, in the order in which they are shown; none is decoded. av.FFmpegError or OSError where
    the piece can't be read."""
    with open_piece(path) as opened:
        ticks = sorted(pts for pts, _ in packets(opened, tick))
    return [float(pts * tick) for pts in ticks]


def packets(opened: av.container.InputContainer, tick: Fraction) -> Iterator[tuple[int, av.Packet]]:
    """The piece's packets in their order, each with the time of its frame, ticks."""
    unit = opened.streams.video[0].time_base
    for packet in opened.demux(video=0):
        if packet.size:
            yield round(packet.pts * unit / tick) - later(tick), packet
